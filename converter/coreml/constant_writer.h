// ConstantWriter: decides where a constant goes, the message or weight.bin, and puts it there once.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/thread_pool.h"
#include "converter/coreml/blob_writer.h"
#include "converter/coreml/proto/mil.pb.h"
#include "ir/tensor.h"
#include "ops/mil/target.h"

namespace corecast::coreml {

class ConstantWriter {
 public:
  /// `blobs` and `pool` must outlive this object.
  ConstantWriter(BlobWriter& blobs, mil::Target target, ThreadPool& pool)
      : blobs_(&blobs), pool_(&pool), target_(target) {}

  /// Tensors that share a buffer, and small equal ones, share one blob; so do those of several
  /// functions. Errors: E2502, and those of BlobWriter.
  Result<pb::Value> value_of(const ir::Tensor& tensor);

 private:
  struct Written {
    ir::Tensor tensor;  ///< keeps the buffer alive, so that its address stays its own
    std::uint64_t offset = 0;
  };
  Result<std::uint64_t> blob_of(const ir::Tensor& tensor);
  Status stream(const ir::Tensor& tensor);

  BlobWriter* blobs_;
  ThreadPool* pool_;
  mil::Target target_;
  std::unordered_map<const void*, std::vector<Written>> by_buffer_;
  std::unordered_map<std::uint64_t, std::vector<Written>> by_content_;
};

}  // namespace corecast::coreml
