#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace corecast {
namespace {

Error open_error(const std::string& path, const std::string& why, const std::string& help) {
  return Error(Code::E2001, "cannot read the file: " + why, help,
               Where{.file = path, .graph = {}, .node = {}, .op = {}, .source = {}});
}

}  // namespace

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return open_error(path, std::generic_category().message(errno),
                      "check the path and its permissions");
  }
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(fd);
    return open_error(path, S_ISDIR(info.st_mode) ? "it is a folder" : "it is not a regular file",
                      "give the path of a model file");
  }
  ByteView view;
  if (info.st_size > 0) {
    const auto size = static_cast<std::size_t>(info.st_size);
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) {
      const int error = errno;
      ::close(fd);
      return open_error(path, std::generic_category().message(error),
                        "the file could not be mapped into memory");
    }
    view = ByteView(static_cast<const std::byte*>(data), size);
  }
  ::close(fd);
  return std::shared_ptr<const MappedFile>(new MappedFile(view, path));
}

void MappedFile::let_go(ByteView part) const {
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(part.data());
  const std::uintptr_t first = (begin + page - 1) / page * page;
  const std::uintptr_t last = (begin + part.size()) / page * page;
  // Only advice: where it fails, memory stays as it is.
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

void MappedFile::let_go_later(std::size_t offset) const {
  const std::size_t window = offset / kWindow * kWindow;
  const std::size_t last = last_window_.exchange(window, std::memory_order_relaxed);
  if (last != window) let_go(bytes_.subspan(last, std::min(kWindow, bytes_.size() - last)));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) {
    ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }
}

}  // namespace corecast
