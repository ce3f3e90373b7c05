// How the cpu engine keeps and rounds values.
#include <cstring>

#include "executor/cpu/engine.h"
#include "executor/cpu/kernels/kernels.h"
#include "executor/rounding.h"

namespace corecast::cpu {

using executor::Precision;
using ir::DType;
using ir::Tensor;

DType Engine::storage(DType declared) const {
  if (declared == DType::f16) return DType::f32;
  const bool wide = declared == DType::bf16 || declared == DType::f64;
  return wide && precision_ != Precision::native ? DType::f32 : declared;
}

bool Engine::rounds(DType declared) const {
  if (!ir::is_floating(declared) || storage(declared) != DType::f32) return false;
  return precision_ == Precision::fp16 ||
         (precision_ == Precision::native && declared == DType::f16);
}

Tensor Engine::stored(const Tensor& t, DType declared) {
  const DType to = storage(declared);
  if (t.dtype() == DType::string || (t.dtype() == to && !rounds(declared))) return t;
  Tensor out;
  if (t.dtype() == DType::f16 && to == DType::f32) {
    out = Tensor::empty(to, t.dims());
    const auto from = t.data<ir::half>();
    const auto into = out.mutable_data<float>();
    const auto* bits = reinterpret_cast<const std::uint16_t*>(from.data());
    pool_->parallel_for(t.count(), 1 << 16, [&](std::int64_t b, std::int64_t e) {
      kernels().half_to_float(bits + b, into.data() + b, e - b);
    });
  } else {
    out = t.dtype() == to ? t : t.cast(to);
  }
  return rounds(declared) && t.dtype() != DType::f16 ? rounded(out) : out;
}

void Engine::round(float* x, std::int64_t n) {
  pool_->parallel_for(
      n, 1 << 14, [&](std::int64_t b, std::int64_t e) { kernels().round_to_half(x + b, e - b); });
}

void Engine::round(const executor::Rounding& rounding, float* x, std::int64_t n) {
  const std::uint32_t stream = rounding.made++;
  pool_->parallel_for(n, 1 << 14, [&](std::int64_t b, std::int64_t e) {
    executor::round_values(rounding, stream, x, b, e);
  });
}

Tensor Engine::rounded(const Tensor& t) {
  Tensor out = Tensor::empty(DType::f32, t.dims());
  if (t.count() == 0) return out;
  const auto to = out.mutable_data<float>();
  std::memcpy(to.data(), t.data<float>().data(), to.size_bytes());
  round(to.data(), t.count());
  return out;
}

}  // namespace corecast::cpu
