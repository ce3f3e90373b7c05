// MappedFile: a read-only memory mapping of a whole file, shared by the tensors that point into it.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace corecast {

class MappedFile {
 public:
  /// Maps `path`. Errors: E2001 cannot be opened or is no regular file. An empty file maps to an
  /// empty view.
  static Result<std::shared_ptr<const MappedFile>> open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  ByteView bytes() const { return bytes_; }
  const std::string& path() const { return path_; }
  /// Takes the whole pages of `part`, which lies in bytes(), out of this process's memory; reading
  /// them again brings them back. For those who go through more than memory should hold.
  void let_go(ByteView part) const;
  /// What is let go of in one piece where many small parts lie side by side.
  static constexpr std::size_t kWindow = std::size_t{4} << 20;
  /// Lets go of the window that `offset` lies in once this is called for another one: for those who
  /// are done with a part of it and may soon be with the next.
  void let_go_later(std::size_t offset) const;

 private:
  MappedFile(ByteView bytes, std::string path) : bytes_(bytes), path_(std::move(path)) {}
  ByteView bytes_;
  std::string path_;
  mutable std::atomic<std::size_t> last_window_ = 0;  ///< what let_go_later was called for
};

}  // namespace corecast
