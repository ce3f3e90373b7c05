// Arithmetic on integers, and what has no vector form on floats: floored quotients, truncated
// remainders, tests for NaN and infinities.

#include <atomic>
#include <cmath>

#include "executor/cpu/lower/lower.h"
#include "ops/elements.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"

namespace corecast::executor {

using cpu::Broadcast;
using ir::DType;
using ir::OpKind;
using ir::ValueId;

namespace {

struct Operands {
  Broadcast shape;
  SlotId x, y, r, in_place;
  Operands(Lowering& l, ValueId a, ValueId b)
      : shape(l.dims(l.result()), {l.dims(a), l.dims(b)}),
        x(l.plain(a)),
        y(l.plain(b)),
        r(l.make(l.result())) {
    const Dims dims = l.dims(l.result());
    in_place = l.dims(a) == dims ? x : l.dims(b) == dims ? y : SlotId();
  }
};

/// r = fn(x, y), which cannot fail.
template <class T, class Fn>
bool add_step(Lowering& l, ValueId x, ValueId y, Fn fn) {
  const Operands o(l, x, y);
  return l.step(
      "elementwise", {o.x, o.y}, {o.r},
      [=](Frame& f) {
        cpu::zip(f.pool(), o.shape, f.at<T>(o.x), f.at<T>(o.y), f.at<T>(o.r), fn);
        return Status();
      },
      o.in_place);
}

/// r = fn(x, y) for y other than 0; else the step fails as the room does.
template <class T, class Fn>
bool add_division(Lowering& l, ValueId x, ValueId y, Fn fn) {
  const Operands o(l, x, y);
  const std::string name(l.data().schema->name);
  return l.step("elementwise", {o.x, o.y}, {o.r}, [=](Frame& f) -> Status {
    std::atomic<bool> failed{false};
    cpu::zip(f.pool(), o.shape, f.at<T>(o.x), f.at<T>(o.y), f.at<T>(o.r), [&](T a, T b) -> T {
      if (b == 0) {
        failed.store(true, std::memory_order_relaxed);
        return T(0);
      }
      if constexpr (std::is_signed_v<T>)
        if (b == T(-1)) return fn(a, b, true);
      return fn(a, b, false);
    });
    if (failed.load()) return ir::eval_error(name, ": y holds an integer zero");
    return {};
  });
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
bool lower_for(Lowering& l, OpKind kind, ValueId x, ValueId y) {
  switch (kind) {
    case OpKind::Add:
      return add_step<T>(l, x, y, [](T a, T b) { return wrap<T>(raw(a) + raw(b)); });
    case OpKind::Sub:
      return add_step<T>(l, x, y, [](T a, T b) { return wrap<T>(raw(a) - raw(b)); });
    case OpKind::Mul:
      return add_step<T>(l, x, y, [](T a, T b) { return wrap<T>(raw(a) * raw(b)); });
    case OpKind::Maximum: return add_step<T>(l, x, y, [](T a, T b) { return a > b ? a : b; });
    case OpKind::Minimum: return add_step<T>(l, x, y, [](T a, T b) { return a < b ? a : b; });
    case OpKind::BitwiseAnd:
      return add_step<T>(l, x, y, [](T a, T b) { return wrap<T>(raw(a) & raw(b)); });
    case OpKind::BitwiseOr:
      return add_step<T>(l, x, y, [](T a, T b) { return wrap<T>(raw(a) | raw(b)); });
    case OpKind::BitwiseXor:
      return add_step<T>(l, x, y, [](T a, T b) { return wrap<T>(raw(a) ^ raw(b)); });
    case OpKind::RealDiv:
      return add_division<T>(l, x, y, [](T a, T b, bool minus_one) {
        return minus_one ? wrap<T>(0 - raw(a)) : static_cast<T>(a / b);
      });
    case OpKind::FloorDiv:
      return add_division<T>(l, x, y, [](T a, T b, bool minus_one) {
        if (minus_one) return wrap<T>(0 - raw(a));
        return static_cast<T>(a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0));
      });
    case OpKind::Mod:
      return add_division<T>(l, x, y, [](T a, T b, bool minus_one) {
        if (minus_one) return T(0);
        const auto rest = static_cast<T>(a % b);
        return static_cast<T>(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
      });
    case OpKind::RemainderTrunc:
      return add_division<T>(l, x, y, [](T a, T b, bool minus_one) {
        return minus_one ? T(0) : static_cast<T>(a % b);
      });
    default: return false;
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

bool lower_integer(Lowering& l) {
  const ValueId x = l.data().operands[0], y = l.data().operands[1];
  const OpKind kind = l.data().schema->kind;
  const DType dtype = l.dtype(x);
  if (dtype != l.dtype(y) || dtype != l.dtype(l.result())) return false;
  if (dtype == DType::i32) return lower_for<std::int32_t>(l, kind, x, y);
  if (dtype == DType::i64) return lower_for<std::int64_t>(l, kind, x, y);
  if (dtype != DType::f32) return false;
  if (kind == OpKind::FloorDiv) return add_step<float>(l, x, y, floored_quotient);
  if (kind == OpKind::RemainderTrunc)
    return add_step<float>(l, x, y, [](float a, float b) { return std::fmod(a, b); });
  return false;
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
  const std::int64_t n = l.count(x);
  return l.step("float_test", {a}, {r}, [=](Frame& f) {
    const float* in = f.f32(a);
    bool* out = f.at<bool>(r);
    f.pool().parallel_for(n, cpu::kElementGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const float v = in[i];
        out[i] = nan ? v != v : (high && v == INFINITY) || (low && v == -INFINITY);
      }
    });
    return Status();
  });
}

}  // namespace corecast::executor
