#include "executor/cpu/layout.h"

#include <algorithm>

#include "base/check.h"
#include "executor/cpu/buffer.h"
#include "executor/cpu/kernels.h"

namespace corecast::cpu {

std::int64_t blocked_count(const std::vector<std::int64_t>& nchw) {
  CC_CHECK(nchw.size() == 4);
  return nchw[0] * round_up(nchw[1], kernels().width) * nchw[2] * nchw[3];
}

namespace {

/// Calls work(image, channel block, channels in it) for every block, in parallel.
template <class Work>
void for_blocks(ThreadPool& pool, const std::vector<std::int64_t>& nchw, const Work& work) {
  const std::int64_t w = kernels().width;
  const std::int64_t blocks = ceil_div(nchw[1], w);
  const std::int64_t area = nchw[2] * nchw[3];
  const std::int64_t grain = std::max<std::int64_t>(1, 8192 / std::max<std::int64_t>(1, area * w));
  pool.parallel_for(nchw[0] * blocks, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      work(i / blocks, i % blocks, std::min(w, nchw[1] - i % blocks * w));
  });
}

}  // namespace

void block(ThreadPool& pool, const float* x, const std::vector<std::int64_t>& nchw, float* y) {
  const auto& k = kernels();
  const std::int64_t w = k.width;
  const std::int64_t area = nchw[2] * nchw[3];
  const std::int64_t blocks = ceil_div(nchw[1], w);
  for_blocks(pool, nchw, [&](std::int64_t n, std::int64_t b, std::int64_t channels) {
    const float* from = x + (n * nchw[1] + b * w) * area;
    float* to = y + (n * blocks + b) * area * w;
    std::int64_t p = 0;
    if (channels == w)
      for (; p + w <= area; p += w) k.transpose_block(from + p, area, to + p * w, w);
    for (; p < area; ++p)
      for (std::int64_t c = 0; c < w; ++c) to[p * w + c] = c < channels ? from[c * area + p] : 0.f;
  });
}

void unblock(ThreadPool& pool, const float* x, const std::vector<std::int64_t>& nchw, float* y) {
  const auto& k = kernels();
  const std::int64_t w = k.width;
  const std::int64_t area = nchw[2] * nchw[3];
  const std::int64_t blocks = ceil_div(nchw[1], w);
  for_blocks(pool, nchw, [&](std::int64_t n, std::int64_t b, std::int64_t channels) {
    const float* from = x + (n * blocks + b) * area * w;
    float* to = y + (n * nchw[1] + b * w) * area;
    std::int64_t p = 0;
    if (channels == w)
      for (; p + w <= area; p += w) k.transpose_block(from + p * w, w, to + p, area);
    for (; p < area; ++p)
      for (std::int64_t c = 0; c < channels; ++c) to[c * area + p] = from[p * w + c];
  });
}

}  // namespace corecast::cpu
