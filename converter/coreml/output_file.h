// OutputFile: a new file written once, front to back, with every error reported.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace corecast::coreml {

/// Asked now and then during long writes; true stops them with E5104. May be empty.
using Cancelled = std::function<bool()>;

/// An error of the system while writing `path`: E5103 when the disk is full or a quota is reached,
/// E5102 otherwise. `code` is an errno value; `bytes` is what was to be written.
Error write_error(const std::string& path, int code, std::uint64_t bytes = 0);
/// E5104, of kind interrupted.
Error cancelled_error();

class OutputFile {
 public:
  /// Creates `path`, which must not exist. Errors: E5102, E5103.
  static Result<OutputFile> create(const std::string& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  /// Errors: E5102, E5103.
  Status append(ByteView bytes);
  /// Replaces bytes that were appended before.
  Status overwrite(std::uint64_t offset, ByteView bytes);
  /// Bytes appended so far.
  std::uint64_t size() const { return size_; }
  /// Must be called for the file to count as written: some errors show up only here.
  Status close();

 private:
  OutputFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  Status flush();
  Status write_all(ByteView bytes);

  int fd_ = -1;
  std::string path_;
  std::vector<std::byte> buffer_;
  std::uint64_t size_ = 0;
};

/// Writes a whole new file. Errors: E5102, E5103.
Status write_file(const std::string& path, ByteView bytes);

}  // namespace corecast::coreml
