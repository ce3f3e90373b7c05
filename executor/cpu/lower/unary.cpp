// Elementwise functions of one tensor, and cast.

#include <cmath>
#include <limits>

#include "executor/cpu/lower/lower.h"
#include "ops/activation/activation.h"
#include "ops/elements.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_unary.h"

namespace corecast::executor {

using cpu::Unary;
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

}  // namespace

std::optional<UnaryCall> unary_call(const ir::Function& f, OpId id) {
  UnaryCall c;
  auto simple = [&](Unary u) {
    c.x = f.op(id).operands[0];
    c.op = u;
    return c;
  };
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
  switch (f.op(id).schema->kind) {
    case OpKind::Abs: return simple(Unary::abs);
    case OpKind::Acos: return simple(Unary::acos);
    case OpKind::Asin: return simple(Unary::asin);
    case OpKind::Atan: return simple(Unary::atan);
    case OpKind::Atanh: return simple(Unary::atanh);
    case OpKind::Ceil: return simple(Unary::ceil);
    case OpKind::Cos: return simple(Unary::cos);
    case OpKind::Cosh: return simple(Unary::cosh);
    case OpKind::Erf: return simple(Unary::erf);
    case OpKind::Exp: return simple(Unary::exp);
    case OpKind::Exp2: return simple(Unary::exp2);
    case OpKind::Floor: return simple(Unary::floor);
    case OpKind::Mish: return simple(Unary::mish);
    case OpKind::Neg: return simple(Unary::neg);
    case OpKind::Relu: return simple(Unary::relu);
    case OpKind::Relu6: return simple(Unary::relu6);
    case OpKind::Round: return simple(Unary::round);
    case OpKind::Sigmoid: return simple(Unary::sigmoid);
    case OpKind::Sign: return simple(Unary::sign);
    case OpKind::Silu: return simple(Unary::silu);
    case OpKind::Sin: return simple(Unary::sin);
    case OpKind::Sinh: return simple(Unary::sinh);
    case OpKind::Softplus: return simple(Unary::softplus);
    case OpKind::Softsign: return simple(Unary::softsign);
    case OpKind::Sqrt: return simple(Unary::sqrt);
    case OpKind::Square: return simple(Unary::square);
    case OpKind::Tan: return simple(Unary::tan);
    case OpKind::Tanh: return simple(Unary::tanh);
    case OpKind::HardSwish: set(1.0 / 6, 0.5); return simple(Unary::hard_swish);
    default: break;
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
                                 [&](const auto& o) { set(o.alpha); }) ||
      match<op::Gelu>(f, id, c, Unary::gelu_erf, [&](const auto& o) {
        if (o.mode == "TANH_APPROXIMATION") c.op = Unary::gelu_tanh;
        if (o.mode == "SIGMOID_APPROXIMATION") c.op = Unary::gelu_sigmoid;
      });
  return found ? std::optional(c) : std::nullopt;
}

bool lower_unary(Lowering& l) {
  const auto call = unary_call(l.f(), l.op());
  if (!call || !l.is_float(call->x) || !l.is_float(l.result())) return false;
  const UnaryCall c = *call;
  // Channels that do not exist must stay finite: they meet zero weights.
  const bool finite_at_zero = c.op != Unary::log && c.op != Unary::inverse && c.op != Unary::rsqrt;
  const bool blocked = l.is_blocked(c.x) && (finite_at_zero || whole_blocks(l.dims(c.x)));
  const SlotId x = blocked ? l.blocked(c.x) : l.plain(c.x);
  const SlotId y = l.make(l.result(), blocked ? Layout::blocked : Layout::plain);
  const std::int64_t n = l.slot_bytes(y) / 4;
  return l.step(
      "unary", {x}, {y},
      [=](Frame& f) {
        cpu::unary(f.pool(), c.op, f.f32(x), f.f32(y), n, c.alpha, c.beta);
        return Status();
      },
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

bool lower_cast(Lowering& l) {
  const ValueId x = l.get<op::Cast>().x;
  const DType from = l.dtype(x), to = l.dtype(l.result());
  const std::int64_t n = l.count(x);
  if (from == to) {
    const bool narrows = l.rounds(l.result()) && !l.rounds(x);
    if (!narrows) return lower_as_view(l, x);
    const SlotId a = l.plain(x), y = l.make(l.result());
    return l.step(
        "copy", {a}, {y},
        [=](Frame& f) {
          cpu::unary(f.pool(), Unary::copy, f.f32(a), f.f32(y), n);
          return Status();
        },
        a);
  }
  return with_type(from, [&]<class From>(From) {
    return with_type(to, [&]<class To>(To) {
      const SlotId a = l.plain(x), y = l.make(l.result());
      return l.step("cast", {a}, {y}, [=](Frame& f) {
        const From* in = f.at<From>(a);
        To* out = f.at<To>(y);
        f.pool().parallel_for(n, cpu::kElementGrain, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) out[i] = converted<To>(in[i]);
        });
        return Status();
      });
    });
  });
}

bool lower_logical_not(Lowering& l) {
  const ValueId x = l.get<op::LogicalNot>().x;
  if (l.dtype(x) != DType::boolean) return false;
  const SlotId a = l.plain(x), y = l.make(l.result());
  const std::int64_t n = l.count(x);
  return l.step(
      "logical_not", {a}, {y},
      [=](Frame& f) {
        const bool* in = f.at<bool>(a);
        bool* out = f.at<bool>(y);
        for (std::int64_t i = 0; i < n; ++i) out[i] = !in[i];
        return Status();
      },
      a);
}

}  // namespace corecast::executor
