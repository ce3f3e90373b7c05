#include "base/memory.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>

#include "tests/support/catch.h"

using namespace corecast;

TEST_CASE("memory: blocks of any size are aligned, zeroed and writable to the last byte") {
  constexpr std::size_t kMega = std::size_t{1} << 20;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{65}, 2 * kMega - 1, 2 * kMega, 5 * kMega + 3}) {
    INFO("size " << size);
    for (int again = 0; again < 2; ++again) {  // what was freed comes back clean
      const Memory block = allocate(size);
      CHECK(reinterpret_cast<std::uintptr_t>(block.get()) % 64 == 0);
      CHECK(std::all_of(block.get(), block.get() + size,
                        [](std::byte b) { return b == std::byte{0}; }));
      std::fill_n(block.get(), size, std::byte{0xff});
    }
  }
}

TEST_CASE("memory: more than there is throws") {
  CHECK_THROWS_AS(allocate(std::numeric_limits<std::size_t>::max() - 8), std::bad_alloc);
#if !defined(__SANITIZE_ADDRESS__)  // which ends the program instead
  CHECK_THROWS_AS(allocate(std::size_t{1} << 62), std::bad_alloc);
#endif
}
