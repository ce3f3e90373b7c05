// OutputFile: a new file written once, front to back, with every error reported.
//
// Bytes gather in blocks of some megabytes; while one is being filled, the one before it is written
// by a thread of its own. Whole blocks go past the system's cache as long as the disk keeps up: a
// large file would only push out what others have there, and cost a copy.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/stop.h"

namespace corecast::coreml {

/// Asked now and then during long writes; true stops them with E5104. May be empty.
using Cancelled = std::function<bool()>;

/// An error of the system while writing `path`: E5103 when the disk is full or a quota is reached,
/// E5102 otherwise. `code` is an errno value; `bytes` is what was to be written.
Error write_error(const std::string& path, int code, std::uint64_t bytes = 0);

class OutputFile {
 public:
  /// Creates `path`, which must not exist. Errors: E5102, E5103.
  static Result<OutputFile> create(const std::string& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  /// Errors, also those of bytes appended before: E5102, E5103.
  Status append(ByteView bytes);
  /// Where the next bytes go: never empty; starts and ends at multiples of 64 bytes of the file if
  /// size() is one. Valid until the next call. Errors as append.
  Result<std::span<std::byte>> room();
  /// The first `count` bytes of room() are filled in.
  void advance(std::size_t count);
  /// Replaces bytes that were appended before.
  Status overwrite(std::uint64_t offset, ByteView bytes);
  /// Bytes appended so far.
  std::uint64_t size() const { return size_; }
  /// Must be called for the file to count as written: some errors show up only here.
  Status close();

 private:
  class Descriptor;
  struct Block;
  explicit OutputFile(std::unique_ptr<Descriptor> file);
  Status finish_block();
  Status flush();

  std::unique_ptr<Descriptor> file_;
  std::unique_ptr<Block> filling_, written_;
  std::size_t used_ = 0;  ///< bytes of filling_
  std::uint64_t size_ = 0;
  std::future<Status> writing_;  ///< of written_; the last member: its end is waited for first
};

/// Writes a whole new file. Errors: E5102, E5103.
Status write_file(const std::string& path, ByteView bytes);

}  // namespace corecast::coreml
