#include "converter/coreml/output_file.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/strings.h"

namespace corecast::coreml {
namespace {

constexpr std::size_t kBufferSize = 1 << 20;
constexpr std::size_t kLargestWrite = 1u << 30;  // some systems refuse 2 GiB in one call

}  // namespace

Error write_error(const std::string& path, int code, std::uint64_t bytes) {
  Where where;
  where.file = path;
  const std::string reason = std::generic_category().message(code);
  if (code != ENOSPC && code != EDQUOT && code != EFBIG) {
    return Error(ErrorKind::input, "E5102", "cannot write: " + reason,
                 "check that the folder exists and may be written to", std::move(where));
  }
  std::string message = "no room to write: " + reason;
  if (bytes > 0) message += cat(", needed at least ", bytes, " bytes");
  struct statvfs info {};
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (::statvfs(folder.c_str(), &info) == 0) {
    message += cat(", free ", static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize, " bytes");
  }
  return Error(ErrorKind::limit, "E5103", std::move(message),
               "free some space, or write to another disk", std::move(where));
}

Error cancelled_error() {
  return Error(ErrorKind::interrupted, "E5104", "interrupted, nothing was written");
}

Result<OutputFile> OutputFile::create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) return write_error(path, errno);
  return OutputFile(fd, path);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      buffer_(std::move(other.buffer_)),
      size_(other.size_) {}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
}

Status OutputFile::write_all(ByteView bytes) {
  while (!bytes.empty()) {
    const std::size_t n = std::min(bytes.size(), kLargestWrite);
    const ssize_t done = ::write(fd_, bytes.data(), n);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return write_error(path_, done < 0 ? errno : EIO, bytes.size());
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
  return {};
}

Status OutputFile::flush() {
  TRY_VOID(write_all(buffer_));
  buffer_.clear();
  return {};
}

Status OutputFile::append(ByteView bytes) {
  CC_CHECK(fd_ >= 0);
  if (buffer_.size() + bytes.size() > kBufferSize) TRY_VOID(flush());
  if (bytes.size() >= kBufferSize) {
    TRY_VOID(write_all(bytes));
  } else {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }
  size_ += bytes.size();
  return {};
}

Status OutputFile::overwrite(std::uint64_t offset, ByteView bytes) {
  CC_CHECK(offset <= size_ && bytes.size() <= size_ - offset);
  TRY_VOID(flush());
  while (!bytes.empty()) {
    const ssize_t done = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return write_error(path_, done < 0 ? errno : EIO, bytes.size());
    bytes = bytes.subspan(static_cast<std::size_t>(done));
    offset += static_cast<std::uint64_t>(done);
  }
  return {};
}

Status OutputFile::close() {
  TRY_VOID(flush());
  // After an interrupted close the descriptor is gone on Linux: do not try again.
  if (::close(std::exchange(fd_, -1)) != 0 && errno != EINTR) return write_error(path_, errno);
  return {};
}

Status write_file(const std::string& path, ByteView bytes) {
  TRY(auto file, OutputFile::create(path));
  TRY_VOID(file.append(bytes));
  return file.close();
}

}  // namespace corecast::coreml
