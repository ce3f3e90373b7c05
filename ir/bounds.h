// How a room states the bounds of its results: a function from the op's fields and the intervals of
// its operands to an interval.
//
//   .bounds = bounds::within(0, 1),          whatever the operands are
//   .bounds = bounds::of(&Transpose::x),     those of operands
//   .bounds = [](const Clip& op, const BoundsContext& c) { return ...; },
//   .bounds = bounds::unknown,
#pragma once

#include <functional>
#include <vector>

#include "ir/ids.h"
#include "ir/interval.h"

namespace corecast::ir {

class Function;
class Tensor;

/// The interval of a value's elements; everything where nothing is known.
using IntervalOf = std::function<Interval(ValueId)>;

/// What is known of an op's operands.
struct BoundsContext {
  const Function& f;
  IntervalOf of;
  std::size_t result = 0;  ///< whose bounds are asked for

  DType dtype(ValueId v) const;

  /// Of several tensors together.
  Interval of_all(const std::vector<ValueId>& values) const;
  /// Whether the value has an element for sure.
  bool has_elements(ValueId v) const;
};

/// A room's answer. Not default-constructible: each room has one.
template <class Op>
struct BoundsRow {
  using Function = std::function<Interval(const Op&, const BoundsContext&)>;
  Function function;  ///< null: unknown

  BoundsRow(std::nullptr_t) {}
  BoundsRow(Interval constant)
      : function([constant](const Op&, const BoundsContext&) { return constant; }) {}
  template <class F>
    requires std::is_invocable_r_v<Interval, F, const Op&, const BoundsContext&>
  BoundsRow(F f) : function(std::move(f)) {}
};

namespace bounds {

inline constexpr std::nullptr_t unknown = nullptr;
inline Interval within(double lo, double hi) { return {lo, hi}; }
inline Interval at_least(double lo) { return Interval::at_least(lo); }
inline Interval at_most(double hi) { return Interval::at_most(hi); }

inline Interval member(const BoundsContext& c, ValueId v) { return c.of(v); }
inline Interval member(const BoundsContext& c, const std::vector<ValueId>& v) {
  return c.of_all(v);
}
/// Those of the operands together; operands are required ones.
template <class M, class... More>
auto of(M first, More... more) {
  return [=](const auto& op, const BoundsContext& c) {
    Interval all = member(c, op.*first);
    ((all = hull(all, member(c, op.*more))), ...);
    return all;
  };
}
/// Those of the operand, and 0.
template <class M>
auto of_or_zero(M operand) {
  return [=](const auto& op, const BoundsContext& c) {
    return hull(member(c, op.*operand), Interval::only(0));
  };
}

}  // namespace bounds

/// Of a result of the op as it is stored; the whole range of its type where nothing is known.
Interval bounds_of_result(const Function& f, OpId op, std::size_t result, const IntervalOf& of);
/// Of a tensor's elements that are numbers; everything where there are none.
Interval bounds_of(const Tensor& t);

}  // namespace corecast::ir
