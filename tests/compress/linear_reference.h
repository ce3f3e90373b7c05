// Linear quantisation written out in doubles, one element at a time, for the tests.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "compress/cpu/kernels.h"
#include "compress/linear/linear.h"
#include "ir/float16.h"

namespace corecast::compress::test {

using Dims = std::vector<std::int64_t>;

/// A weight in either dtype, and the numbers in it.
struct Weight {
  std::vector<double> v;
  std::vector<ir::half> halves;
  std::vector<float> floats;

  Weight(const std::vector<double>& from, bool half) {
    for (const double x : from) {
      if (half) {
        halves.push_back(ir::to_half(x));
        v.push_back(static_cast<double>(ir::to_float(halves.back())));
      } else {
        floats.push_back(static_cast<float>(x));
        v.push_back(static_cast<double>(floats.back()));
      }
    }
    is_half = half;
  }
  Values values() const {
    return is_half ? Values(std::span<const ir::half>(halves))
                   : Values(std::span<const float>(floats));
  }
  bool is_half;
};

inline std::vector<double> normal(std::int64_t n, double sigma, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> d(0, sigma);
  std::vector<double> v;
  for (std::int64_t i = 0; i < n; ++i) v.push_back(d(engine));
  return v;
}

inline double rounded(double x, bool half) {
  return static_cast<double>(half ? ir::to_float(ir::to_half(x)) : static_cast<float>(x));
}

struct Ends {
  double lowest, highest, middle;
};
inline Ends ends_of(const LinearSpec& s) {
  const bool is_signed = s.dtype == ir::DType::i8 || s.dtype == ir::DType::i4;
  const double n = s.dtype == ir::DType::i8 || s.dtype == ir::DType::u8 ? 256 : 16;
  if (is_signed) return {-n / 2 + (s.symmetric ? 1 : 0), n / 2 - 1, 0};
  return {0, n - 1 - (s.symmetric ? 1 : 0), s.symmetric ? n / 2 - 1 : 0};
}

/// The elements of each block, by their place in memory.
inline std::vector<std::vector<std::size_t>> blocks_of(const Dims& dims, const Dims& block) {
  std::int64_t count = 1, blocks = 1;
  for (std::size_t d = 0; d < dims.size(); ++d) {
    count *= dims[d];
    blocks *= dims[d] / block[d];
  }
  std::vector<std::vector<std::size_t>> out(static_cast<std::size_t>(blocks));
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t rest = i, at = 0, stride = 1;
    for (std::size_t d = dims.size(); d-- > 0;) {
      at += rest % dims[d] / block[d] * stride;
      stride *= dims[d] / block[d];
      rest /= dims[d];
    }
    out[static_cast<std::size_t>(at)].push_back(static_cast<std::size_t>(i));
  }
  return out;
}

inline int code_at(const LinearQuantized& q, ir::DType dtype, std::size_t i) {
  const auto byte = [&](std::size_t at) { return static_cast<int>(q.data->bytes()[at]); };
  const int bits = ir::bits_of(dtype);
  int code = bits == 8 ? byte(i) : byte(i / 2) >> (i % 2 * 4) & 15;
  if (ir::is_signed(dtype) && code >= 1 << (bits - 1)) code -= 1 << bits;
  return code;
}
inline int offset_at(const LinearQuantized& q, std::size_t block) {
  return q.offsets.empty() ? 0 : q.offsets[block];
}

/// Sum of importance * (weight - stored)^2 of what was stored.
inline double stored_error(const LinearQuantized& q, const Weight& w, const LinearSpec& spec,
                           const Dims& dims, const Importance& importance = {}) {
  const auto blocks = blocks_of(dims, spec.block);
  double error = 0;
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    for (const std::size_t i : blocks[b]) {
      const double shifted = code_at(q, spec.dtype, i) - offset_at(q, b);
      const double e = w.v[i] - rounded(shifted * static_cast<double>(q.scales[b]), w.is_half);
      error += importance.of(static_cast<std::int64_t>(i)) * e * e;
    }
  }
  return error;
}

/// The formulas of coremltools, each step rounded to the weight's dtype.
struct Reference {
  double scale = 1, offset = 0;
  std::vector<int> codes;
};
inline Reference abs_max(const std::vector<double>& w, const std::vector<double>& importance,
                         const LinearSpec& spec, bool half) {
  const auto r = [&](double x) { return rounded(x, half); };
  const Ends ends = ends_of(spec);
  double lo = 0, hi = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (!importance.empty() && importance[i] == 0) continue;
    lo = std::min(lo, w[i]);
    hi = std::max(hi, w[i]);
  }
  if (spec.symmetric) lo = -(hi = std::max(hi, -lo));
  Reference out;
  out.offset = ends.middle;
  if (lo < hi) {
    const double width = std::isfinite(r(hi - lo)) ? r(hi - lo) : hi - lo;
    out.scale = r(width / (ends.highest - ends.lowest));
    const double least = half ? 0x1p-14 : static_cast<double>(std::numeric_limits<float>::min());
    out.scale = std::max(out.scale, least);
    if (!spec.symmetric) {
      double z = r(r(r(ends.lowest * hi) - r(ends.highest * lo)) / r(hi - lo));
      if (!std::isfinite(z)) z = (ends.lowest * hi - ends.highest * lo) / (hi - lo);
      out.offset = std::clamp(std::nearbyint(z), ends.lowest, ends.highest);
    }
  }
  for (const double x : w) {
    const double q = std::nearbyint(r(x / out.scale)) + out.offset;
    out.codes.push_back(static_cast<int>(std::clamp(q, ends.lowest, ends.highest)));
  }
  return out;
}

}  // namespace corecast::compress::test
