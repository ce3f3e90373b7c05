#include "base/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace corecast {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHuge = std::size_t{2} << 20;
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kLarge = SIZE_MAX;  // mapped memory has no red zones
#else
constexpr std::size_t kLarge = kHuge;
#endif

std::size_t round_up(std::size_t size, std::size_t unit) {
  const std::size_t rounded = (size + unit - 1) / unit * unit;
  if (rounded < size) throw std::bad_alloc();
  return rounded;
}

/// A zeroed mapping that begins at a multiple of kHuge.
Memory map(std::size_t size) {
  const std::size_t page = std::size_t{1} << 16;  // a multiple of every system's
  const std::size_t used = round_up(size, page), asked = used + kHuge;
  if (asked < used) throw std::bad_alloc();
  void* got = ::mmap(nullptr, asked, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (got == MAP_FAILED) throw std::bad_alloc();
  auto* start = static_cast<std::byte*>(got);
  const std::size_t before = (kHuge - reinterpret_cast<std::uintptr_t>(got) % kHuge) % kHuge;
  if (before > 0) ::munmap(start, before);
  if (before < kHuge) ::munmap(start + before + used, kHuge - before);
#ifdef MADV_HUGEPAGE
  ::madvise(start + before, used, MADV_HUGEPAGE);  // only advice
#endif
  return Memory(start + before, FreeMemory{used});
}

}  // namespace

void FreeMemory::operator()(std::byte* p) const {
  if (mapped > 0) {
    ::munmap(p, mapped);
  } else {
    std::free(p);  // NOLINT(cppcoreguidelines-no-malloc)
  }
}

Memory allocate(std::size_t size, bool zeroed) {
  if (size >= kLarge) return map(size);
  const std::size_t rounded = std::max(round_up(size, kAlignment), kAlignment);
  auto* p = static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded));
  if (!p) throw std::bad_alloc();
  if (zeroed) std::memset(p, 0, size);
  return Memory(p);
}

}  // namespace corecast
