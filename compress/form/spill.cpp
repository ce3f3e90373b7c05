#include "compress/form/spill.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/mapped_file.h"

namespace corecast::compress {
namespace {

bool write_all(int file, ByteView bytes) {
  while (!bytes.empty()) {
    const ::ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

/// A mapping of a file that has no name any more; null when the disk says no.
std::shared_ptr<const MappedFile> mapped_copy(ByteView bytes) {
  std::error_code ec;
  const auto folder = std::filesystem::temp_directory_path(ec);
  if (ec) return nullptr;
  std::string path = (folder / "corecast-XXXXXX").string();
  const int file = ::mkstemp(path.data());
  if (file < 0) return nullptr;
  const bool written = write_all(file, bytes);
  ::close(file);
  auto mapped = MappedFile::open(path);
  ::unlink(path.c_str());
  if (!written || !mapped || (*mapped)->bytes().size() != bytes.size()) return nullptr;
  return *mapped;
}

}  // namespace

std::shared_ptr<const ir::Buffer> Spill::put(std::shared_ptr<const ir::Buffer> bytes) {
  constexpr std::size_t kSmall = 1 << 16;
  if (bytes->size() <= left_ || bytes->size() < kSmall) {
    left_ -= std::min(left_, bytes->size());
    return bytes;
  }
  auto file = mapped_copy(bytes->bytes());
  if (!file) return bytes;
  const ByteView part = file->bytes();
  return std::make_shared<ir::MappedBuffer>(std::move(file), part);
}

}  // namespace corecast::compress
