#include "executor/cpu/kernels/conv.h"

#include <algorithm>

#include "base/check.h"

namespace corecast::cpu {

bool ConvShape::padded() const {
  for (int i = 0; i < 3; ++i)
    if (before[i] > 0 || after[i] > 0) return true;
  return false;
}

ConvKind conv_kind(const ConvShape& s) {
  const std::int64_t w = kernels().width;
  for (int i = 0; i < 3; ++i)  // negative pads crop: only the general way knows how
    if (s.before[i] < 0 || s.after[i] < 0) return ConvKind::general;
  if (s.kernel[0] != 1 || s.in[0] != 1) return ConvKind::general;
  if (s.groups == 1) {
    if (s.c <= w / 4 && s.dilation[2] == 1) return ConvKind::narrow;
    return ConvKind::direct;
  }
  if (s.groups == s.c && s.oc == s.c) return ConvKind::depthwise;
  if (s.c / s.groups % w == 0 && s.oc / s.groups % w == 0) return ConvKind::direct;
  return ConvKind::general;
}

namespace {

/// [group][panel of two vectors of output channels][channel block][kh][kw][channel][columns]; for
/// narrow the "block" is all channels and the order [kh][kw][channel], which is the same formula.
void pack_direct(ThreadPool& pool, const ConvShape& s, const float* weights, std::int64_t block,
                 Buffer& out) {
  const std::int64_t w = kernels().width;
  const std::int64_t ic = s.c / s.groups;
  const std::int64_t oc = s.oc / s.groups;
  const std::int64_t taps = s.taps();
  const std::int64_t blocks = ceil_div(ic, block);
  const std::int64_t k = blocks * block * taps;
  const std::int64_t panels = ceil_div(oc, 2 * w);
  out = Buffer(s.groups * k * round_up(oc, w));
  pool.parallel_for(s.groups * panels, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t g = task / panels;
      const std::int64_t first = task % panels * 2 * w;
      const std::int64_t columns = std::min(round_up(oc - first, w), 2 * w);
      float* to = out.data() + g * k * round_up(oc, w) + first * k;
      for (std::int64_t b = 0; b < blocks; ++b)
        for (std::int64_t t = 0; t < taps; ++t)
          for (std::int64_t c = b * block; c < (b + 1) * block; ++c)
            for (std::int64_t o = first; o < first + columns; ++o)
              *to++ = c < ic && o < oc ? weights[((g * oc + o) * ic + c) * taps + t] : 0.f;
    }
  });
}

}  // namespace

PackedConv pack_conv(ThreadPool& pool, const ConvShape& s, const float* weights,
                     const float* bias) {
  PackedConv p;
  p.kind = conv_kind(s);
  const std::int64_t w = kernels().width;
  const std::int64_t padded = round_up(s.oc, w);
  p.bias = Buffer(padded);
  for (std::int64_t o = 0; o < padded; ++o) p.bias[o] = bias && o < s.oc ? bias[o] : 0.f;
  switch (p.kind) {
    case ConvKind::direct: pack_direct(pool, s, weights, w, p.weights); break;
    case ConvKind::narrow: pack_direct(pool, s, weights, s.c, p.weights); break;
    case ConvKind::depthwise: {
      const std::int64_t taps = s.taps();
      p.weights = Buffer(padded * taps);
      for (std::int64_t b = 0; b < padded / w; ++b)
        for (std::int64_t t = 0; t < taps; ++t)
          for (std::int64_t c = 0; c < w; ++c)
            p.weights[(b * taps + t) * w + c] =
                b * w + c < s.c ? weights[(b * w + c) * taps + t] : 0.f;
      break;
    }
    case ConvKind::general:
      p.weights = Buffer(s.oc * (s.c / s.groups) * s.taps());
      std::copy_n(weights, p.weights.size(), p.weights.data());
      break;
  }
  return p;
}

void conv(ThreadPool& pool, const ConvShape& s, const float* x, const PackedConv& w, float* y,
          float* workspace, const Epilogue& epilogue) {
  CC_CHECK(w.kind == conv_kind(s), "weights packed for another shape");
  CC_CHECK(!epilogue.bias, "the bias is packed");
  if (s.n * s.oc * s.out_area() == 0) return;
  switch (w.kind) {
    case ConvKind::direct:
    case ConvKind::narrow: return conv_direct(pool, s, x, w, y, workspace, epilogue);
    case ConvKind::depthwise: return conv_depthwise(pool, s, x, w, y, epilogue);
    case ConvKind::general:
      return conv_general(pool, s, x, w.weights.data(), w.bias.data(), y, epilogue);
  }
}

}  // namespace corecast::cpu
