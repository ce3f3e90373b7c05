// Resizing of planes: every output row and column is a weighted sum of a few input ones.
#pragma once

#include <cstdint>
#include <vector>

#include "base/thread_pool.h"

namespace corecast::cpu {

/// What each output position of one axis is made of: taps [first[i], first[i + 1]).
struct AxisWeights {
  std::vector<std::int64_t> first{0};
  std::vector<std::int64_t> index;
  std::vector<float> weight;
  std::int64_t size() const { return static_cast<std::int64_t>(first.size()) - 1; }
};

/// x [planes, h, w] to y [planes, rows.size(), columns.size()].
void resample_planes(ThreadPool& pool, const float* x, std::int64_t planes, std::int64_t h,
                     std::int64_t w, const AxisWeights& rows, const AxisWeights& columns, float* y);

}  // namespace corecast::cpu
