#include "executor/cpu/kernels/attention.h"

#include <algorithm>
#include <limits>

#include "executor/cpu/kernels/gemm.h"

namespace corecast::cpu {

void attention(ThreadPool& pool, const AttentionShape& s, const float* q, const float* k,
               const float* v, const float* added, const bool* shown, float* y) {
  constexpr float kHidden = -std::numeric_limits<float>::infinity();
  if (s.heads() * s.queries * s.value_width == 0) return;
  const auto& kernel = kernels();
  // Few long heads are cut into blocks of queries for the threads; each block packs K and V again.
  const std::int64_t block = s.heads() >= 2 * pool.threads()
                                 ? std::min<std::int64_t>(s.queries, 256)
                                 : std::min<std::int64_t>(s.queries, 64);
  const std::int64_t blocks = ceil_div(s.queries, block);
  pool.parallel_for(s.heads() * blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const auto head = static_cast<std::size_t>(task / blocks);
      const std::int64_t first = task % blocks * block;
      const std::int64_t rows = std::min(block, s.queries - first);
      float* scores = scratch(Scratch::rows, rows * s.keys);
      const MatrixView keys =
          s.keys_across ? MatrixView::row_major(k + s.k[head], s.width, s.keys)
                        : MatrixView::row_major(k + s.k[head], s.keys, s.width).transposed();
      gemm(pool, MatrixView::row_major(q + s.q[head] + first * s.width, rows, s.width), keys,
           scores, s.keys);
      for (std::int64_t r = 0; r < rows; ++r) {
        float* row = scores + r * s.keys;
        kernel.scale_shift(row, s.scale, 0, row, s.keys);
        const std::int64_t at = s.mask.empty() ? 0 : s.mask[head] + (first + r) * s.mask_row;
        if (added && s.mask_column == 1) {
          kernel.binary(Binary::add, row, 1, added + at, 1, row, s.keys);
        } else if (added) {
          for (std::int64_t i = 0; i < s.keys; ++i) row[i] += added[at + i * s.mask_column];
        } else if (shown) {
          for (std::int64_t i = 0; i < s.keys; ++i)
            if (!shown[at + i * s.mask_column]) row[i] = kHidden;
        }
        if (s.causal)
          for (std::int64_t i = first + r + 1; i < s.keys; ++i) row[i] = kHidden;
        const float top = kernel.reduce_row(RowReduce::max, row, s.keys);
        const float total = kernel.exp_sum(row, top, row, s.keys);
        kernel.scale_shift(row, 1.f / total, 0, row, s.keys);
      }
      gemm(pool, MatrixView::row_major(scores, rows, s.keys),
           MatrixView::row_major(v + s.v[head], s.keys, s.value_width),
           y + (static_cast<std::int64_t>(head) * s.queries + first) * s.value_width,
           s.value_width);
    }
  });
}

}  // namespace corecast::cpu
