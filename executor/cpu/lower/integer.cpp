// Arithmetic on integers, and what has no vector form on floats: floored quotients, truncated
// remainders, tests for NaN and infinities.

#include <atomic>
#include <cmath>

#include "executor/cpu/lower/lower.h"
#include "ops/elements.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"

namespace corecast::cpu {

using ir::DType;
using ir::OpKind;
using ir::ValueId;

namespace {}  // namespace

/// Of two tensors of one element type: i32, i64 or f32.
struct ElementwiseArguments {
  OpKind kind = OpKind::Add;
  std::string_view op;  ///< as the IR spells it
  DType type = DType::i32;
  Broadcast shape;
};

namespace {

/// fn(x, y), which cannot fail.
template <class T, class Fn>
Status each(const ElementwiseArguments& a, const Call& c, Fn fn) {
  zip(c.pool(), a.shape, c.in<T>(0), c.in<T>(1), c.out<T>(0), fn);
  return {};
}

/// fn(x, y, whether y is -1) for y other than 0; else the step fails as the room does.
template <class T, class Fn>
Status divide(const ElementwiseArguments& a, const Call& c, Fn fn) {
  std::atomic<bool> failed{false};
  zip(c.pool(), a.shape, c.in<T>(0), c.in<T>(1), c.out<T>(0), [&](T x, T y) -> T {
    if (y == 0) {
      failed.store(true, std::memory_order_relaxed);
      return T(0);
    }
    if constexpr (std::is_signed_v<T>)
      if (y == T(-1)) return fn(x, y, true);
    return fn(x, y, false);
  });
  if (failed.load()) return ir::eval_error(a.op, ": y holds an integer zero");
  return {};
}

bool is_division(OpKind kind) {
  return kind == OpKind::RealDiv || kind == OpKind::FloorDiv || kind == OpKind::Mod ||
         kind == OpKind::RemainderTrunc;
}

template <class T>
T wrap(std::uint64_t bits) {
  return op::wrapped<T>(bits);
}
template <class T>
std::uint64_t raw(T v) {
  return op::bits_of_int(v);
}

/// `minus_one`: y is -1, whose quotient may overflow and wraps around.
template <class T>
Status integers(const ElementwiseArguments& e, const Call& c) {
  switch (e.kind) {
    case OpKind::Add: return each<T>(e, c, [](T a, T b) { return wrap<T>(raw(a) + raw(b)); });
    case OpKind::Sub: return each<T>(e, c, [](T a, T b) { return wrap<T>(raw(a) - raw(b)); });
    case OpKind::Mul: return each<T>(e, c, [](T a, T b) { return wrap<T>(raw(a) * raw(b)); });
    case OpKind::Maximum: return each<T>(e, c, [](T a, T b) { return a > b ? a : b; });
    case OpKind::Minimum: return each<T>(e, c, [](T a, T b) { return a < b ? a : b; });
    case OpKind::BitwiseAnd:
      return each<T>(e, c, [](T a, T b) { return wrap<T>(raw(a) & raw(b)); });
    case OpKind::BitwiseOr: return each<T>(e, c, [](T a, T b) { return wrap<T>(raw(a) | raw(b)); });
    case OpKind::BitwiseXor:
      return each<T>(e, c, [](T a, T b) { return wrap<T>(raw(a) ^ raw(b)); });
    case OpKind::RealDiv:
      return divide<T>(e, c, [](T a, T b, bool minus_one) {
        return minus_one ? wrap<T>(0 - raw(a)) : static_cast<T>(a / b);
      });
    case OpKind::FloorDiv:
      return divide<T>(e, c, [](T a, T b, bool minus_one) {
        if (minus_one) return wrap<T>(0 - raw(a));
        return static_cast<T>(a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0));
      });
    case OpKind::Mod:
      return divide<T>(e, c, [](T a, T b, bool minus_one) {
        if (minus_one) return T(0);
        const auto rest = static_cast<T>(a % b);
        return static_cast<T>(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
      });
    case OpKind::RemainderTrunc:
      return divide<T>(
          e, c, [](T a, T b, bool minus_one) { return minus_one ? T(0) : static_cast<T>(a % b); });
    default: CC_UNREACHABLE("integer arithmetic");
  }
}

/// The floor of the exact quotient, not of the rounded one.
float floored_quotient(float a, float b) {
  const double x = static_cast<double>(a), y = static_cast<double>(b);
  if (y == 0) return a / b;
  const double rest = std::fmod(x, y);
  double quotient = (x - rest) / y;
  if (rest != 0 && (y < 0) != (rest < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(0.f, a / b);
  const double whole = std::floor(quotient);
  return static_cast<float>(quotient - whole > 0.5 ? whole + 1 : whole);
}

}  // namespace

Status run_elementwise(const ElementwiseArguments& a, const Call& c) {
  if (a.type == DType::i32) return integers<std::int32_t>(a, c);
  if (a.type == DType::i64) return integers<std::int64_t>(a, c);
  if (a.kind == OpKind::FloorDiv) return each<float>(a, c, floored_quotient);
  return each<float>(a, c, [](float x, float y) { return std::fmod(x, y); });
}

bool lower_integer(Lowering& l) {
  const ValueId x = l.data().operands[0], y = l.data().operands[1];
  const OpKind kind = l.data().schema->kind;
  const DType type = l.dtype(x);
  if (type != l.dtype(y) || type != l.dtype(l.result())) return false;
  const bool integer = type == DType::i32 || type == DType::i64;
  const bool quotient = kind == OpKind::FloorDiv || kind == OpKind::RemainderTrunc;
  if (integer ? kind == OpKind::Pow : type != DType::f32 || !quotient) return false;
  const Dims out = l.dims(l.result()), dx = l.dims(x), dy = l.dims(y);
  const SlotId a = l.plain(x), b = l.plain(y), r = l.make(l.result());
  SlotId in_place = dx == out ? a : dy == out ? b : SlotId();
  if (integer && is_division(kind)) in_place = {};  // a failed step leaves its operands alone
  return l.step(Kernel::elementwise,
                ElementwiseArguments{kind, l.data().schema->name, type, Broadcast(out, {dx, dy})},
                {a, b}, {r}, in_place);
}

struct FloatTestArguments {
  bool nan = false;
  bool high = false, low = false;  ///< unless nan: which infinities count
  std::int64_t n = 0;
};
Status run_float_test(const FloatTestArguments& a, const Call& c) {
  const float* in = c.in(0);
  bool* out = c.out<bool>(0);
  c.pool().parallel_for(a.n, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const float v = in[i];
      out[i] = a.nan ? v != v : (a.high && v == INFINITY) || (a.low && v == -INFINITY);
    }
  });
  return {};
}

bool lower_float_test(Lowering& l) {
  const ValueId x = l.data().operands[0];
  if (!l.is_float(x) || l.dtype(l.result()) != DType::boolean) return false;
  const bool nan = l.data().schema->kind == OpKind::IsNan;
  bool high = true, low = true;
  if (const auto op = l.f().get_if<op::IsInf>(l.op())) {
    high = op->detect_positive;
    low = op->detect_negative;
  }
  const SlotId a = l.plain(x), r = l.make(l.result());
  return l.step(Kernel::float_test, FloatTestArguments{nan, high, low, l.count(x)}, {a}, {r});
}

}  // namespace corecast::cpu
