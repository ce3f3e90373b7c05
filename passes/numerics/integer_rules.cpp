// Rules about integers: what leaves 32 bits, casts, indices.
#include <cmath>

#include "ops/elementwise/cast.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/scatter.h"
#include "ops/reduction/reduction.h"
#include "passes/numerics/relations.h"
#include "passes/numerics/site.h"

namespace corecast::passes::numerics {
namespace {

using In = Site::In;
using ir::DType;
using ir::Interval;

constexpr Interval kI32{-2147483648.0, 2147483647.0};

bool fits(const Interval& inner, const Interval& outer) {
  return inner.lo >= outer.lo && inner.hi <= outer.hi;
}

/// Sizes and what is computed from them.
bool is_shape_arithmetic(const Site& s, ValueId v) { return s.f().value(v).known != nullptr; }

/// What an op looks up with integers: the operands, and the size of the axis.
struct Lookup {
  ValueId indices;
  ir::Dim size;
  bool wraps = false;
};

ir::Dim size_of(const Site& s, ValueId x, std::int64_t axis) {
  const auto& shape = s.f().type(x).shape;
  const auto rank = static_cast<std::int64_t>(shape.size());
  return shape.at(static_cast<std::size_t>(axis < 0 ? axis + rank : axis));
}

template <class Op>
std::optional<Lookup> lookup_along(const Site& s, ValueId Op::*data) {
  const auto o = s.get_if<Op>();
  if (!o) return std::nullopt;
  return Lookup{o->indices, size_of(s, (*o).*data, o->axis), o->wraps};
}

/// Of several indices in a row only the first axis is looked at when it is the only one.
template <class Op>
std::optional<Lookup> lookup_nd(const Site& s, ValueId Op::*data) {
  const auto o = s.get_if<Op>();
  if (!o) return std::nullopt;
  const auto& shape = s.f().type(o->indices).shape;
  if (shape.empty() || shape.back() != ir::Dim(1)) return std::nullopt;
  std::int64_t axis = 0;
  if constexpr (requires { o->batch_dims; }) axis = o->batch_dims;
  return Lookup{o->indices, size_of(s, (*o).*data, axis), o->wraps};
}

std::optional<Lookup> lookup(const Site& s) {
  switch (s.kind()) {
    case OpKind::Gather: return lookup_along(s, &op::Gather::x);
    case OpKind::GatherAlongAxis: return lookup_along(s, &op::GatherAlongAxis::x);
    case OpKind::GatherNd: return lookup_nd(s, &op::GatherNd::x);
    case OpKind::Scatter: return lookup_along(s, &op::Scatter::data);
    case OpKind::ScatterAlongAxis: return lookup_along(s, &op::ScatterAlongAxis::data);
    case OpKind::ScatterNd: return lookup_nd(s, &op::ScatterNd::data);
    default: return std::nullopt;
  }
}

/// A sum of products of integers, a count: what adds up stands before the cast.
bool is_accumulated(const Site& s, ValueId x) {
  const OpId def = s.f().def(behind_views(s.f(), x));
  if (!def) return false;
  const auto& traits = s.f().op(def).schema->traits;
  return traits.accumulates != ir::Accumulates::nothing || s.f().is(def, OpKind::Cumsum);
}

void to_float(Site& s, const op::Cast& c) {
  const Known& x = s.of(c.x);
  const double most = x.largest();
  // The end of a type stands for "as many as there are".
  const Interval all = ir::range_of(s.f().type(c.x).dtype);
  const bool open =
      ir::bits_of(s.f().type(c.x).dtype) >= 32 && (x.range.hi == kI32.hi || x.range.hi >= all.hi);
  if (most <= kWholeF16 || open) return;
  const bool even_f32 = most > kWholeF32;
  const Kind kind = is_accumulated(s, c.x) ? Kind::sum : Kind::cast;
  s.report(kind, c.x, even_f32 ? In::any : In::fp16, "integers of ", text_of(x.range),
           " become floats; ",
           even_f32             ? "fp32 is exact up to 16777216"
           : most > kLargestF16 ? "fp16 ends at 65504"
                                : "fp16 is exact up to 2048");
}

void from_float(Site& s, const op::Cast& c) {
  const Known& x = s.of(c.x);
  const Interval target = ir::bits_of(c.dtype) > 32 ? kI32 : ir::range_of(c.dtype);
  if (fits({std::trunc(x.range.lo), std::trunc(x.range.hi)}, target)) return;
  s.report(Kind::cast, c.x, In::any, "floats of ", text_of(x.range), " become integers of ",
           text_of(target));
}

void between_integers(Site& s, const op::Cast& c) {
  const Known& x = s.of(c.x);
  const Interval target = ir::range_of(c.dtype);
  if (ir::bits_of(c.dtype) > 32 || fits(x.range, target)) return;
  s.report(Kind::cast, c.x, In::any, "integers of ", text_of(x.range), " become ",
           ir::name_of(c.dtype), ", which ends at ", text_of(target.hi));
}

}  // namespace

/// The source's integers have 64 bits, Core ML's have 32.
void narrowed_integers(Site& s) {
  const ir::Overflow overflow = s.data().schema->traits.overflow;
  const bool computes = overflow == ir::Overflow::integers || overflow == ir::Overflow::both;
  const ValueId v = s.data().results[0];
  if (!computes || !s.is_int(v) || ir::bits_of(s.f().type(v).dtype) <= 32) return;
  if (is_shape_arithmetic(s, v) || fits(s.of(v).range, kI32)) return;
  for (const ValueId x : s.data().operands) {
    if (s.is_int(x) && (!s.is_telling(x) || !fits(s.of(x).range, kI32))) return;
  }
  s.report(Kind::integers, v, In::any, "results of ", text_of(s.of(v).range),
           "; 32 bits end at 2147483647");
}

void casts(Site& s) {
  const auto c = s.get_if<op::Cast>();
  if (!c || !s.is_telling(c->x) || is_shape_arithmetic(s, c->x)) return;
  const DType from = s.f().type(c->x).dtype;
  const bool floats = ir::is_floating(from), to_floats = ir::is_floating(c->dtype);
  if (ir::is_integer(from) && to_floats) return to_float(s, *c);
  if (floats && ir::is_integer(c->dtype)) return from_float(s, *c);
  if (ir::is_integer(from) && ir::is_integer(c->dtype)) between_integers(s, *c);
}

void indices(Site& s) {
  const auto l = lookup(s);
  if (!l || !s.is_telling(l->indices) || s.of(l->indices).inputs == 0) return;
  if (is_shape_arithmetic(s, l->indices)) return;
  const auto size = l->size.constant();
  if (!size) return;
  const auto end = static_cast<double>(*size);
  const Interval legal{l->wraps ? -end : 0, end - 1};
  if (fits(s.of(l->indices).range, legal)) return;
  s.report(Kind::index, l->indices, In::any, "indices of ", text_of(s.of(l->indices).range),
           " into an axis of ", *size);
}

}  // namespace corecast::passes::numerics
