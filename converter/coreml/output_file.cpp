#include "converter/coreml/output_file.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/background.h"
#include "base/strings.h"

namespace corecast::coreml {
namespace {

constexpr std::size_t kBlock = 8u << 20;

using Clock = std::chrono::steady_clock;

}  // namespace

Error write_error(const std::string& path, int code, std::uint64_t bytes) {
  Where where;
  where.file = path;
  const std::string reason = std::generic_category().message(code);
  if (code != ENOSPC && code != EDQUOT && code != EFBIG) {
    return Error(Code::E5102, "cannot write: " + reason,
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
  return Error(Code::E5103, std::move(message), "free some space, or write to another disk",
               std::move(where));
}

// ---- the descriptor

class OutputFile::Descriptor {
 public:
  Descriptor(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  /// A whole block, aligned in memory and in the file.
  Status write_block(ByteView bytes) {
    if (!tried_) go_direct(true);
    tried_ = true;
    const auto start = Clock::now();
    TRY_VOID(write_all(bytes));
    if (!direct_) return {};
    // A disk that is slower than this would make us wait; its cache takes more at once. Waiting for
    // a core on a busy machine looks the same, hence the patience.
    constexpr double bytes_per_second = 4e8, patience = 0.1;
    direct_seconds_ += std::chrono::duration<double>(Clock::now() - start).count();
    direct_bytes_ += static_cast<double>(bytes.size());
    if (direct_seconds_ > direct_bytes_ / bytes_per_second + patience) go_direct(false);
    return {};
  }

  /// Any bytes, at the end.
  Status write_rest(ByteView bytes) {
    go_direct(false);
    return write_all(bytes);
  }

  Status overwrite(std::uint64_t offset, ByteView bytes) {
    go_direct(false);
    while (!bytes.empty()) {
      const ssize_t done = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) return write_error(path_, done < 0 ? errno : EIO, bytes.size());
      bytes = bytes.subspan(static_cast<std::size_t>(done));
      offset += static_cast<std::uint64_t>(done);
    }
    return {};
  }

  Status close() {
    // After an interrupted close the descriptor is gone on Linux: do not try again.
    if (::close(std::exchange(fd_, -1)) != 0 && errno != EINTR) return write_error(path_, errno);
    return {};
  }

 private:
  Status write_all(ByteView bytes) {
    while (!bytes.empty()) {
      const ssize_t done = ::write(fd_, bytes.data(), bytes.size());
      if (done < 0 && errno == EINTR) continue;
      if (done < 0 && errno == EINVAL && direct_) {  // not on this file system, or no whole sector
        go_direct(false);
        continue;
      }
      if (done <= 0) return write_error(path_, done < 0 ? errno : EIO, bytes.size());
      bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
    return {};
  }

  void go_direct([[maybe_unused]] bool on) {
#if defined(O_DIRECT)
    if (on == direct_) return;
    const int flags = ::fcntl(fd_, F_GETFL);
    if (flags >= 0 && ::fcntl(fd_, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT) == 0)
      direct_ = on;
#endif
  }

  int fd_;
  std::string path_;
  bool tried_ = false, direct_ = false;
  double direct_seconds_ = 0, direct_bytes_ = 0;
};

/// At the beginning of a page, as direct writing wants it.
struct alignas(4096) OutputFile::Block {
  std::array<std::byte, kBlock> bytes;
};

// ---- the file

OutputFile::OutputFile(std::unique_ptr<Descriptor> file) : file_(std::move(file)) {}
OutputFile::OutputFile(OutputFile&& other) noexcept = default;
OutputFile::~OutputFile() = default;

Result<OutputFile> OutputFile::create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) return write_error(path, errno);
  return OutputFile(std::make_unique<Descriptor>(fd, path));
}

/// Waits for the block that is being written.
Status OutputFile::finish_block() { return writing_.valid() ? writing_.get() : Status{}; }

Result<std::span<std::byte>> OutputFile::room() {
  CC_CHECK(file_ != nullptr);
  if (used_ == kBlock) {
    TRY_VOID(finish_block());
    std::swap(filling_, written_);
    used_ = 0;
    writing_ = in_background(
        [file = file_.get(), block = written_.get()] { return file->write_block(block->bytes); });
  }
  // Not zeroed: a small file touches no more than its own size.
  if (!filling_) filling_.reset(new Block);
  return std::span(filling_->bytes).subspan(used_);
}

void OutputFile::advance(std::size_t count) {
  CC_CHECK(filling_ && count <= kBlock - used_);
  used_ += count;
  size_ += count;
}

Status OutputFile::append(ByteView bytes) {
  while (!bytes.empty()) {
    TRY(const auto space, room());
    const std::size_t n = std::min(space.size(), bytes.size());
    std::copy_n(bytes.begin(), n, space.begin());
    bytes = bytes.subspan(n);
    advance(n);
  }
  return {};
}

Status OutputFile::flush() {
  TRY_VOID(finish_block());
  if (used_ == kBlock) {
    TRY_VOID(file_->write_block(filling_->bytes));
  } else if (used_ > 0) {
    TRY_VOID(file_->write_rest(std::span(filling_->bytes).first(used_)));
  }
  used_ = 0;
  return {};
}

Status OutputFile::overwrite(std::uint64_t offset, ByteView bytes) {
  CC_CHECK(offset <= size_ && bytes.size() <= size_ - offset);
  TRY_VOID(flush());
  return file_->overwrite(offset, bytes);
}

Status OutputFile::close() {
  TRY_VOID(flush());
  return std::exchange(file_, nullptr)->close();
}

Status write_file(const std::string& path, ByteView bytes) {
  TRY(auto file, OutputFile::create(path));
  TRY_VOID(file.append(bytes));
  return file.close();
}

}  // namespace corecast::coreml
