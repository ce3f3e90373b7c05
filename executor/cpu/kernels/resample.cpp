#include "executor/cpu/kernels/resample.h"

#include <algorithm>

#include "executor/cpu/kernels/buffer.h"

namespace corecast::cpu {

void resample_planes(ThreadPool& pool, const float* x, std::int64_t planes, std::int64_t h,
                     std::int64_t w, const AxisWeights& rows, const AxisWeights& columns,
                     float* y) {
  const std::int64_t out_w = columns.size();
  const bool single_columns =
      static_cast<std::int64_t>(columns.index.size()) == out_w &&
      std::all_of(columns.weight.begin(), columns.weight.end(), [](float v) { return v == 1; });
  const std::int64_t grain = std::max<std::int64_t>(1, 8192 / std::max<std::int64_t>(1, out_w));
  pool.parallel_for(planes * rows.size(), grain, [&](std::int64_t begin, std::int64_t end) {
    float* mixed = scratch(Scratch::rows, w);
    for (std::int64_t i = begin; i < end; ++i) {
      const float* plane = x + i / rows.size() * h * w;
      const auto row = static_cast<std::size_t>(i % rows.size());
      const auto t0 = static_cast<std::size_t>(rows.first[row]),
                 t1 = static_cast<std::size_t>(rows.first[row + 1]);
      const float* from = mixed;
      if (t1 == t0 + 1 && rows.weight[t0] == 1) {
        from = plane + rows.index[t0] * w;
      } else {
        std::fill_n(mixed, w, 0.f);
        for (std::size_t t = t0; t < t1; ++t) {
          const float* p = plane + rows.index[t] * w;
          const float weight = rows.weight[t];
          for (std::int64_t c = 0; c < w; ++c) mixed[c] += weight * p[c];
        }
      }
      float* to = y + i * out_w;
      if (single_columns) {
        for (std::int64_t c = 0; c < out_w; ++c)
          to[c] = from[columns.index[static_cast<std::size_t>(c)]];
        continue;
      }
      for (std::int64_t c = 0; c < out_w; ++c) {
        float sum = 0;
        const auto last = static_cast<std::size_t>(columns.first[static_cast<std::size_t>(c) + 1]);
        for (auto t = static_cast<std::size_t>(columns.first[static_cast<std::size_t>(c)]);
             t < last; ++t)
          sum += columns.weight[t] * from[columns.index[t]];
        to[c] = sum;
      }
    }
  });
}

}  // namespace corecast::cpu
