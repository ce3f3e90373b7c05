// Elementwise functions of one tensor, and cast.

#include <cmath>
#include <limits>

#include "executor/cpu/lower/lower.h"
#include "ops/activation/activation.h"
#include "ops/elements.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_unary.h"

namespace corecast::cpu {

using ir::DType;
using ir::OpId;
using ir::OpKind;
using ir::ValueId;

namespace {

template <class Op, class Fill>
bool match(const ir::Function& f, OpId id, UnaryCall& call, Unary unary, const Fill& fill) {
  const auto op = f.get_if<Op>(id);
  if (!op) return false;
  call.x = op->x;
  call.op = unary;
  fill(*op);
  return true;
}

/// The functions whose ops have no parameters.
std::optional<Unary> plain_function(OpKind kind) {
  switch (kind) {
    case OpKind::Abs: return Unary::abs;
    case OpKind::Acos: return Unary::acos;
    case OpKind::Asin: return Unary::asin;
    case OpKind::Atan: return Unary::atan;
    case OpKind::Atanh: return Unary::atanh;
    case OpKind::Ceil: return Unary::ceil;
    case OpKind::Cos: return Unary::cos;
    case OpKind::Cosh: return Unary::cosh;
    case OpKind::Erf: return Unary::erf;
    case OpKind::Exp: return Unary::exp;
    case OpKind::Exp2: return Unary::exp2;
    case OpKind::Floor: return Unary::floor;
    case OpKind::Mish: return Unary::mish;
    case OpKind::Neg: return Unary::neg;
    case OpKind::Relu: return Unary::relu;
    case OpKind::Relu6: return Unary::relu6;
    case OpKind::Round: return Unary::round;
    case OpKind::Sigmoid: return Unary::sigmoid;
    case OpKind::Sign: return Unary::sign;
    case OpKind::Silu: return Unary::silu;
    case OpKind::Sin: return Unary::sin;
    case OpKind::Sinh: return Unary::sinh;
    case OpKind::Softplus: return Unary::softplus;
    case OpKind::Softsign: return Unary::softsign;
    case OpKind::Sqrt: return Unary::sqrt;
    case OpKind::Square: return Unary::square;
    case OpKind::Tan: return Unary::tan;
    case OpKind::Tanh: return Unary::tanh;
    case OpKind::HardSwish: return Unary::hard_swish;
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<UnaryCall> unary_call(const ir::Function& f, OpId id) {
  UnaryCall c;
  auto set = [&](double alpha, double beta = 0) {
    c.alpha = static_cast<float>(alpha);
    c.beta = static_cast<float>(beta);
  };
  // As the model's element type holds it. -0 is what leaves every x as it is, -0 too.
  auto set_epsilon = [&](double epsilon) {
    const DType dtype = f.type(f.op(id).operands[0]).dtype;
    const double rounded = op::rounded_to(dtype, epsilon);
    set(rounded == 0 ? -0.0 : rounded);
  };
  if (const auto plain = plain_function(f.op(id).schema->kind)) {
    c.x = f.op(id).operands[0];
    c.op = *plain;
    if (c.op == Unary::hard_swish) set(1.0 / 6, 0.5);
    return c;
  }
  const bool found =
      match<op::Clip>(f, id, c, Unary::clip, [&](const auto& o) { set(o.alpha, o.beta); }) ||
      match<op::Elu>(f, id, c, Unary::elu, [&](const auto& o) { set(o.alpha); }) ||
      match<op::Inverse>(f, id, c, Unary::inverse,
                         [&](const auto& o) { set_epsilon(o.epsilon); }) ||
      match<op::LeakyRelu>(f, id, c, Unary::leaky_relu, [&](const auto& o) { set(o.alpha); }) ||
      match<op::LinearActivation>(f, id, c, Unary::linear,
                                  [&](const auto& o) { set(o.alpha, o.beta); }) ||
      match<op::Log>(f, id, c, Unary::log, [&](const auto& o) { set_epsilon(o.epsilon); }) ||
      match<op::Rsqrt>(f, id, c, Unary::rsqrt, [&](const auto& o) { set_epsilon(o.epsilon); }) ||
      match<op::ScaledTanh>(f, id, c, Unary::scaled_tanh,
                            [&](const auto& o) { set(o.alpha, o.beta); }) ||
      match<op::SigmoidHard>(f, id, c, Unary::hard_sigmoid,
                             [&](const auto& o) { set(o.alpha, o.beta); }) ||
      match<op::Threshold>(f, id, c, Unary::threshold, [&](const auto& o) { set(o.alpha); }) ||
      match<op::ThresholdedRelu>(f, id, c, Unary::thresholded_relu,
                                 [&](const auto& o) {
                                   if (o.strict) c.op = Unary::above;
                                   set(o.alpha);
                                 }) ||
      match<op::Gelu>(f, id, c, Unary::gelu_erf, [&](const auto& o) {
        if (o.mode == "TANH_APPROXIMATION") c.op = Unary::gelu_tanh;
        if (o.mode == "SIGMOID_APPROXIMATION") c.op = Unary::gelu_sigmoid;
      });
  return found ? std::optional(c) : std::nullopt;
}

struct UnaryArguments {
  Unary op = Unary::copy;
  float alpha = 0, beta = 0;
  std::int64_t n = 0;
};
Status run_unary(const UnaryArguments& a, const Call& c) {
  unary(c.pool(), a.op, c.in(0), c.out(0), a.n, a.alpha, a.beta);
  return {};
}

bool lower_unary(Lowering& l) {
  const auto call = unary_call(l.f(), l.op());
  if (!call || !l.is_float(call->x) || !l.is_float(l.result())) return false;
  const UnaryCall c = *call;
  // Channels that do not exist must stay finite: they meet zero weights.
  const bool finite_at_zero = c.op != Unary::log && c.op != Unary::inverse && c.op != Unary::rsqrt;
  const bool blocked = l.is_blocked(c.x) && (finite_at_zero || whole_blocks(l.dims(c.x)));
  const SlotId x = blocked ? l.blocked(c.x) : l.plain(c.x);
  const SlotId y = l.make(l.result(), blocked ? kBlocked : kPlain);
  return l.step(Kernel::unary, UnaryArguments{c.op, c.alpha, c.beta, l.slot_bytes(y) / 4}, {x}, {y},
                x);
}

namespace {

template <class To, class From>
To converted(From v) {
  if constexpr (std::is_same_v<To, bool>) {
    return v != From{0};  // NaN is true
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if (v != v) return 0;
    constexpr double lo = static_cast<double>(std::numeric_limits<To>::min());
    constexpr double hi = static_cast<double>(std::numeric_limits<To>::max());
    const double d = static_cast<double>(v);
    return d <= lo   ? std::numeric_limits<To>::min()
           : d >= hi ? std::numeric_limits<To>::max()
                     : static_cast<To>(d);
  } else {
    return static_cast<To>(v);
  }
}

/// Calls f with a value of the C++ type that stores d; false for types without a fast kernel.
template <class F>
bool with_type(DType d, const F& f) {
  switch (d) {
    case DType::boolean: return f(bool{});
    case DType::i8: return f(std::int8_t{});
    case DType::u8: return f(std::uint8_t{});
    case DType::i16: return f(std::int16_t{});
    case DType::u16: return f(std::uint16_t{});
    case DType::i32: return f(std::int32_t{});
    case DType::i64: return f(std::int64_t{});
    case DType::f32: return f(float{});
    default: return false;
  }
}

}  // namespace

struct CastArguments {
  DType from = DType::f32, to = DType::f32;
  std::int64_t n = 0;
};
Status run_cast(const CastArguments& a, const Call& c) {
  with_type(a.from, [&]<class From>(From) {
    return with_type(a.to, [&]<class To>(To) {
      const From* in = c.in<From>(0);
      To* out = c.out<To>(0);
      c.pool().parallel_for(a.n, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) out[i] = converted<To>(in[i]);
      });
      return true;
    });
  });
  return {};
}

bool lower_cast(Lowering& l) {
  const ValueId x = l.get<op::Cast>().x;
  const DType from = l.dtype(x), to = l.dtype(l.result());
  const std::int64_t n = l.count(x);
  if (from == to) {
    const bool narrows = l.rounds(l.result()) && !l.rounds(x);
    if (!narrows) return lower_as_view(l, x);
    const SlotId a = l.plain(x), y = l.make(l.result());
    return l.step(Kernel::copy_floats, UnaryArguments{.op = Unary::copy, .n = n}, {a}, {y}, a);
  }
  const auto known = [](auto) { return true; };
  if (!with_type(from, known) || !with_type(to, known)) return false;
  const SlotId a = l.plain(x), y = l.make(l.result());
  return l.step(Kernel::cast, CastArguments{from, to, n}, {a}, {y});
}

Status run_logical_not(const CountArguments& a, const Call& c) {
  const bool* in = c.in<bool>(0);
  bool* out = c.out<bool>(0);
  for (std::int64_t i = 0; i < a.n; ++i) out[i] = !in[i];
  return {};
}

bool lower_logical_not(Lowering& l) {
  const ValueId x = l.get<op::LogicalNot>().x;
  if (l.dtype(x) != DType::boolean) return false;
  const SlotId a = l.plain(x), y = l.make(l.result());
  return l.step(Kernel::logical_not, CountArguments{l.count(x)}, {a}, {y}, a);
}

}  // namespace corecast::cpu
