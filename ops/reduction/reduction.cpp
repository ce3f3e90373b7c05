#include "ops/reduction/reduction.h"

#include <algorithm>
#include <numeric>

#include "ops/detail/curves.h"
#include "ops/detail/groups.h"
#include "ops/detail/sums.h"
#include "ops/elements.h"

namespace corecast::op {

namespace {

// --- shapes ----------------------------------------------------------------------------------

Result<std::vector<std::int64_t>> reduced_axes(const std::optional<std::vector<std::int64_t>>& axes,
                                               std::int64_t rank) {
  if (axes) return normalize_axes(*axes, rank, "axes");
  std::vector<std::int64_t> all(static_cast<std::size_t>(rank));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return all;
}

Shape reduced_shape(const Shape& shape, const std::vector<std::int64_t>& axes, bool keep_dims) {
  Shape out;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (!Groups::has(axes, i))
      out.push_back(shape[i]);
    else if (keep_dims)
      out.emplace_back(1);
  }
  return out;
}

template <class Op>
Result<Types> infer(const Op& op, InferContext& c) {
  TRY(const auto axes, reduced_axes(op.axes, c.rank(op.x)));
  return Types{Type(c.dtype(op.x), reduced_shape(c.shape(op.x), axes, op.keep_dims))};
}

// --- the functions ---------------------------------------------------------------------------

constexpr double kInf = std::numeric_limits<double>::infinity();

/// Each folds elements, taken by `at(j)` for j in [0, n), into one number.
template <class At>
double fold(const At& at, std::size_t n, double start, double (*f)(double, double)) {
  for (std::size_t j = 0; j < n; ++j) start = f(start, at(j));
  return start;
}
double plus(double a, double b) { return a + b; }
double plus_square(double a, double b) { return a + b * b; }
double larger(double a, double b) { return a != a || a > b ? a : b; }
double smaller(double a, double b) { return a != a || a < b ? a : b; }

template <OpKind K, class At>
double reduce_floats(const At& at, std::size_t n) {
  if constexpr (K == OpKind::ReduceL1Norm)
    return fold(at, n, 0, [](double a, double b) { return a + std::abs(b); });
  if constexpr (K == OpKind::ReduceL2Norm) return std::sqrt(fold(at, n, 0, plus_square));
  if constexpr (K == OpKind::ReduceLogSum) return std::log(fold(at, n, 0, plus));
  if constexpr (K == OpKind::ReduceLogSumExp) {
    const double most = fold(at, n, -kInf, larger);
    if (std::isinf(most) || most != most) return most;
    double sum = 0;
    for (std::size_t j = 0; j < n; ++j) sum += std::exp(at(j) - most);
    return most + std::log(sum);
  }
  if constexpr (K == OpKind::ReduceMax) return fold(at, n, -kInf, larger);
  if constexpr (K == OpKind::ReduceMean) return fold(at, n, 0, plus) / static_cast<double>(n);
  if constexpr (K == OpKind::ReduceMin) return fold(at, n, kInf, smaller);
  if constexpr (K == OpKind::ReduceProd)
    return fold(at, n, 1, [](double a, double b) { return a * b; });
  if constexpr (K == OpKind::ReduceSum) return fold(at, n, 0, plus);
  return fold(at, n, 0, plus_square);
}

/// Integers exactly, modulo their width, where the result is an integer by nature.
template <OpKind K, class T, class At>
T reduce_integers(const At& at, std::size_t n) {
  if constexpr (K == OpKind::ReduceMax || K == OpKind::ReduceMin) {
    constexpr bool max = K == OpKind::ReduceMax;
    T best = max ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max();
    for (std::size_t j = 0; j < n; ++j) best = max ? std::max(best, at(j)) : std::min(best, at(j));
    return best;
  } else if constexpr (K == OpKind::ReduceMean) {
    // The sum of 64-bit integers may need 128 bits.
    __extension__ __int128 sum = 0;
    for (std::size_t j = 0; j < n; ++j) sum += at(j);
    return n == 0 ? T(0) : static_cast<T>(sum / static_cast<std::int64_t>(n));
  } else {
    std::uint64_t total = K == OpKind::ReduceProd ? 1 : 0;
    for (std::size_t j = 0; j < n; ++j) {
      const std::uint64_t v = bits_of_int(at(j));
      if (K == OpKind::ReduceProd)
        total *= v;
      else if (K == OpKind::ReduceL1Norm)
        total += at(j) < T(0) ? 0 - v : v;
      else if (K == OpKind::ReduceSumSquare)
        total += v * v;
      else
        total += v;
    }
    return wrapped<T>(total);
  }
}

constexpr bool is_real_valued(OpKind k) {
  return k == OpKind::ReduceL2Norm || k == OpKind::ReduceLogSum || k == OpKind::ReduceLogSumExp;
}

template <class Op>
Result<Tensors> eval(const Op& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const auto axes, reduced_axes(op.axes, x.rank()));
  const Groups groups(x.dims(), axes);
  const auto& members = groups.members();
  Tensor out = c.output();
  if (ir::is_floating(x.dtype()) || is_real_valued(Op::kind)) {
    // Tensor::set truncates for integer results.
    groups.each([&](std::int64_t i, std::int64_t first) {
      out.set(i, reduce_floats<Op::kind>([&](std::size_t j) { return x.at(first + members[j]); },
                                         members.size()));
    });
    return Tensors{std::move(out)};
  }
  with_int(x.dtype(), [&](auto t) {
    using T = decltype(t);
    const auto in = x.data<T>();
    auto to = out.mutable_data<T>();
    groups.each([&](std::int64_t i, std::int64_t first) {
      to[static_cast<std::size_t>(i)] = reduce_integers<Op::kind, T>(
          [&](std::size_t j) { return in[static_cast<std::size_t>(first + members[j])]; },
          members.size());
    });
  });
  return Tensors{std::move(out)};
}

// --- symbolic values -------------------------------------------------------------------------

/// Of a vector, or of a scalar, that is reduced whole or not at all.
template <class Op>
std::optional<Dims> known(const Op& op, const InferContext& c) {
  if (c.rank(op.x) > 1) return std::nullopt;
  auto x = known_elements(op.x, c);
  if (!x || (c.rank(op.x) == 1 && op.axes && op.axes->empty())) return x;
  if (x->empty() && (Op::kind == OpKind::ReduceMax || Op::kind == OpKind::ReduceMin))
    return std::nullopt;
  if (x->empty()) return Dims{Dim(Op::kind == OpKind::ReduceProd ? 1 : 0)};
  Dim total = x->front();
  for (std::size_t i = 1; i < x->size(); ++i) {
    const Dim& d = (*x)[i];
    if (Op::kind == OpKind::ReduceSum)
      total = total + d;
    else if (Op::kind == OpKind::ReduceProd)
      total = total * d;
    else if (Op::kind == OpKind::ReduceMax)
      total = max(total, d);
    else
      total = min(total, d);
  }
  return Dims{total};
}

// --- argmax, argmin --------------------------------------------------------------------------

constexpr DTypeSet kIndexTypes = DTypeSet::of(DType::i32, DType::i64, DType::u16);

template <class Op>
Result<Types> infer_arg(const Op& op, InferContext& c) {
  TRY(const std::int64_t axis, normalize_axis(op.axis, c.rank(op.x)));
  if (!kIndexTypes.contains(op.output_dtype)) {
    return infer_error("output_dtype ", ir::name_of(op.output_dtype), " is not ",
                       kIndexTypes.to_string());
  }
  return Types{Type(op.output_dtype, reduced_shape(c.shape(op.x), {axis}, op.keep_dims))};
}

/// at(k) is better than at(best).
template <OpKind K, class T>
bool better(T candidate, T best) {
  if (candidate != candidate) return best == best;
  return K == OpKind::ReduceArgmax ? candidate > best : candidate < best;
}

template <class Op>
Result<Tensors> eval_arg(const Op& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const std::int64_t axis, normalize_axis(op.axis, x.rank()));
  const AxisSplit s = split_at(x.dims(), axis);
  Tensor out = c.output();
  if (s.length == 0 && out.count() > 0)
    return eval_error("axis ", op.axis, " of x has no elements");
  auto run = [&](const auto& at) {
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        const auto place = [&](std::int64_t k) { return op.last ? s.length - 1 - k : k; };
        std::int64_t best = 0;
        for (std::int64_t k = 1; k < s.length; ++k) {
          if (better<Op::kind>(at(s.at(o, place(k), i)), at(s.at(o, place(best), i)))) best = k;
        }
        out.set_int(o * s.inner + i, place(best));
      }
    }
  };
  if (ir::is_floating(x.dtype())) {
    run([&](std::int64_t i) { return x.at(i); });
  } else {
    with_int(x.dtype(), [&](auto t) {
      const auto in = x.data<decltype(t)>();
      run([&](std::int64_t i) { return in[static_cast<std::size_t>(i)]; });
    });
  }
  return Tensors{std::move(out)};
}

// --- bounds ----------------------------------------------------------------------------------

constexpr OpTraits kSum = traits::reduction(Accumulates::sums, Overflow::both);
constexpr OpTraits kFloatSum = traits::reduction(Accumulates::sums, Overflow::floats);
constexpr OpTraits kNorm = kFloatSum.needing(Digits::sums_of_squares);
constexpr OpTraits kExtreme = traits::choice(Walk::positions);

/// Of no elements: the lowest number there is, the highest, and 0 as a mean of integers.
Interval bounds_of_max(const ReduceMax& op, const BoundsContext& c) {
  const Interval x = c.of(op.x);
  return c.has_elements(op.x) ? x : bounds::at_most(x.hi);
}
Interval bounds_of_min(const ReduceMin& op, const BoundsContext& c) {
  const Interval x = c.of(op.x);
  return c.has_elements(op.x) ? x : bounds::at_least(x.lo);
}
Interval bounds_of_mean(const ReduceMean& op, const BoundsContext& c) {
  const Interval x = c.of(op.x);
  return c.has_elements(op.x) ? x : hull(x, Interval::only(0));
}

template <class Op>
Interval sum_of(const Op& op, const BoundsContext& c, const Interval& each) {
  return sum_bounds(each, c.f.type(op.x).shape, op.axes, c.dtype(op.x));
}
template <class Op, Interval (*each)(const Interval&)>
Interval bounds_of_sum(const Op& op, const BoundsContext& c) {
  return sum_of(op, c, each(c.of(op.x)));
}
Interval itself(const Interval& x) { return x; }
Interval size_of(const Interval& x) { return abs(x); }
Interval square_of(const Interval& x) { return abs(x) * abs(x); }

Interval bounds_of_l2(const ReduceL2Norm& op, const BoundsContext& c) {
  const Interval sum = sum_of(op, c, square_of(c.of(op.x)));
  // An integer norm is truncated.
  return {0, relaxed(rising(sum, [](double v) { return std::sqrt(v); })).hi};
}
Interval bounds_of_log_sum(const ReduceLogSum& op, const BoundsContext& c) {
  const Interval sum = max(sum_of(op, c, c.of(op.x)), Interval::only(0));
  if (ir::is_integer(c.dtype(op.x))) return {};
  return relaxed(rising(sum, [](double v) { return std::log(v); }));
}
Interval bounds_of_log_sum_exp(const ReduceLogSumExp& op, const BoundsContext& c) {
  if (ir::is_integer(c.dtype(op.x)) || !c.has_elements(op.x)) return {};
  const Interval count = sum_of(op, c, Interval::only(1)), x = c.of(op.x);
  return relaxed({x.lo, x.hi + std::log(count.hi)});
}

// --- rows ------------------------------------------------------------------------------------

template <class Op>
OpSchema row(std::string_view name, std::string_view doc, OpTraits traits, BoundsRow<Op> bounds,
             bool with_known = false) {
  return make_schema<Op>({.name = name,
                          .doc = doc,
                          .mil = {name},
                          .traits = traits,
                          .bounds = bounds,
                          .cost = cost::traffic,
                          .infer = infer<Op>,
                          .eval = eval<Op>,
                          .known = with_known ? known<Op> : nullptr},
                         operand<&Op::x>("x", kNumbers, "Input."),
                         attr<&Op::axes>("axes", "Axes to reduce; unset: all, empty: none."),
                         attr<&Op::keep_dims>("keep_dims", "Keep reduced axes with size 1."));
}

template <class Op>
OpSchema arg_row(std::string_view name, std::string_view doc) {
  return make_schema<Op>(
      {.name = name,
       .doc = doc,
       .mil = {name},
       .traits = traits::indices().looked_through(Walk::sign),
       .bounds = [](const Op& op,
                    const BoundsContext& c) { return place_bounds(c, op.x, op.axis); },
       .cost = cost::traffic,
       .infer = infer_arg<Op>,
       .eval = eval_arg<Op>},
      operand<&Op::x>("x", kNumbers, "Rank 1 or more."),
      attr<&Op::axis>("axis", "Negative counts from the end."),
      attr<&Op::keep_dims>("keep_dims", "Keep the axis with size 1."),
      attr<&Op::last>("last", "The last of equals, not the first.").not_in_mil(),
      attr<&Op::output_dtype>("output_dtype", "i32, i64 or u16.").since(Target::ios17));
}

}  // namespace

OpSchema reduce_l1_norm_schema() {
  return row<ReduceL1Norm>("reduce_l1_norm", "Sum of |x|.", kSum,
                           bounds_of_sum<ReduceL1Norm, size_of>);
}
OpSchema reduce_l2_norm_schema() {
  return row<ReduceL2Norm>("reduce_l2_norm", "Square root of the sum of x^2.", kNorm, bounds_of_l2);
}
OpSchema reduce_log_sum_schema() {
  return row<ReduceLogSum>("reduce_log_sum", "ln of the sum of x.", kFloatSum, bounds_of_log_sum);
}
OpSchema reduce_log_sum_exp_schema() {
  return row<ReduceLogSumExp>("reduce_log_sum_exp", "ln of the sum of e^x; stable.", kFloatSum,
                              bounds_of_log_sum_exp);
}
OpSchema reduce_max_schema() {
  return row<ReduceMax>("reduce_max", "Largest element; NaN wins.", kExtreme, bounds_of_max, true);
}
OpSchema reduce_mean_schema() {
  return row<ReduceMean>("reduce_mean", "Mean; integers truncate toward 0.",
                         traits::reduction(Accumulates::sums, Overflow::never), bounds_of_mean);
}
OpSchema reduce_min_schema() {
  return row<ReduceMin>("reduce_min", "Smallest element; NaN wins.", kExtreme, bounds_of_min, true);
}
OpSchema reduce_prod_schema() {
  return row<ReduceProd>("reduce_prod", "Product.",
                         traits::reduction(Accumulates::products, Overflow::both), bounds::unknown,
                         true);
}
OpSchema reduce_sum_schema() {
  return row<ReduceSum>("reduce_sum", "Sum.", kSum.looked_through(Walk::positions),
                        bounds_of_sum<ReduceSum, itself>, true);
}
OpSchema reduce_sum_square_schema() {
  return row<ReduceSumSquare>("reduce_sum_square", "Sum of x^2.",
                              kSum.needing(Digits::sums_of_squares),
                              bounds_of_sum<ReduceSumSquare, square_of>);
}
OpSchema reduce_argmax_schema() {
  return arg_row<ReduceArgmax>("reduce_argmax",
                               "Index of the first largest element along one axis.");
}
OpSchema reduce_argmin_schema() {
  return arg_row<ReduceArgmin>("reduce_argmin",
                               "Index of the first smallest element along one axis.");
}

}  // namespace corecast::op
