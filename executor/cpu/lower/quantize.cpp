// quantize and dequantize.

#include <algorithm>
#include <limits>

#include "executor/cpu/lower/lower.h"
#include "ops/quantization/quantization.h"

namespace corecast::cpu {

using ir::DType;
using ir::ValueId;

/// Elements in runs that share a scale: run r has entry r % channels.
struct Runs {
  std::int64_t count = 1, length = 1, channels = 1;
};

namespace {

Runs runs_of(Lowering& l, ValueId x, ValueId scale, std::optional<std::int64_t> axis) {
  const Dims dims = l.dims(x);
  if (!axis || l.dims(scale).empty()) return {.length = product(dims)};
  const std::size_t a = axis_of(*axis, dims.size());
  return {product(dims, 0, a + 1), product(dims, a + 1), dims[a]};
}

/// Calls work(first element, count, entry of scale) for pieces of runs.
template <class Work>
void for_runs(ThreadPool& pool, const Runs& r, const Work& work) {
  if (r.length == 0) return;
  const std::int64_t cut = std::min<std::int64_t>(r.length, kElementGrain);
  const std::int64_t pieces = (r.length + cut - 1) / cut;
  pool.parallel_for(r.count * pieces, std::max<std::int64_t>(1, kElementGrain / cut),
                    [&](std::int64_t begin, std::int64_t end) {
                      for (std::int64_t i = begin; i < end; ++i) {
                        const std::int64_t run = i / pieces, at = i % pieces * cut;
                        work(run * r.length + at, std::min(cut, r.length - at), run % r.channels);
                      }
                    });
}

/// f with a value of the type; only types of which a float holds every value and difference.
template <class F>
bool with_quantized(DType d, const F& f) {
  switch (d) {
    case DType::i8: return f(std::int8_t{});
    case DType::u8: return f(std::uint8_t{});
    case DType::i16: return f(std::int16_t{});
    case DType::u16: return f(std::uint16_t{});
    default: return false;
  }
}

}  // namespace

/// Operands: x, scale, and the zero point, which may be missing.
struct QuantizeArguments {
  DType type = DType::i8;  ///< of the integers
  Runs runs;
};

Status run_quantize(const QuantizeArguments& a, const Call& c) {
  with_quantized(a.type, [&]<class T>(T) {
    const float *x = c.in(0), *scale = c.in(1);
    const T* zero = c.in<T>(2);
    T* y = c.out<T>(0);
    for_runs(c.pool(), a.runs, [&](std::int64_t first, std::int64_t n, std::int64_t entry) {
      const float* from = x + first;
      T* to = y + first;
      const float step = scale[entry];
      const float offset = zero ? static_cast<float>(zero[entry]) : 0.f;
      constexpr auto lo = static_cast<float>(std::numeric_limits<T>::min());
      constexpr auto hi = static_cast<float>(std::numeric_limits<T>::max());
      const auto& k = kernels();
      float part[1024];
      for (std::int64_t at = 0; at < n; at += 1024) {
        const std::int64_t m = std::min<std::int64_t>(1024, n - at);
        k.binary(Binary::div, from + at, 1, &step, 0, part, m);
        k.unary(Unary::round, part, part, m, 0, 0);
        k.scale_shift(part, 1, offset, part, m);
        k.unary(Unary::clip, part, part, m, lo, hi);
        for (std::int64_t i = 0; i < m; ++i) {
          const float q = part[i] == part[i] ? part[i] : offset;  // NaN gives the zero point
          to[at + i] = static_cast<T>(static_cast<std::int32_t>(q));
        }
      }
    });
    return true;
  });
  return {};
}

Status run_dequantize(const QuantizeArguments& a, const Call& c) {
  with_quantized(a.type, [&]<class T>(T) {
    const T *x = c.in<T>(0), *zero = c.in<T>(2);
    const float* scale = c.in(1);
    float* y = c.out(0);
    for_runs(c.pool(), a.runs, [&](std::int64_t first, std::int64_t n, std::int64_t entry) {
      const T* from = x + first;
      float* to = y + first;
      const float step = scale[entry];
      const std::int32_t offset = zero ? zero[entry] : 0;
      for (std::int64_t i = 0; i < n; ++i)
        to[i] = static_cast<float>(static_cast<std::int32_t>(from[i]) - offset) * step;
    });
    return true;
  });
  return {};
}

namespace {

/// For Quantize and Dequantize, whose fields are the same.
template <class Op>
bool add_step(Lowering& l, Kernel kernel, const Op& op, DType integers) {
  if (!with_quantized(integers, [](auto) { return true; })) return false;
  const QuantizeArguments arguments{integers, runs_of(l, op.input, op.scale, op.axis)};
  const SlotId x = l.plain(op.input), scale = l.plain(op.scale);
  const SlotId zero = optional(l, op.zero_point);
  return l.step(kernel, arguments, {x, scale, zero}, {l.make(l.result())});
}

}  // namespace

bool lower_quantize(Lowering& l) {
  const auto op = l.get<op::Quantize>();
  if (!l.is_float(op.input) || !l.is_float(op.scale)) return false;
  return add_step(l, Kernel::quantize, op, l.dtype(l.result()));
}

bool lower_dequantize(Lowering& l) {
  const auto op = l.get<op::Dequantize>();
  if (!l.is_float(op.scale) || !l.is_float(l.result())) return false;
  return add_step(l, Kernel::dequantize, op, l.dtype(op.input));
}

}  // namespace corecast::cpu
