#include "executor/model.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "executor/cpu/kernels/kernels.h"

namespace corecast::executor {

using ir::DType;
using ir::Tensor;

const char* name_of(Precision precision) {
  switch (precision) {
    case Precision::fp32: return "fp32";
    case Precision::fp16: return "fp16";
    case Precision::native: return "native";
    case Precision::fp16_digits: return "fp16 digits";
  }
  CC_UNREACHABLE("precision");
}

Model::Model(ir::Function function, const Options& o)
    : f(std::move(function)), options(o), pool(o.threads > 0 ? o.threads : available_cores()) {}

DType Model::storage(DType declared) const {
  if (declared == DType::f16) return DType::f32;
  const bool wide = declared == DType::bf16 || declared == DType::f64;
  return wide && options.precision != Precision::native ? DType::f32 : declared;
}

bool Model::rounds(DType declared) const {
  if (!ir::is_floating(declared) || storage(declared) != DType::f32) return false;
  return options.precision == Precision::fp16 || options.precision == Precision::fp16_digits ||
         (options.precision == Precision::native && declared == DType::f16);
}

Tensor Model::stored(const Tensor& t, DType declared) {
  const DType to = storage(declared);
  if (t.dtype() == DType::string || (t.dtype() == to && !rounds(declared))) return t;
  Tensor out;
  if (t.dtype() == DType::f16 && to == DType::f32) {
    out = Tensor::empty(to, t.dims());
    const auto from = t.data<ir::half>();
    const auto into = out.mutable_data<float>();
    const auto* bits = reinterpret_cast<const std::uint16_t*>(from.data());
    pool.parallel_for(t.count(), 1 << 16, [&](std::int64_t b, std::int64_t e) {
      cpu::kernels().half_to_float(bits + b, into.data() + b, e - b);
    });
  } else {
    out = t.dtype() == to ? t : t.cast(to);
  }
  return rounds(declared) && t.dtype() != DType::f16 ? rounded(out) : out;
}

const Tensor* Derived::get() {
  if (held_) return &tensor_;
  const auto bytes = bytes_.lock();
  if (!bytes) return nullptr;
  tensor_ = Tensor(dtype_, dims_, bytes);
  held_ = true;
  return &tensor_;
}

const Tensor& Derived::put(Tensor t) {
  tensor_ = std::move(t);
  held_ = true;
  return tensor_;
}

void Derived::let_go() {
  constexpr std::size_t kSmall = 4096;  // bytes
  if (!held_ || !tensor_.buffer() || tensor_.byte_size() <= kSmall) return;
  bytes_ = tensor_.buffer();
  dtype_ = tensor_.dtype();
  dims_ = tensor_.dims();
  tensor_ = Tensor();
  held_ = false;
}

const Tensor& Model::constant(ir::ValueId v) {
  Derived& entry = constants_[v.raw];
  if (const Tensor* t = entry.get()) return *t;
  const Tensor* t = f.constant(v);
  CC_CHECK(t != nullptr, "not a constant");
  return entry.put(stored(*t, f.type(v).dtype));
}

void Model::let_go(ir::ValueId v) {
  for (auto* derived : {&constants_, &folded})
    if (const auto at = derived->find(v.raw); at != derived->end()) at->second.let_go();
}

void Model::let_go() {
  for (auto& [value, derived] : constants_) derived.let_go();
  for (auto& [value, derived] : folded) derived.let_go();
}

namespace {

/// To 11 significant bits, to nearest even, whatever the exponent; never to infinity.
void round_digits(float* x, std::int64_t n) {
  constexpr std::uint32_t kDropped = 13, kMask = ~((1u << kDropped) - 1), kInfinity = 0x7f800000u;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(x[i]);
    const std::uint32_t odd = (bits >> kDropped) & 1;
    const std::uint32_t rounded = (bits + (1u << (kDropped - 1)) - 1 + odd) & kMask;
    const bool finite = (bits & kInfinity) != kInfinity;
    const bool overflows = (rounded & kInfinity) == kInfinity;
    x[i] = std::bit_cast<float>(!finite ? bits : overflows ? bits & kMask : rounded);
  }
}

}  // namespace

void Model::round(float* x, std::int64_t n) {
  const bool wide = options.precision == Precision::fp16_digits;
  pool.parallel_for(n, 1 << 14, [&](std::int64_t b, std::int64_t e) {
    wide ? round_digits(x + b, e - b) : cpu::kernels().round_to_half(x + b, e - b);
  });
}

Tensor Model::rounded(const Tensor& t) {
  Tensor out = Tensor::empty(DType::f32, t.dims());
  if (t.count() == 0) return out;
  const auto to = out.mutable_data<float>();
  std::memcpy(to.data(), t.data<float>().data(), to.size_bytes());
  round(to.data(), t.count());
  return out;
}

}  // namespace corecast::executor
