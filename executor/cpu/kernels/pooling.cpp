#include "executor/cpu/kernels/pooling.h"

#include "executor/cpu/kernels/window.h"

namespace corecast::cpu {

void pool_windows(ThreadPool& pool, const PoolShape& s, const float* x, float* y) {
  const auto& kernel = kernels();
  const ConvShape& c = s.window;
  const std::int64_t w = kernel.width;
  const std::int64_t blocks = ceil_div(c.c, w);
  auto inside = [&](std::int64_t axis, std::int64_t out) {  // taps inside the padded input
    const std::int64_t start = out * c.stride[axis];
    return TapRange(start, c.kernel[axis], c.dilation[axis],
                    c.before[axis] + c.in[axis] + c.after[axis])
        .count();
  };
  auto scale_of = [&](std::int64_t row, std::int64_t pixel, std::int64_t taps) {
    if (!s.average) return 1.f;
    const std::int64_t count = s.exclude_padding ? taps : inside(1, row) * inside(2, pixel);
    return count == 0 ? 0.f : 1.f / static_cast<float>(count);  // an empty window is 0
  };
  const WindowFn fn = s.average ? kernel.sum_window : kernel.max_window;
  const std::int64_t rows = c.n * blocks * c.out[1];
  const std::int64_t grain =
      std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, c.out[2] * w * c.taps()));
  pool.parallel_for(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      WindowArgs t;
      t.y = y + i * c.out[2] * w;
      t.lo = Epilogue{}.lo;
      t.hi = Epilogue{}.hi;
      window_row(fn, c, x + i / c.out[1] * c.in[1] * c.in[2] * w, i % c.out[1], t, scale_of);
    }
  });
}

}  // namespace corecast::cpu
