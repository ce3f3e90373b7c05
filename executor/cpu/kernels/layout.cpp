#include "executor/cpu/kernels/layout.h"

#include <algorithm>

#include "base/check.h"
#include "executor/cpu/kernels/buffer.h"
#include "executor/cpu/kernels/kernels.h"

namespace corecast::cpu {

namespace {

std::int64_t area_of(const std::vector<std::int64_t>& dims) {
  CC_CHECK(dims.size() >= 3, "blocked layouts need spatial dims");
  std::int64_t area = 1;
  for (std::size_t i = 2; i < dims.size(); ++i) area *= dims[i];
  return area;
}

/// Calls work(image, channel block, channels in it) for every block, in parallel.
template <class Work>
void for_blocks(ThreadPool& pool, const std::vector<std::int64_t>& dims, const Work& work) {
  const std::int64_t w = kernels().width;
  const std::int64_t blocks = ceil_div(dims[1], w);
  const std::int64_t area = area_of(dims);
  const std::int64_t grain = std::max<std::int64_t>(1, 8192 / std::max<std::int64_t>(1, area * w));
  pool.parallel_for(dims[0] * blocks, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      work(i / blocks, i % blocks, std::min(w, dims[1] - i % blocks * w));
  });
}

}  // namespace

std::int64_t blocked_count(const std::vector<std::int64_t>& dims) {
  return dims[0] * round_up(dims[1], kernels().width) * area_of(dims);
}

void block(ThreadPool& pool, const float* x, const std::vector<std::int64_t>& dims, float* y) {
  const auto& k = kernels();
  const std::int64_t w = k.width;
  const std::int64_t area = area_of(dims);
  const std::int64_t blocks = ceil_div(dims[1], w);
  for_blocks(pool, dims, [&](std::int64_t n, std::int64_t b, std::int64_t channels) {
    const float* from = x + (n * dims[1] + b * w) * area;
    float* to = y + (n * blocks + b) * area * w;
    std::int64_t p = 0;
    if (channels == w)
      for (; p + w <= area; p += w) k.transpose_block(from + p, area, to + p * w, w);
    for (; p < area; ++p)
      for (std::int64_t c = 0; c < w; ++c) to[p * w + c] = c < channels ? from[c * area + p] : 0.f;
  });
}

void unblock(ThreadPool& pool, const float* x, const std::vector<std::int64_t>& dims, float* y) {
  const auto& k = kernels();
  const std::int64_t w = k.width;
  const std::int64_t area = area_of(dims);
  const std::int64_t blocks = ceil_div(dims[1], w);
  for_blocks(pool, dims, [&](std::int64_t n, std::int64_t b, std::int64_t channels) {
    const float* from = x + (n * blocks + b) * area * w;
    float* to = y + (n * dims[1] + b * w) * area;
    std::int64_t p = 0;
    if (channels == w)
      for (; p + w <= area; p += w) k.transpose_block(from + p * w, w, to + p, area);
    for (; p < area; ++p)
      for (std::int64_t c = 0; c < channels; ++c) to[c * area + p] = from[p * w + c];
  });
}

}  // namespace corecast::cpu
