// The general convolution on plain channels (columns gathered, then one matrix product per image
// and group), and its adjoint.

#include <algorithm>

#include "executor/cpu/kernels/conv.h"

namespace corecast::cpu {

namespace {

/// Columns of output positions [first, last): out[k][position], k = (channel, taps). Zero outside.
void gather_columns(const ConvShape& s, const float* x, std::int64_t first, std::int64_t last,
                    float* out) {
  const std::int64_t channels = s.c / s.groups;
  const std::int64_t count = last - first;
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t t = 0; t < s.taps(); ++t, out += count) {
      const std::int64_t tap[3] = {t / (s.kernel[1] * s.kernel[2]), t / s.kernel[2] % s.kernel[1],
                                   t % s.kernel[2]};
      const float* plane = x + c * s.in_area();
      for (std::int64_t p = first; p < last;) {
        const std::int64_t oz = p / (s.out[1] * s.out[2]);
        const std::int64_t oy = p / s.out[2] % s.out[1];
        const std::int64_t ox = p % s.out[2];
        const std::int64_t run = std::min(s.out[2] - ox, last - p);  // to the end of the row
        const std::int64_t z = oz * s.stride[0] - s.before[0] + tap[0] * s.dilation[0];
        const std::int64_t y = oy * s.stride[1] - s.before[1] + tap[1] * s.dilation[1];
        float* to = out + (p - first);
        if (z < 0 || z >= s.in[0] || y < 0 || y >= s.in[1]) {
          std::fill_n(to, run, 0.f);
        } else {
          const float* row = plane + (z * s.in[1] + y) * s.in[2];
          std::int64_t ix = ox * s.stride[2] - s.before[2] + tap[2] * s.dilation[2];
          for (std::int64_t i = 0; i < run; ++i, ix += s.stride[2])
            to[i] = ix >= 0 && ix < s.in[2] ? row[ix] : 0.f;
        }
        p += run;
      }
    }
}

}  // namespace

void conv_general(ThreadPool& pool, const ConvShape& s, const float* x, const float* weights,
                  const float* bias, float* y, const Epilogue& epilogue) {
  const std::int64_t k = s.c / s.groups * s.taps();
  const std::int64_t oc = s.oc / s.groups;
  const std::int64_t area = s.out_area();
  if (s.n * oc * area == 0) return;
  // Blocks of positions whose columns stay in L2, and enough of them for the threads.
  const std::int64_t positions = std::clamp<std::int64_t>((1 << 17) / std::max<std::int64_t>(k, 1),
                                                          std::min<std::int64_t>(64, area), area);
  const std::int64_t parts = ceil_div(area, positions);
  pool.parallel_for(s.n * s.groups * parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t image = task / parts / s.groups;
      const std::int64_t g = task / parts % s.groups;
      const std::int64_t first = task % parts * positions;
      const std::int64_t count = std::min(positions, area - first);
      float* columns = scratch(Scratch::conv_columns, k * count);
      gather_columns(s, x + (image * s.c + g * (s.c / s.groups)) * s.in_area(), first,
                     first + count, columns);
      Epilogue e = epilogue;
      e.row_bias = bias ? bias + g * oc : nullptr;
      const std::int64_t at = (image * s.oc + g * oc) * area + first;
      if (e.residual) e.residual += at;
      gemm(pool, MatrixView::row_major(weights + g * oc * k, oc, k),
           MatrixView::row_major(columns, k, count), y + at, area, e);
    }
  });
}

void conv_transpose(ThreadPool& pool, const ConvShape& s, const float* x, const float* weights,
                    const float* bias, float* y, const Epilogue& epilogue) {
  const std::int64_t ic = s.c / s.groups;
  const std::int64_t oc = s.oc / s.groups;
  const std::int64_t taps = s.taps();
  const std::int64_t in_area = s.in_area();
  const std::int64_t area = s.out_area();
  if (s.n * s.oc * area == 0) return;
  // Products for a few output channels at a time: [channel, tap][input position], scattered into y.
  const std::int64_t channels =
      std::clamp<std::int64_t>((1 << 19) / std::max<std::int64_t>(taps * in_area, 1), 1,
                               std::max<std::int64_t>(1, ceil_div(oc, 4)));
  const std::int64_t parts = ceil_div(oc, channels);
  pool.parallel_for(s.n * s.groups * parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t image = task / parts / s.groups;
      const std::int64_t g = task / parts % s.groups;
      const std::int64_t first = task % parts * channels;
      const std::int64_t count = std::min(channels, oc - first);
      float* products = scratch(Scratch::conv_columns, count * taps * in_area);
      // A = weights transposed: row (o, tap), column c, at weights[c][o][tap].
      const MatrixView a{weights + (g * ic * oc + first) * taps, count * taps, ic, 1, oc * taps};
      const MatrixView b = MatrixView::row_major(x + (image * s.c + g * ic) * in_area, ic, in_area);
      gemm(pool, a, b, products, in_area);
      for (std::int64_t o = 0; o < count; ++o) {
        const std::int64_t channel = g * oc + first + o;
        float* out = y + (image * s.oc + channel) * area;
        std::fill_n(out, area, bias ? bias[channel] : 0.f);
        const float* from = products + o * taps * in_area;
        for (std::int64_t t = 0; t < taps; ++t) {
          const std::int64_t tap[3] = {t / (s.kernel[1] * s.kernel[2]),
                                       t / s.kernel[2] % s.kernel[1], t % s.kernel[2]};
          for (std::int64_t z = 0; z < s.in[0]; ++z)
            for (std::int64_t r = 0; r < s.in[1]; ++r, from += s.in[2]) {
              const std::int64_t oz = z * s.stride[0] - s.before[0] + tap[0] * s.dilation[0];
              const std::int64_t oy = r * s.stride[1] - s.before[1] + tap[1] * s.dilation[1];
              if (oz < 0 || oz >= s.out[0] || oy < 0 || oy >= s.out[1]) continue;
              float* row = out + (oz * s.out[1] + oy) * s.out[2];
              std::int64_t ox = tap[2] * s.dilation[2] - s.before[2];
              for (std::int64_t i = 0; i < s.in[2]; ++i, ox += s.stride[2])
                if (ox >= 0 && ox < s.out[2]) row[ox] += from[i];
            }
        }
        const auto& kernel = kernels();
        kernel.unary(Unary::clip, out, out, area, epilogue.lo, epilogue.hi);
        if (epilogue.unary)
          kernel.unary(*epilogue.unary, out, out, area, epilogue.alpha, epilogue.beta);
      }
    }
  });
}

}  // namespace corecast::cpu
