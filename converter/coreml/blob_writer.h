// BlobWriter: writes weight.bin tile by tile, so that no tensor need ever be whole in memory.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "converter/coreml/blob_format.h"
#include "converter/coreml/content_hash.h"
#include "converter/coreml/output_file.h"

namespace corecast::coreml {

class BlobWriter {
 public:
  /// Nothing touches the disk before the first blob: a program without blobs has no file.
  explicit BlobWriter(std::string path, Cancelled cancelled = {});

  /// Starts a blob of `elements` elements and returns the offset to refer to it by.
  /// The previous blob must have ended. Errors: E5102, E5103.
  Result<std::uint64_t> begin(BlobType type, std::uint64_t elements);
  /// The next bytes of the current blob, packed as the format wants them. Bits beyond the last
  /// element are cleared. Errors: E5102, E5103, E5104.
  Status append(ByteView packed);
  /// The next `size` bytes, which `fill` writes to where they are wanted, some megabytes at a time
  /// and in order: bytes [offset, offset + out.size()) of them. All parts but the last have a
  /// multiple of 64 bytes, when as much was appended before.
  using Fill = std::function<void(std::size_t offset, std::span<std::byte> out)>;
  Status append(std::size_t size, const Fill& fill);
  /// Precondition: exactly the announced number of bytes was appended.
  void end();
  /// begin, append, end.
  Result<std::uint64_t> write(BlobType type, std::uint64_t elements, ByteView packed);

  /// Fixes the header and closes the file. Nothing may follow.
  Status finish();

  std::uint32_t count() const { return count_; }
  /// Size of the file so far, in bytes; 0 without blobs.
  std::uint64_t size() const { return file_ ? file_->size() : 0; }
  /// Over all records and data (not the header).
  const ContentHash& hash() const { return hash_; }

 private:
  Status put(ByteView bytes);
  Status pad_to_alignment();

  std::string path_;
  Cancelled cancelled_;
  std::unique_ptr<OutputFile> file_;
  ContentHash hash_;
  std::uint32_t count_ = 0;
  std::uint64_t left_ = 0;  ///< bytes of the current blob still to come
  unsigned padding_bits_ = 0;
  bool open_ = false;
};

}  // namespace corecast::coreml
