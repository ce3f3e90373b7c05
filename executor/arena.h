// Where values live in one block of memory, so that values alive at the same time never overlap.
#pragma once

#include <cstdint>
#include <vector>

namespace corecast::executor {

struct Lifetime {
  std::int64_t bytes = 0;
  std::int32_t first = 0;  ///< step that writes it
  std::int32_t last = 0;   ///< last step that reads it (inclusive)
};

struct ArenaLayout {
  std::vector<std::int64_t> offsets;  ///< per lifetime, multiples of 64
  std::int64_t bytes = 0;             ///< of the whole arena
  std::int64_t live = 0;              ///< largest sum alive at once: the lower bound of `bytes`
};

/// Greedy: one after the other, each into the gap that fits it best, the largest first; while that
/// misses the lower bound, other orders are tried and the best is kept.
ArenaLayout plan_arena(const std::vector<Lifetime>& values);

}  // namespace corecast::executor
