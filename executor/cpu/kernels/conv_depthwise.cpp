// Depthwise convolution on blocked channels: a vector holds one pixel's channels. Taps that fall
// into the padding are skipped by shrinking the window, so the input needs no borders.

#include <algorithm>

#include "executor/cpu/kernels/conv.h"
#include "executor/cpu/kernels/window.h"

namespace corecast::cpu {

void conv_depthwise(ThreadPool& pool, const ConvShape& s, const float* x, const PackedConv& weights,
                    float* y, const Epilogue& epilogue) {
  const auto& kernel = kernels();
  const std::int64_t w = kernel.width;
  const std::int64_t blocks = ceil_div(s.c, w);
  const std::int64_t rows = s.n * blocks * s.out[1];
  const std::int64_t row_work = s.out[2] * w * s.taps();
  pool.parallel_for(
      rows, std::max<std::int64_t>(1, 32768 / row_work), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const std::int64_t plane = i / s.out[1];
          const std::int64_t block = plane % blocks;
          WindowArgs t;
          t.w = weights.weights.data() + block * s.taps() * w;
          t.bias = weights.bias.data() + block * w;
          t.y = y + i * s.out[2] * w;
          t.residual = epilogue.residual ? epilogue.residual + i * s.out[2] * w : nullptr;
          t.lo = epilogue.lo;
          t.hi = epilogue.hi;
          window_row(kernel.depthwise, s, x + plane * s.in[1] * s.in[2] * w, i % s.out[1], t);
          if (epilogue.unary)
            kernel.unary(*epilogue.unary, t.y, t.y, s.out[2] * w, epilogue.alpha, epilogue.beta);
        }
      });
}

}  // namespace corecast::cpu
