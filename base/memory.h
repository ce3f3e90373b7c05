// Memory: blocks of bytes for tensors and tables.
#pragma once

#include <cstddef>
#include <memory>

namespace corecast {

/// Returns a block to where it came from.
struct FreeMemory {
  std::size_t mapped = 0;  ///< bytes to unmap; 0: the allocator has it
  void operator()(std::byte* p) const;
};
using Memory = std::unique_ptr<std::byte[], FreeMemory>;

/// `size` bytes aligned to 64, and to 2 MiB when there are some of them. Large blocks come straight
/// from the system and go back when freed; they are touched by whoever first writes them, in huge
/// pages where the system has these (16 MiB in small pages cost more to touch than to quantise).
/// Throws std::bad_alloc.
Memory allocate(std::size_t size, bool zeroed = true);

}  // namespace corecast
