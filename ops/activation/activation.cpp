#include "ops/activation/activation.h"

#include "ops/detail/curves.h"
#include "ops/elements.h"

namespace corecast::op {

namespace {

template <class Op>
Result<Types> infer_same(const Op& op, InferContext& c) {
  return Types{c.type(op.x)};
}

double sigmoid(double v) {
  return v >= 0 ? 1 / (1 + std::exp(-v)) : std::exp(v) / (1 + std::exp(v));
}
double softplus(double v) { return std::log1p(std::exp(-std::abs(v))) + (v < 0 ? 0.0 : v); }
/// v * f with f in [0, 1] that vanishes faster than v grows: -inf gives -0, not NaN.
double gated(double v, double f) { return f == 0 ? v < 0 ? -0.0 : 0.0 : v * f; }
double at_least_zero(double v) { return v < 0 ? 0.0 : v; }

double gelu_exact(double v) { return gated(v, 0.5 * std::erfc(-v * 0.70710678118654752440)); }
double gelu_tanh(double v) {
  return gated(v, 0.5 * (1 + std::tanh(0.79788456080286535588 * (v + 0.044715 * v * v * v))));
}
double gelu_sigmoid(double v) { return gated(v, sigmoid(1.702 * v)); }

template <class Op, auto F>
Result<Tensors> eval_unary(const Op& op, EvalContext& c) {
  return Tensors{map_elements(c.tensor(op.x), c, F)};
}
template <class Op, auto F>
Result<Tensors> eval_alpha(const Op& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const double alpha = rounded_to(x.dtype(), op.alpha);
  return Tensors{map_elements(x, c, [=](double v) { return F(v, alpha); })};
}
template <class Op, auto F>
Result<Tensors> eval_alpha_beta(const Op& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const double alpha = rounded_to(x.dtype(), op.alpha), beta = rounded_to(x.dtype(), op.beta);
  return Tensors{map_elements(x, c, [=](double v) { return F(v, alpha, beta); })};
}

// --- bounds ----------------------------------------------------------------------------------

constexpr OpTraits kBounded = traits::pointwise(Overflow::never);
constexpr OpTraits kScaled = traits::pointwise(Overflow::floats);  // by a parameter
constexpr OpTraits kGate = kBounded.of_scale(Scale::own);
constexpr OpTraits kPerChannel = traits::computation(Accumulates::nothing, Overflow::floats);

constexpr double kInf = std::numeric_limits<double>::infinity();

/// Of max(x, 0) + min(alpha * (e^... - 1), 0).
template <class Op>
Interval bounds_of_elu(const Op& op, const BoundsContext& c) {
  const double end = std::nextafter(-op.alpha, op.alpha > 0 ? -kInf : kInf);
  return {std::min(end, 0.0), std::max({end, c.of(op.x).hi, 0.0})};
}
Interval bounds_of_celu(const Celu& op, const BoundsContext& c) {
  return op.alpha > 0 ? Interval{-op.alpha, std::max(c.of(op.x).hi, 0.0)} : Interval();
}
/// The operand's, times a factor between 0 and 1.
template <class Op, int thousandths>
Interval bounds_of_gated(const Op& op, const BoundsContext& c) {
  return gated_bounds(c.of(op.x), thousandths * 1e-3);
}
template <class Op, auto F, int low>
Interval bounds_of_rising(const Op& op, const BoundsContext& c) {
  return rising_within(c.of(op.x), F, bounds::within(low, low < 0 ? 1 : kInf));
}
Interval bounds_of_sigmoid(const Sigmoid& op, const BoundsContext& c) {
  return rising_within(c.of(op.x), sigmoid, bounds::within(0, 1));
}
Interval bounds_of_linear(const LinearActivation& op, const BoundsContext& c) {
  const DType dtype = c.dtype(op.x);
  return relaxed(c.of(op.x) * Interval::only(rounded_to(dtype, op.alpha))) +
         Interval::only(rounded_to(dtype, op.beta));
}
Interval bounds_of_clamped(const ClampedRelu& op, const BoundsContext& c) {
  const Interval x = c.of(op.x);
  const Interval scaled = x * Interval::only(rounded_to(c.dtype(op.x), op.alpha));
  return min(hull(hull(x, scaled), Interval::only(0)),
             Interval::only(rounded_to(c.dtype(op.x), op.beta)));
}
Interval bounds_of_prelu(const Prelu& op, const BoundsContext& c) {
  const Interval x = c.of(op.x);
  return hull(hull(x, x * c.of(op.alpha)), Interval::only(0));
}
Interval bounds_of_leaky(const LeakyRelu& op, const BoundsContext& c) {
  return op.alpha >= 0 && op.alpha <= 1 ? hull(c.of(op.x), Interval::only(0)) : Interval();
}
Interval bounds_of_scaled_tanh(const ScaledTanh& op, const BoundsContext&) {
  return bounds::within(-std::abs(op.alpha), std::abs(op.alpha));
}
Interval bounds_of_selu(const Selu& op, const BoundsContext& c) {
  // The product rounds; an f64 result may be the number below.
  const double least = std::nextafter(-op.gamma * op.alpha, -kInf);
  if (!(op.gamma > 0 && op.alpha >= 0)) return {};
  const double factor = rounded_to(c.dtype(op.x), op.gamma);
  const Interval scaled = relaxed(Interval::only(factor) * c.of(op.x));
  return {least, std::max(scaled.hi, 0.0)};
}

// --- rows ------------------------------------------------------------------------------------

template <class Op, auto F>
OpSchema unary(std::string_view name, std::string_view doc, OpTraits traits, BoundsRow<Op> bounds,
               bool in_mil = true, DTypeSet dtypes = kFloats) {
  return make_schema<Op>({.name = name,
                          .doc = doc,
                          .mil = {in_mil ? name : std::string_view()},
                          .traits = traits,
                          .bounds = bounds,
                          .cost = cost::traffic,
                          .infer = infer_same<Op>,
                          .eval = eval_unary<Op, F>},
                         operand<&Op::x>("x", dtypes, "Input.").takes_in_mil(kMilFloats));
}
template <class Op, auto F>
OpSchema alpha_row(std::string_view name, std::string_view doc, OpTraits traits,
                   BoundsRow<Op> bounds, bool in_mil = true) {
  return make_schema<Op>({.name = name,
                          .doc = doc,
                          .mil = {in_mil ? name : std::string_view()},
                          .traits = traits,
                          .bounds = bounds,
                          .cost = cost::traffic,
                          .infer = infer_same<Op>,
                          .eval = eval_alpha<Op, F>},
                         operand<&Op::x>("x", kFloats, "Input."),
                         attr<&Op::alpha>("alpha", "As in the formula."));
}
template <class Op, auto F>
OpSchema alpha_beta_row(std::string_view name, std::string_view doc, OpTraits traits,
                        BoundsRow<Op> bounds) {
  return make_schema<Op>({.name = name,
                          .doc = doc,
                          .mil = {name},
                          .traits = traits,
                          .bounds = bounds,
                          .cost = cost::traffic,
                          .infer = infer_same<Op>,
                          .eval = eval_alpha_beta<Op, F>},
                         operand<&Op::x>("x", kFloats, "Input."),
                         attr<&Op::alpha>("alpha", "As in the formula."),
                         attr<&Op::beta>("beta", "As in the formula."));
}

// --- gelu, selu ------------------------------------------------------------------------------

Result<Types> infer_gelu(const Gelu& op, InferContext& c) {
  if (op.mode != "EXACT" && op.mode != "TANH_APPROXIMATION" && op.mode != "SIGMOID_APPROXIMATION") {
    return infer_error("mode ", quote(op.mode),
                       " is none of EXACT, TANH_APPROXIMATION, SIGMOID_APPROXIMATION");
  }
  return Types{c.type(op.x)};
}
Result<Tensors> eval_gelu(const Gelu& op, EvalContext& c) {
  double (*f)(double) = op.mode == "EXACT"                ? gelu_exact
                        : op.mode == "TANH_APPROXIMATION" ? gelu_tanh
                                                          : gelu_sigmoid;
  return Tensors{map_elements(c.tensor(op.x), c, f)};
}
Result<Tensors> eval_selu(const Selu& op, EvalContext& c) {
  return Tensors{map_elements(c.tensor(op.x), c, [&](double v) {
    return op.gamma * (v > 0 ? v : op.alpha * std::expm1(v));
  })};
}

// --- per channel -----------------------------------------------------------------------------

template <class Op>
Result<Types> channel_vector(const Op& op, ValueId v, std::string_view what, InferContext& c) {
  if (c.rank(op.x) < 2) return infer_error("x has rank ", c.rank(op.x), ", and no channel axis 1");
  if (c.rank(v) != 1) return infer_error(what, " has rank ", c.rank(v), " instead of 1");
  const Dim &have = c.shape(v)[0], &want = c.shape(op.x)[1];
  if (!must_equal(have, want)) {
    return infer_error(what, " has ", have.to_string(), " elements for ", want.to_string(),
                       " channels");
  }
  return Types{c.type(op.x)};
}
Result<Types> infer_prelu(const Prelu& op, InferContext& c) {
  return channel_vector(op, op.alpha, "alpha", c);
}
Result<Types> infer_softplus_parametric(const SoftplusParametric& op, InferContext& c) {
  TRY_VOID(channel_vector(op, op.alpha, "alpha", c));
  return channel_vector(op, op.beta, "beta", c);
}

/// f(element, channel) over x.
template <class F>
Result<Tensors> map_channels(const Tensor& x, std::int64_t channels, EvalContext& c, const F& f) {
  const AxisSplit s = split_at(x.dims(), 1);
  if (channels != s.length)
    return eval_error("alpha has ", channels, " elements for ", s.length, " channels");
  Tensor out = c.output();
  for (std::int64_t i = 0; i < x.count(); ++i) out.set(i, f(x.at(i), i / s.inner % s.length));
  return Tensors{std::move(out)};
}
Result<Tensors> eval_prelu(const Prelu& op, EvalContext& c) {
  const Tensor& alpha = c.tensor(op.alpha);
  return map_channels(c.tensor(op.x), alpha.count(), c,
                      [&](double v, std::int64_t k) { return v > 0 ? v : alpha.at(k) * v; });
}
Result<Tensors> eval_softplus_parametric(const SoftplusParametric& op, EvalContext& c) {
  const Tensor &alpha = c.tensor(op.alpha), &beta = c.tensor(op.beta);
  return map_channels(c.tensor(op.x), alpha.count(), c, [&](double v, std::int64_t k) {
    return alpha.at(k) * softplus(beta.at(k) * v);
  });
}

// --- formulas --------------------------------------------------------------------------------

constexpr auto relu_of = [](auto v) { return v < decltype(v)(0) ? decltype(v)(0) : v; };
constexpr auto relu6_of = [](auto v) {
  using T = decltype(v);
  return v < T(0) ? T(0) : v > T(6) ? T(6) : v;
};
constexpr auto mish_of = [](double v) { return gated(v, std::tanh(softplus(v))); };
constexpr auto silu_of = [](double v) { return gated(v, sigmoid(v)); };
constexpr auto softsign_of = [](double v) {
  return std::isinf(v) ? std::copysign(1.0, v) : v / (1 + std::abs(v));
};
constexpr auto hard_swish_of = [](double v) {
  return v <= -3 ? -0.0 : v >= 3 ? v : v * (v / 6 + 0.5);
};
constexpr auto celu_of = [](double v, double alpha) {
  return v > 0 ? v : alpha * std::expm1(v / alpha);
};
constexpr auto elu_of = [](double v, double alpha) { return v > 0 ? v : alpha * std::expm1(v); };
constexpr auto leaky_of = [](double v, double alpha) { return v >= 0 ? v : alpha * v; };
constexpr auto thresholded_of = [](double v, double alpha) { return v < alpha ? 0.0 : v; };
constexpr auto above_of = [](double v, double alpha) { return v > alpha ? v : 0.0; };
constexpr auto clamped_of = [](double v, double alpha, double beta) {
  const double y = v < 0 ? alpha * v : v;
  return y > beta ? beta : y;
};
constexpr auto linear_of = [](double v, double alpha, double beta) { return alpha * v + beta; };
constexpr auto scaled_tanh_of = [](double v, double alpha, double beta) {
  return alpha * std::tanh(beta * v);
};
constexpr auto sigmoid_hard_of = [](double v, double alpha, double beta) {
  const double y = at_least_zero(alpha * v + beta);
  return y > 1 ? 1.0 : y;
};

Result<Tensors> eval_thresholded(const ThresholdedRelu& op, EvalContext& c) {
  return op.strict ? eval_alpha<ThresholdedRelu, above_of>(op, c)
                   : eval_alpha<ThresholdedRelu, thresholded_of>(op, c);
}

}  // namespace

OpSchema relu_schema() {
  return unary<Relu, relu_of>(
      "relu", "max(x, 0).", kBounded,
      [](const Relu& op, const BoundsContext& c) { return clamped(c.of(op.x), 0, kInf); }, true,
      kNumbers);
}
OpSchema relu6_schema() {
  return unary<Relu6, relu6_of>(
      "relu6", "min(max(x, 0), 6).", kBounded,
      [](const Relu6& op, const BoundsContext& c) { return clamped(c.of(op.x), 0, 6); }, true,
      kNumbers);
}
OpSchema sigmoid_schema() {
  return unary<Sigmoid, sigmoid>("sigmoid", "1 / (1 + e^-x).", kBounded.of_scale(Scale::unit),
                                 bounds_of_sigmoid);
}
OpSchema silu_schema() {
  return unary<Silu, silu_of>("silu", "x * sigmoid(x).", kBounded, bounds_of_gated<Silu, -279>);
}
OpSchema mish_schema() {
  return unary<Mish, mish_of>("mish", "x * tanh(softplus(x)).", kBounded,
                              bounds_of_gated<Mish, -309>, false);
}
OpSchema hard_swish_schema() {
  return unary<HardSwish, hard_swish_of>("hard_swish", "x * min(max(x / 6 + 1 / 2, 0), 1).",
                                         kBounded, bounds_of_gated<HardSwish, -376>, false);
}
OpSchema softplus_schema() {
  return unary<Softplus, softplus>("softplus", "ln(1 + e^x).", kBounded,
                                   bounds_of_rising<Softplus, softplus, 0>);
}
OpSchema softsign_schema() {
  return unary<Softsign, softsign_of>("softsign", "x / (1 + |x|).", kBounded,
                                      bounds_of_rising<Softsign, softsign_of, -1>);
}

OpSchema celu_schema() {
  return alpha_row<Celu, celu_of>("celu", "max(x, 0) + min(alpha * (e^(x / alpha) - 1), 0).",
                                  kScaled, bounds_of_celu, false);
}
OpSchema elu_schema() {
  return alpha_row<Elu, elu_of>("elu", "x where x > 0, else alpha * (e^x - 1).", kScaled,
                                bounds_of_elu<Elu>);
}
OpSchema leaky_relu_schema() {
  return alpha_row<LeakyRelu, leaky_of>("leaky_relu", "x where x >= 0, else alpha * x.", kScaled,
                                        bounds_of_leaky);
}
OpSchema thresholded_relu_schema() {
  using Op = ThresholdedRelu;
  return make_schema<Op>(
      {.name = "thresholded_relu",
       .doc = "x where x >= alpha (strict: x > alpha), else 0.",
       .mil = {"thresholded_relu"},
       .traits = kBounded,
       .bounds = bounds::of_or_zero(&Op::x),
       .cost = cost::traffic,
       .infer = infer_same<Op>,
       .eval = eval_thresholded},
      operand<&Op::x>("x", kFloats, "Input."),
      attr<&Op::alpha>("alpha", "As in the formula.").limit(),
      attr<&Op::strict>("strict", "x == alpha becomes 0, and NaN.").not_in_mil());
}

OpSchema clamped_relu_schema() {
  return alpha_beta_row<ClampedRelu, clamped_of>(
      "clamped_relu", "min(x, beta) where x >= 0, else min(alpha * x, beta).", kScaled,
      bounds_of_clamped);
}
OpSchema linear_activation_schema() {
  return alpha_beta_row<LinearActivation, linear_of>("linear_activation", "alpha * x + beta.",
                                                     kScaled, bounds_of_linear);
}
OpSchema scaled_tanh_schema() {
  return alpha_beta_row<ScaledTanh, scaled_tanh_of>("scaled_tanh", "alpha * tanh(beta * x).", kGate,
                                                    bounds_of_scaled_tanh);
}
OpSchema sigmoid_hard_schema() {
  return alpha_beta_row<SigmoidHard, sigmoid_hard_of>(
      "sigmoid_hard", "min(max(alpha * x + beta, 0), 1).", kGate, bounds::within(0, 1));
}

OpSchema selu_schema() {
  return make_schema<Selu>({.name = "selu",
                            .doc = "gamma * x where x > 0, else gamma * alpha * (e^x - 1).",
                            .traits = traits::pointwise(Overflow::floats),
                            .bounds = bounds_of_selu,
                            .cost = cost::traffic,
                            .infer = infer_same<Selu>,
                            .eval = eval_selu},
                           operand<&Selu::x>("x", kFloats, "Input."),
                           attr<&Selu::alpha>("alpha", "Scale of the negative side."),
                           attr<&Selu::gamma>("gamma", "Scale of all."));
}
OpSchema gelu_schema() {
  return make_schema<Gelu>(
      {.name = "gelu",
       .doc = "x * P(X <= x) of a standard normal X, exact or approximated.",
       .mil = {"gelu"},
       .traits = kBounded,
       .bounds = bounds_of_gated<Gelu, -171>,
       .cost = cost::traffic,
       .infer = infer_gelu,
       .eval = eval_gelu},
      operand<&Gelu::x>("x", kFloats, "Input."),
      attr<&Gelu::mode>("mode", "EXACT, TANH_APPROXIMATION or SIGMOID_APPROXIMATION."));
}
OpSchema prelu_schema() {
  return make_schema<Prelu>({.name = "prelu",
                             .doc = "x where x > 0, else alpha[c] * x; c runs along axis 1.",
                             .mil = {"prelu"},
                             .traits = kPerChannel,
                             .bounds = bounds_of_prelu,
                             .cost = cost::traffic,
                             .infer = infer_prelu,
                             .eval = eval_prelu},
                            operand<&Prelu::x>("x", kFloats, "[n, C, ...]."),
                            operand<&Prelu::alpha>("alpha", kFloats, "[C].").constant_in_mil());
}
OpSchema softplus_parametric_schema() {
  return make_schema<SoftplusParametric>(
      {.name = "softplus_parametric",
       .doc = "alpha[c] * ln(1 + e^(beta[c] * x)); c runs along axis 1.",
       .mil = {"softplus_parametric"},
       .traits = kPerChannel,
       .bounds = bounds::unknown,
       .cost = cost::traffic,
       .infer = infer_softplus_parametric,
       .eval = eval_softplus_parametric},
      operand<&SoftplusParametric::x>("x", kFloats, "[n, C, ...]."),
      operand<&SoftplusParametric::alpha>("alpha", kFloats, "[C].").constant_in_mil().grouped('U'),
      operand<&SoftplusParametric::beta>("beta", kFloats, "[C].").constant_in_mil().grouped('U'));
}

}  // namespace corecast::op
