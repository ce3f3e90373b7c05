#include "converter/coreml/constant_writer.h"

#include <algorithm>

#include "converter/coreml/dtype_map.h"
#include "converter/coreml/package_writer.h"
#include "converter/coreml/rules.h"
#include "converter/coreml/type_codec.h"
#include "converter/coreml/value_codec.h"

namespace corecast::coreml {
namespace {

constexpr std::int64_t kFewestBlobElements = 10;    // smaller ones stay in the message
constexpr std::size_t kLargestCompared = 1u << 20;  // bytes; equal larger tensors are rare
constexpr std::int64_t kTile = 256 << 10;           // bytes; a multiple of every element size

bool same_content(const ir::Tensor& a, const ir::Tensor& b) {
  return a.dtype() == b.dtype() && a.count() == b.count() &&
         std::ranges::equal(a.bytes(), b.bytes());
}

}  // namespace

Result<pb::Value> ConstantWriter::value_of(const ir::Tensor& tensor) {
  const auto stored = stored_since(tensor.dtype());
  if (tensor.count() < kFewestBlobElements || !stored || target_ < *stored)
    return immediate(tensor);
  pb::Value value;
  TRY(*value.mutable_type(), encode_type(ir::Type(tensor.dtype(), ir::make_shape(tensor.dims()))));
  TRY(const auto offset, blob_of(tensor));
  value.mutable_blob()->set_file(PackageWriter::weight_file_name());
  value.mutable_blob()->set_offset(offset);
  return value;
}

Result<std::uint64_t> ConstantWriter::blob_of(const ir::Tensor& tensor) {
  auto& sharers = by_buffer_[tensor.buffer().get()];
  for (const auto& other : sharers) {
    if (other.tensor.dtype() == tensor.dtype() && other.tensor.count() == tensor.count()) {
      return other.offset;
    }
  }
  const bool compared = tensor.byte_size() <= kLargestCompared;
  const std::uint64_t hash = compared ? tensor.reshaped({tensor.count()}).hash() : 0;
  if (compared) {
    for (const auto& other : by_content_[hash]) {
      if (same_content(other.tensor, tensor)) return other.offset;
    }
  }
  const auto type = *find_dtype(tensor.dtype())->blob;
  TRY(const auto offset, blobs_->begin(type, static_cast<std::uint64_t>(tensor.count())));
  TRY_VOID(stream(tensor));
  blobs_->end();
  sharers.push_back({tensor, offset});
  if (compared) by_content_[hash].push_back({tensor, offset});
  return offset;
}

Status ConstantWriter::stream(const ir::Tensor& tensor) {
  // What is not in memory yet need not be there as a whole; making it is shared among the cores,
  // while the part before is on its way to the disk.
  const auto fill = [&](std::size_t offset, std::span<std::byte> out) {
    pool_->parallel_for(
        static_cast<std::int64_t>(out.size()), kTile, [&](std::int64_t begin, std::int64_t end) {
          const auto first = static_cast<std::size_t>(begin);
          tensor.read(offset + first, out.subspan(first, static_cast<std::size_t>(end) - first));
        });
  };
  TRY_VOID(blobs_->append(tensor.byte_size(), fill));
  tensor.read(tensor.byte_size(), {});  // the end: a mapped tensor may leave memory
  return {};
}

}  // namespace corecast::coreml
