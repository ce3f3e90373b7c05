#include "passes/numerics/relations.h"

#include <cmath>

#include "ops/activation/softmax.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/elementwise/select.h"
#include "ops/reduction/reduction.h"
#include "passes/pattern.h"

namespace corecast::passes::numerics {

using ir::Function;
using ir::Interval;
using ir::OpId;
using ir::ValueId;

namespace {

/// Whether v is the extreme of x over some axes, as Reduce says.
template <class Reduce>
bool is_extreme_of(const Function& f, ValueId v, ValueId x) {
  const auto r = f.def_if<Reduce>(behind_views(f, v));
  return r && behind_views(f, r->x) == behind_views(f, x);
}

/// x - max(x) <= 0, x - min(x) >= 0, x - floor(x) in [0, 1).
std::optional<Interval> difference(const Ranges& ranges, const op::Sub& s) {
  const Function& f = ranges.function();
  const double width = ranges.of(s.x).width();
  if (is_extreme_of<op::ReduceMax>(f, s.y, s.x)) return Interval{-width, 0};
  if (is_extreme_of<op::ReduceMin>(f, s.y, s.x)) return Interval{0, width};
  const auto whole = f.def_if<op::Floor>(s.y);
  if (whole && whole->x == s.x) return Interval{0, 1};
  if (s.x == s.y) return Interval::only(0);
  return std::nullopt;
}

std::optional<Interval> product(const Ranges& ranges, const op::Mul& m) {
  const Function& f = ranges.function();
  if (behind_views(f, m.x) != behind_views(f, m.y)) return std::nullopt;
  const Interval size = abs(ranges.of(m.x).range);
  return size * size;
}

/// x / sum(x), x / max(|x|) of numbers that are not negative.
std::optional<Interval> quotient(const Ranges& ranges, const op::RealDiv& d) {
  const Function& f = ranges.function();
  if (ranges.of(d.x).range.lo < 0) return std::nullopt;
  const bool share =
      is_extreme_of<op::ReduceSum>(f, d.y, d.x) || is_extreme_of<op::ReduceMax>(f, d.y, d.x);
  return share ? std::optional(Interval{0, 1}) : std::nullopt;
}

/// The rows of a softmax sum to 1, those of its exponentials to 1 at least.
std::optional<Interval> sum(const Ranges& ranges, const op::ReduceSum& r, const Interval& stated) {
  const Function& f = ranges.function();
  if (const auto e = f.def_if<op::Exp>(r.x)) {
    // One of the exponentials is that of the maximum.
    const auto shifted = f.def_if<op::Sub>(e->x);
    if (!shifted || !is_extreme_of<op::ReduceMax>(f, shifted->y, shifted->x)) return std::nullopt;
    return Interval{0.99, stated.hi};
  }
  const auto s = f.def_if<op::Softmax>(r.x);
  if (!s || !r.axes || r.axes->size() != 1) return std::nullopt;
  const auto rank = f.type(r.x).rank();
  const auto from_start = [&](std::int64_t axis) { return axis < 0 ? axis + rank : axis; };
  return from_start(r.axes->front()) == from_start(s->axis) ? std::optional(Interval{0.99, 1.01})
                                                            : std::nullopt;
}

bool all_sentinels(const Ranges& ranges, ValueId v) {
  const Function& f = ranges.function();
  return f.is_constant(v) && ranges.of(v).smallest() >= kSentinel;
}

/// Zeros and ones.
bool is_mark(const Known& k) { return k.whole && k.range.lo >= -1 && k.range.hi <= 1; }

}  // namespace

ValueId behind_views(const Function& f, ValueId v) {
  while (v && f.def(v) && f.op(f.def(v)).schema->traits.moves == ir::Moves::views)
    v = f.op(f.def(v)).operands.at(0);
  return v;
}

std::optional<ValueId> squared(const Function& f, ValueId v) {
  if (const auto m = f.def_if<op::Mul>(v); m && m->x == m->y) return m->x;
  if (const auto s = f.def_if<op::Square>(v)) return s->x;
  if (const auto p = f.def_if<op::Pow>(v); p && uniform_constant(f, p->y) == 2) return p->x;
  return std::nullopt;
}

std::optional<Interval> related_range(const Ranges& ranges, OpId op, const Interval& stated) {
  const Function& f = ranges.function();
  if (const auto s = f.get_if<op::Sub>(op)) return difference(ranges, *s);
  if (const auto m = f.get_if<op::Mul>(op)) return product(ranges, *m);
  if (const auto d = f.get_if<op::RealDiv>(op)) return quotient(ranges, *d);
  if (const auto r = f.get_if<op::ReduceSum>(op)) return sum(ranges, *r, stated);
  return std::nullopt;
}

Known without_sentinels(const ir::Tensor& t) {
  Known all{.range = ir::bounds_of(t), .whole = true};
  const bool floats = ir::is_floating(t.dtype());
  std::optional<Interval> others;
  const bool look = floats && all.range.lo <= -kSentinel;
  for (std::int64_t i = 0; i < t.count() && (look || all.whole) && floats; ++i) {
    const double v = t.at(i);
    all.whole = all.whole && v == std::floor(v);
    if (!(std::fabs(v) < kSentinel)) continue;
    others = others ? hull(*others, Interval::only(v)) : Interval::only(v);
  }
  if (!look || !others || all.range.hi >= kSentinel) return all;
  all.range = *others;
  all.sentinels = true;
  return all;
}

std::optional<Known> without_sentinels(const Ranges& ranges, OpId op) {
  const Function& f = ranges.function();
  if (const auto s = f.get_if<op::Select>(op)) {
    if (!ir::is_floating(f.type(s->a).dtype)) return std::nullopt;
    const bool a = all_sentinels(ranges, s->a), b = all_sentinels(ranges, s->b);
    if (a == b) return std::nullopt;
    return ranges.of(a ? s->b : s->a);
  }
  const auto m = f.get_if<op::Mul>(op);
  if (!m || !ir::is_floating(f.type(m->x).dtype)) return std::nullopt;
  const bool marks_x = is_mark(ranges.of(m->x)) && all_sentinels(ranges, m->y);
  const bool marks_y = is_mark(ranges.of(m->y)) && all_sentinels(ranges, m->x);
  if (!marks_x && !marks_y) return std::nullopt;
  return Known{.range = Interval::only(0)};
}

}  // namespace corecast::passes::numerics
