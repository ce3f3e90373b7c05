// Scaled dot-product attention over many heads, one block of queries at a time: the scores of a
// block stay in cache and never reach memory whole.
#pragma once

#include <vector>

#include "base/thread_pool.h"

namespace corecast::cpu {

struct AttentionShape {
  std::int64_t queries = 0, keys = 0, width = 0, value_width = 0;
  float scale = 1;
  bool causal = false;
  bool keys_across = false;  ///< k is [width, keys], else [keys, width]
  /// Per head: first element of q, k, v, mask.
  std::vector<std::int64_t> q, k, v, mask;
  std::int64_t mask_row = 0, mask_column = 0;  ///< strides of the mask (0: repeated)
  std::int64_t heads() const { return static_cast<std::int64_t>(q.size()); }
};

/// y [heads, queries, value_width], dense. At most one of the masks is given: numbers are added to
/// the scores, false hides a key. A query that sees no key gives NaN.
void attention(ThreadPool& pool, const AttentionShape& s, const float* q, const float* k,
               const float* v, const float* added, const bool* shown, float* y);

}  // namespace corecast::cpu
