#include "ops/elementwise/elementwise_unary.h"

#include "ops/detail/curves.h"
#include "ops/elements.h"

namespace corecast::op {

namespace {

constexpr OpTraits kBounded = traits::pointwise(Overflow::never);
constexpr OpTraits kUnbounded = traits::pointwise(Overflow::floats);
constexpr OpTraits kWraps = traits::pointwise(Overflow::integers);
constexpr OpTraits kAngle = kBounded.needing(Digits::angles);
constexpr double kHalfTurn = 3.14159265358979323846;

template <class Op>
Result<Types> infer_same(const Op& op, InferContext& c) {
  return Types{c.type(op.x)};
}
template <class Op, auto F>
Result<Tensors> eval_map(const Op& op, EvalContext& c) {
  return Tensors{map_elements(c.tensor(op.x), c, F)};
}

/// Keeps whole numbers: floor of a known integer is itself.
template <class Op>
std::optional<Dims> known_same(const Op& op, const InferContext& c) {
  return known_elements(op.x, c);
}
std::optional<Dims> known_neg(const Neg& op, const InferContext& c) {
  auto out = known_elements(op.x, c);
  if (!out) return std::nullopt;
  for (auto& d : *out) d = -d;
  return out;
}
template <class Op>
using Known = std::optional<Dims> (*)(const Op&, const InferContext&);

/// The bounds of f(x) for an f that never falls.
template <class Op, auto F>
Interval rises(const Op& op, const BoundsContext& c) {
  return rising(c.of(op.x), F);
}

/// A function of the element types named; F takes doubles, and each integer type among them.
template <class Op, auto F>
OpSchema mapped(ir::DTypeSet dtypes, std::string_view name, std::string_view doc, OpTraits traits,
                BoundsRow<Op> bounds, bool in_mil, Known<Op> known) {
  return make_schema<Op>({.name = name,
                          .doc = doc,
                          .mil = {in_mil ? name : std::string_view()},
                          .traits = traits,
                          .bounds = bounds,
                          .cost = cost::traffic,
                          .infer = infer_same<Op>,
                          .eval = eval_map<Op, F>,
                          .known = known},
                         operand<&Op::x>("x", dtypes, "Input."));
}
template <class Op, auto F>
OpSchema floats(std::string_view name, std::string_view doc, OpTraits traits, BoundsRow<Op> bounds,
                bool in_mil = true, Known<Op> known = nullptr) {
  return mapped<Op, F>(kFloats, name, doc, traits, bounds, in_mil, known);
}
template <class Op, auto F>
OpSchema numbers(std::string_view name, std::string_view doc, OpTraits traits, BoundsRow<Op> bounds,
                 bool in_mil = true, Known<Op> known = nullptr) {
  return mapped<Op, F>(kNumbers, name, doc, traits, bounds, in_mil, known);
}

template <class T>
T negated(T v) {
  if constexpr (std::is_floating_point_v<T>)
    return -v;
  else
    return wrapped<T>(0 - bits_of_int(v));
}
template <class T>
T squared(T v) {
  if constexpr (std::is_floating_point_v<T>)
    return v * v;
  else
    return wrapped<T>(bits_of_int(v) * bits_of_int(v));
}
template <class T>
T sign_of(T v) {
  if (v > T(0)) return T(1);
  if constexpr (std::is_signed_v<T>) {
    if (v < T(0)) return static_cast<T>(-1);
  }
  return v == T(0) ? T(0) : v;  // NaN stays
}

/// The integer limits nearest to alpha and beta from inside; an empty range gives `beta`.
template <class T>
T clipped(T v, double alpha, double beta) {
  if constexpr (std::is_floating_point_v<T>) {
    if (v < alpha) v = alpha;
    return v > beta ? beta : v;
  } else {
    // Compared as long double, which holds every 64-bit integer exactly.
    const auto lo = static_cast<long double>(std::ceil(alpha)),
               hi = static_cast<long double>(std::floor(beta));
    constexpr auto least = static_cast<long double>(std::numeric_limits<T>::min());
    constexpr auto most = static_cast<long double>(std::numeric_limits<T>::max());
    auto x = static_cast<long double>(v);
    if (x < lo) x = lo;
    if (x > hi) x = hi;
    return static_cast<T>(x < least ? least : x > most ? most : x);
  }
}

Result<Types> infer_clip(const Clip& op, InferContext& c) {
  if (!(op.alpha <= op.beta)) return infer_error("alpha ", op.alpha, " exceeds beta ", op.beta);
  return Types{c.type(op.x)};
}
Interval bounds_of_clip(const Clip& op, const BoundsContext& c) {
  // No integer may be between the limits; then all are the one below.
  return clamped(c.of(op.x), std::min(op.alpha, std::floor(op.beta)), op.beta);
}
Result<Tensors> eval_clip(const Clip& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const double alpha = rounded_to(x.dtype(), op.alpha), beta = rounded_to(x.dtype(), op.beta);
  return Tensors{map_elements(x, c, [=](auto v) { return clipped(v, alpha, beta); })};
}

Result<Tensors> eval_threshold(const Threshold& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const double alpha = rounded_to(x.dtype(), op.alpha);
  return Tensors{map_elements(
      x, c, [=](auto v) { return clipped(v, alpha, std::numeric_limits<double>::infinity()); })};
}

template <class Op, auto F>
Result<Tensors> eval_epsilon(const Op& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const double epsilon = rounded_to(x.dtype(), op.epsilon);
  // Without an epsilon nothing is added, which keeps the sign of -0.
  return Tensors{map_elements(x, c, [=](double v) { return F(epsilon == 0 ? v : v + epsilon); })};
}

Interval inverse_of(const Interval& x) { return quotient_bounds(Interval::only(1), x); }
Interval logarithm_of(const Interval& x) {
  return relaxed(rising(max(x, Interval::only(0)), [](double v) { return std::log(v); }));
}
/// Of 0 an infinity, with its sign.
Interval inverse_root_of(const Interval& x) {
  if (x.lo <= 0) return {x.contains(0) ? Interval().lo : 0, Interval().hi};
  return relaxed({1 / std::sqrt(x.hi), 1 / std::sqrt(x.lo)});
}

template <class Op, auto F>
OpSchema with_epsilon(std::string_view name, std::string_view doc, OpTraits traits,
                      Interval (*of)(const Interval& sum)) {
  return make_schema<Op>({.name = name,
                          .doc = doc,
                          .mil = {name},
                          .traits = traits,
                          .bounds =
                              [of](const Op& op, const BoundsContext& c) {
                                const double epsilon = rounded_to(c.dtype(op.x), op.epsilon);
                                return of(c.of(op.x) + Interval::only(epsilon));
                              },
                          .cost = cost::traffic,
                          .infer = infer_same<Op>,
                          .eval = eval_epsilon<Op, F>},
                         operand<&Op::x>("x", kFloats, "Input."),
                         attr<&Op::epsilon>("epsilon", "Added to x."));
}

Result<Tensors> eval_exp2(const Exp2& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  Tensor out = c.output();
  for (std::int64_t i = 0; i < x.count(); ++i) out.set(i, std::trunc(std::exp2(x.at(i))));
  if (ir::is_floating(x.dtype())) {
    for (std::int64_t i = 0; i < x.count(); ++i) out.set(i, std::exp2(x.at(i)));
  }
  return Tensors{out};
}

}  // namespace

OpSchema abs_schema() {
  return numbers<Abs,
                 [](auto v) {
                   return v < decltype(v)(0)    ? negated(v)
                          : v == decltype(v)(0) ? decltype(v)(0)
                                                : v;
                 }>("abs", "|x|; the most negative integer stays itself.", kWraps,
                    [](const Abs& op, const BoundsContext& c) { return abs(c.of(op.x)); });
}
OpSchema acos_schema() {
  return floats<Acos, [](double v) { return std::acos(v); }>(
      "acos", "Inverse cosine, in radians.", kBounded, bounds::within(0, kHalfTurn));
}
OpSchema acosh_schema() {
  return floats<Acosh, [](double v) { return std::acosh(v); }>(
      "acosh", "Inverse hyperbolic cosine.", kBounded,
      [](const Acosh& op, const BoundsContext& c) {
        return relaxed(
            rising(max(c.of(op.x), Interval::only(1)), [](double v) { return std::acosh(v); }));
      },
      false);
}
OpSchema asin_schema() {
  return floats<Asin, [](double v) { return std::asin(v); }>(
      "asin", "Inverse sine, in radians.", kBounded, bounds::within(-kHalfTurn / 2, kHalfTurn / 2));
}
OpSchema asinh_schema() {
  return floats<Asinh, [](double v) { return std::asinh(v); }>(
      "asinh", "Inverse hyperbolic sine.", kBounded,
      rises<Asinh, [](double v) { return std::asinh(v); }>, false);
}
OpSchema atan_schema() {
  return floats<Atan, [](double v) { return std::atan(v); }>(
      "atan", "Inverse tangent, in radians.", kBounded,
      bounds::within(-kHalfTurn / 2, kHalfTurn / 2));
}
OpSchema atanh_schema() {
  return floats<Atanh, [](double v) { return std::atanh(v); }>(
      "atanh", "Inverse hyperbolic tangent.", kUnbounded, bounds::unknown);
}
OpSchema ceil_schema() {
  return floats<Ceil, [](double v) { return std::ceil(v); }>(
      "ceil", "Smallest integer >= x.", kBounded,
      rises<Ceil, [](double v) { return std::ceil(v); }>, true, known_same<Ceil>);
}
OpSchema cos_schema() {
  return floats<Cos, [](double v) { return std::cos(v); }>("cos", "Cosine of radians.", kAngle,
                                                           bounds::within(-1, 1));
}
OpSchema cosh_schema() {
  return floats<Cosh, [](double v) { return std::cosh(v); }>(
      "cosh", "Hyperbolic cosine.", kUnbounded, [](const Cosh& op, const BoundsContext& c) {
        return rising_within(
            abs(c.of(op.x)), [](double v) { return std::cosh(v); }, bounds::at_least(1));
      });
}
OpSchema erf_schema() {
  return floats<Erf, [](double v) { return std::erf(v); }>(
      "erf", "Gauss error function.", kBounded, [](const Erf& op, const BoundsContext& c) {
        return rising_within(
            c.of(op.x), [](double v) { return std::erf(v); }, bounds::within(-1, 1));
      });
}
OpSchema exp_schema() {
  return floats<Exp, [](double v) { return std::exp(v); }>(
      "exp", "e^x.", kUnbounded.of_scale(Scale::own),
      rises<Exp, [](double v) { return std::exp(v); }>);
}
OpSchema floor_schema() {
  return floats<Floor, [](double v) { return std::floor(v); }>(
      "floor", "Largest integer <= x.", kBounded,
      rises<Floor, [](double v) { return std::floor(v); }>, true, known_same<Floor>);
}
OpSchema neg_schema() {
  return numbers<Neg, [](auto v) { return negated(v); }>(
      "neg", "-x; integers wrap around.", kWraps,
      [](const Neg& op, const BoundsContext& c) { return -c.of(op.x); }, false, known_neg);
}
OpSchema round_schema() {
  // The library never changes the rounding mode, so nearbyint rounds half to even.
  return floats<Round, [](double v) { return std::nearbyint(v); }>(
      "round", "Nearest integer, halves to the even one.", kBounded,
      rises<Round, [](double v) { return std::nearbyint(v); }>, true, known_same<Round>);
}
OpSchema sign_schema() {
  return numbers<Sign, [](auto v) { return sign_of(v); }>("sign", "-1, 0 or 1; NaN stays NaN.",
                                                          kBounded, bounds::within(-1, 1));
}
OpSchema sin_schema() {
  return floats<Sin, [](double v) { return std::sin(v); }>("sin", "Sine of radians.", kAngle,
                                                           bounds::within(-1, 1));
}
OpSchema sinh_schema() {
  return floats<Sinh, [](double v) { return std::sinh(v); }>(
      "sinh", "Hyperbolic sine.", kUnbounded, rises<Sinh, [](double v) { return std::sinh(v); }>);
}
OpSchema sqrt_schema() {
  return floats<Sqrt, [](double v) { return std::sqrt(v); }>(
      "sqrt", "Square root; NaN below 0.", kBounded, [](const Sqrt& op, const BoundsContext& c) {
        return rising(max(c.of(op.x), Interval::only(0)), [](double v) { return std::sqrt(v); });
      });
}
OpSchema square_schema() {
  return numbers<Square, [](auto v) { return squared(v); }>(
      "square", "x * x; integers wrap around.", traits::pointwise(Overflow::both),
      [](const Square& op, const BoundsContext& c) { return abs(c.of(op.x)) * abs(c.of(op.x)); });
}
OpSchema tan_schema() {
  return floats<Tan, [](double v) { return std::tan(v); }>(
      "tan", "Tangent of radians.", kUnbounded.needing(Digits::angles), bounds::unknown);
}
OpSchema tanh_schema() {
  return floats<Tanh, [](double v) { return std::tanh(v); }>(
      "tanh", "Hyperbolic tangent.", kBounded.of_scale(Scale::unit),
      [](const Tanh& op, const BoundsContext& c) {
        return rising_within(
            c.of(op.x), [](double v) { return std::tanh(v); }, bounds::within(-1, 1));
      });
}

OpSchema inverse_schema() {
  return with_epsilon<Inverse, [](double v) { return 1 / v; }>("inverse", "1 / (x + epsilon).",
                                                               kUnbounded, inverse_of);
}
OpSchema log_schema() {
  return with_epsilon<Log, [](double v) { return std::log(v); }>(
      "log", "ln(x + epsilon).", kUnbounded.needing(Digits::small_values), logarithm_of);
}
OpSchema rsqrt_schema() {
  return with_epsilon<Rsqrt, [](double v) { return 1 / std::sqrt(v); }>(
      "rsqrt", "1 / sqrt(x + epsilon).", kUnbounded, inverse_root_of);
}

OpSchema exp2_schema() {
  return make_schema<Exp2>({.name = "exp2",
                            .doc = "2^x; integer results truncate and saturate.",
                            .mil = {"exp2"},
                            .traits = kUnbounded,
                            .bounds =
                                [](const Exp2& op, const BoundsContext& c) {
                                  return rising(c.of(op.x), [](double v) { return std::exp2(v); });
                                },
                            .cost = cost::traffic,
                            .infer = infer_same<Exp2>,
                            .eval = eval_exp2},
                           operand<&Exp2::x>("x", kNumbers, "Exponent."));
}
OpSchema clip_schema() {
  return make_schema<Clip>({.name = "clip",
                            .doc = "min(max(x, alpha), beta); NaN stays NaN.",
                            .mil = {"clip"},
                            .traits = kBounded.saturating(Saturates::as_limit),
                            .bounds = bounds_of_clip,
                            .cost = cost::traffic,
                            .infer = infer_clip,
                            .eval = eval_clip},
                           operand<&Clip::x>("x", kNumbers, "Input.").takes_in_mil(kMilFloats),
                           attr<&Clip::alpha>("alpha", "Lower limit.").limit(),
                           attr<&Clip::beta>("beta", "Upper limit.").limit());
}
OpSchema threshold_schema() {
  return make_schema<Threshold>(
      {.name = "threshold",
       .doc = "max(x, alpha); NaN stays NaN.",
       .mil = {"threshold"},
       .traits = kBounded,
       .bounds = [](const Threshold& op,
                    const BoundsContext& c) { return max(c.of(op.x), Interval::only(op.alpha)); },
       .cost = cost::traffic,
       .infer = infer_same<Threshold>,
       .eval = eval_threshold},
      operand<&Threshold::x>("x", kNumbers, "Input."),
      attr<&Threshold::alpha>("alpha", "Lower limit.").limit());
}

}  // namespace corecast::op
