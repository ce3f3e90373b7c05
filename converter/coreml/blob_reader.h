// BlobFile: the blobs of a mapped weight.bin. Every offset and size is checked before use.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/mapped_file.h"
#include "base/result.h"
#include "converter/coreml/blob_format.h"

namespace corecast::coreml {

struct Blob {
  BlobType type = BlobType::f32;
  std::uint64_t elements = 0;
  std::uint64_t offset = 0;       ///< of the record: what a program refers to
  std::uint64_t data_offset = 0;  ///< in the file; a multiple of 64
  ByteView data;                  ///< packed; points into the mapping
};

class BlobFile {
 public:
  /// Maps the file and checks its header. Errors: E2001, E2411 not a version 2 blob file.
  static Result<BlobFile> open(const std::string& path);
  /// The same over bytes in memory, which must outlive the result.
  static Result<BlobFile> from_bytes(ByteView bytes);

  /// The blob whose record lies at `offset`. Errors: E2412, with what is wrong with the record.
  Result<Blob> at(std::uint64_t offset) const;
  /// All blobs in file order, found by walking from record to record. Errors: E2412.
  Result<std::vector<Blob>> all() const;

  /// The number that the header gives.
  std::uint32_t count() const { return count_; }
  ByteView bytes() const { return bytes_; }
  /// Null when made from bytes in memory.
  const std::shared_ptr<const MappedFile>& file() const { return file_; }

 private:
  BlobFile() = default;
  Error bad_record(std::uint64_t offset, const std::string& why) const;

  std::shared_ptr<const MappedFile> file_;
  ByteView bytes_;
  std::uint32_t count_ = 0;
};

}  // namespace corecast::coreml
