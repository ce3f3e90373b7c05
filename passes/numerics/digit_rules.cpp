// Rules about digits: differences, angles and positions, whole numbers in floats.
#include <cmath>

#include "ops/elementwise/elementwise_unary.h"
#include "ops/image/resample.h"
#include "ops/image/resize.h"
#include "ops/image/resize_nd.h"
#include "ops/reduction/reduction.h"
#include "passes/numerics/relations.h"
#include "passes/numerics/site.h"

namespace corecast::passes::numerics {
namespace {

using In = Site::In;

/// The width of a range beside its largest number: how many digits what varies has.
double variation(const Known& k) { return k.largest() == 0 ? 1 : k.width() / k.largest(); }

template <class Op>
std::optional<Op> behind(const Site& s, ValueId v) {
  return s.f().def_if<Op>(behind_views(s.f(), v));
}

/// v, or what it is a multiple of.
ValueId behind_factor(const Site& s, ValueId v) {
  if (const auto m = behind<op::Mul>(s, v)) {
    if (s.number(m->x)) return m->y;
    if (s.number(m->y)) return m->x;
  }
  if (const auto d = behind<op::RealDiv>(s, v); d && s.number(d->y)) return d->x;
  return v;
}

/// x of mean(x * x), or of a sum of squares.
std::optional<ValueId> mean_of_squares(const Site& s, ValueId v) {
  v = behind_factor(s, v);
  if (const auto r = behind<op::ReduceMean>(s, v)) return squared(s.f(), r->x);
  if (const auto r = behind<op::ReduceSum>(s, v)) return squared(s.f(), r->x);
  if (const auto r = behind<op::ReduceSumSquare>(s, v)) return r->x;
  return std::nullopt;
}

/// x of mean(x)^2.
std::optional<ValueId> square_of_mean(const Site& s, ValueId v) {
  const auto mean = squared(s.f(), behind_views(s.f(), behind_factor(s, v)));
  if (!mean) return std::nullopt;
  const ValueId at = behind_factor(s, *mean);
  if (const auto r = behind<op::ReduceMean>(s, at)) return r->x;
  if (const auto r = behind<op::ReduceSum>(s, at)) return r->x;
  return std::nullopt;
}

bool is_product(const Site& s, ValueId v) {
  const OpId def = s.f().def(behind_views(s.f(), behind_factor(s, v)));
  if (!def) return false;
  const OpKind k = s.f().op(def).schema->kind;
  return k == OpKind::Matmul || k == OpKind::Linear || k == OpKind::Einsum;
}

/// |x|^2 + |y|^2 - 2 x.y, in any order.
bool is_expanded_distance(const Site& s, ValueId squares, ValueId product) {
  if (!is_product(s, product)) return false;
  if (mean_of_squares(s, squares)) return true;
  const auto sum = behind<op::Add>(s, squares);
  return sum && (mean_of_squares(s, sum->x) || mean_of_squares(s, sum->y));
}

/// mean(x^2) - mean(x)^2 of numbers whose mean is not small beside their spread.
bool moments(Site& s, const op::Sub& d) {
  const auto x = mean_of_squares(s, d.x), again = square_of_mean(s, d.y);
  if (!x || !again || behind_views(s.f(), *x) != behind_views(s.f(), *again)) return false;
  const Known& k = s.of(*x);
  if (!s.is_telling(*x)) return true;
  const Known &square = s.of(d.y), &variance = s.of(s.data().results[0]);
  const bool far_from_0 = k.measured ? square.range.hi > 16 * variance.range.hi
                                     : k.largest() >= 128 || k.largest() > 0.9 * k.width();
  if (far_from_0)
    s.report(Kind::cancellation, *x, In::fp16, "a mean of squares less the square of a mean of ",
             text_of(k.range));
  return true;
}

bool fractions(Site& s, const op::Sub& d) {
  const auto whole = s.f().def_if<op::Floor>(d.y);
  if (!whole || whole->x != d.x) return false;
  if (s.is_telling(d.x) && s.of(d.x).largest() > kFractionF16)
    s.report(Kind::cancellation, d.x, In::fp16, "the fraction of ", text_of(s.of(d.x).range),
             "; fp16 has none from 1024 on");
  return true;
}

/// What varies is small beside what it is added to.
void offsets(Site& s, ValueId x, ValueId y, ValueId result) {
  constexpr double few_digits = 0.02;
  for (const auto& [varying, offset] : {std::pair{x, y}, std::pair{y, x}}) {
    if (s.of(varying).inputs == 0 || s.of(offset).inputs != 0) continue;
    const Known &k = s.of(varying), &r = s.of(result);
    if (!s.is_telling(varying) || k.width() == 0 || variation(k) < 0.1) continue;
    if (variation(r) >= few_digits) continue;
    s.report(Kind::cancellation, varying, variation(r) < 2e-5 ? In::any : In::fp16, "adds ",
             text_of(s.of(offset).range), " to ", text_of(k.range),
             ", of which few digits are left");
  }
}

/// Numbers that are all far from 0, less a number near them.
void large_less_large(Site& s, const op::Sub& d, ValueId result) {
  const Known &x = s.of(d.x), &y = s.of(d.y), &r = s.of(result);
  if (x.inputs == 0 && y.inputs == 0) return;
  if (!s.is_telling(d.x) || !s.is_telling(d.y) || x.smallest() == 0 || y.smallest() == 0) return;
  const double size = std::min(x.largest(), y.largest());
  const bool lost = r.width() > 0 && r.range.contains(0) && r.largest() < 0.02 * size;
  if (lost)
    s.report(Kind::cancellation, result, r.largest() < 2e-5 * size ? In::any : In::fp16,
             text_of(x.range), " less ", text_of(y.range));
}

/// The largest size of an axis from axis 2 on; infinite where it has no bound.
double largest_size(const Site& s, ValueId v) {
  const ir::Function& open = s.options().flexible ? *s.options().flexible : s.f();
  double most = 0;
  for (std::size_t i = 2; i < s.f().type(v).shape.size(); ++i) {
    double size = static_cast<double>(s.f().type(v).shape[i].upper_bound().value_or(INT64_MAX));
    for (const std::string& symbol : open.type(v).shape[i].symbols()) {
      const auto range = open.symbols.find(symbol);
      if (range == open.symbols.end() || range->second.hi < 0) size = HUGE_VAL;
    }
    most = std::max(most, size);
  }
  return most;
}

/// Sizes that are known when the package is written are the runtime's own business.
void resizes(Site& s, ValueId result) {
  const OpKind k = s.kind();
  if (k != OpKind::ResizeNd && k != OpKind::Resize && k != OpKind::UpsampleBilinear) return;
  const ir::Function& open = s.options().flexible ? *s.options().flexible : s.f();
  if (ir::is_static(open.type(result).shape)) return;
  if (const auto nd = s.get_if<op::ResizeNd>(); nd && nd->mode == "nearest") return;
  const double size = std::max(largest_size(s, result), largest_size(s, s.data().operands[0]));
  if (size <= kFractionF16) return;
  s.report(Kind::positions, result, In::fp16, "positions along an axis of ",
           std::isinf(size) ? std::string("any number of") : cat("up to ", text_of(size)),
           " elements");
}

}  // namespace

void differences(Site& s) {
  const ValueId result = s.data().results[0];
  if (!s.is_float(result)) return;
  if (const auto d = s.get_if<op::Sub>()) {
    if (moments(s, *d) || fractions(s, *d)) return;
    if (is_expanded_distance(s, d->x, d->y) && s.of(d->x).largest() > 4)
      s.report(Kind::cancellation, d->x, In::fp16,
               "a distance by its expanded square, |x|^2 + |y|^2 - 2 x.y");
    large_less_large(s, *d, result);
    offsets(s, d->x, d->y, result);
  }
  if (const auto a = s.get_if<op::Add>()) {
    const bool distance =
        is_expanded_distance(s, a->x, a->y) || is_expanded_distance(s, a->y, a->x);
    if (distance && s.of(result).largest() > 4)
      s.report(Kind::cancellation, result, In::fp16,
               "a distance by its expanded square, |x|^2 + |y|^2 - 2 x.y");
    offsets(s, a->x, a->y, result);
  }
  if (s.kind() == OpKind::Mod || s.kind() == OpKind::RemainderTrunc) {
    const ValueId x = s.data().operands[0];
    if (s.is_telling(x) && s.of(x).largest() > kFractionF16)
      s.report(Kind::cancellation, x, In::fp16, "a remainder of ", text_of(s.of(x).range),
               "; fp16 has no fractions from 1024 on");
  }
}

void angles_and_positions(Site& s) {
  const ValueId result = s.data().results[0];
  if (!s.is_float(result)) return;
  if (s.data().schema->traits.digits == ir::Digits::angles) {
    const ValueId x = s.data().operands[0];
    if (s.is_telling(x) && s.of(x).largest() > 128)
      s.report(Kind::positions, x, s.of(x).largest() > 1e6 ? In::any : In::fp16, "angles of ",
               text_of(s.of(x).range), "; from 128 on fp16 knows them to 0.1 at best");
  }
  resizes(s, result);
  const auto r = s.get_if<op::Resample>();
  if (r && s.f().def(r->coordinates) && largest_size(s, r->x) > kFractionF16)
    s.report(Kind::positions, r->coordinates, In::fp16, "computed positions along an axis of ",
             text_of(largest_size(s, r->x)), " elements");
}

/// Whole numbers in floats: counts, accumulators of integers, grids.
void whole_numbers(Site& s) {
  const ValueId v = s.data().results[0];
  const OpKind k = s.kind();
  if (!s.is_float(v) || !s.of(v).whole || !s.is_telling(v) || s.of(v).within(kWholeF16)) return;
  if (k == OpKind::Floor || k == OpKind::Ceil || k == OpKind::Round) return;
  if (moves_only(s.data().schema->traits.moves)) return;
  // Where it begins; a cast from integers is looked at by another rule.
  if (k == OpKind::Cast || !s.operands_within(kWholeF16)) return;
  const bool adds =
      s.data().schema->traits.accumulates != ir::Accumulates::nothing || k == OpKind::Cumsum;
  s.report(adds ? Kind::sum : Kind::positions, v, In::fp16, "whole numbers of ",
           text_of(s.of(v).range), "; fp16 is exact up to 2048");
}

}  // namespace corecast::passes::numerics
