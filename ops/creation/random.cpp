#include "ops/creation/random.h"

#include <random>

#include "ops/elements.h"

namespace corecast::op {

namespace {

/// Uniform in [0, 1) with 53 bits, the same with every standard library.
class Uniform {
 public:
  explicit Uniform(std::int64_t seed) : engine_(static_cast<std::uint64_t>(seed < 0 ? 0 : seed)) {}
  double operator()() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }

 private:
  std::mt19937_64 engine_;
};

Result<Types> infer_shape(ValueId shape, ValueId parameter, InferContext& c) {
  if (c.rank(parameter) != 0) return infer_error("the parameters must be scalars");
  if (c.rank(shape) != 1 || !c.shape(shape)[0].is_constant()) {
    return infer_error("shape is ", ir::to_string(c.type(shape)),
                       "; a vector of known length is needed");
  }
  const auto known = c.known(shape);
  Shape dims;
  for (std::int64_t i = 0; i < c.shape(shape)[0].value(); ++i) {
    dims.push_back(known ? (*known)[static_cast<std::size_t>(i)] : c.fresh(static_cast<int>(i)));
    if (dims.back().is_constant() && dims.back().value() < 0)
      return infer_error("shape holds ", dims.back().value());
  }
  return Types{Type(c.dtype(parameter), std::move(dims))};
}
Result<Types> infer_uniform(const RandomUniform& op, InferContext& c) {
  return infer_shape(op.shape, op.low, c);
}
Result<Types> infer_normal(const RandomNormal& op, InferContext& c) {
  return infer_shape(op.shape, op.mean, c);
}
Result<Types> infer_bernoulli(const RandomBernoulli& op, InferContext& c) {
  return infer_shape(op.shape, op.prob, c);
}
Result<Types> infer_categorical(const RandomCategorical& op, InferContext& c) {
  if (c.rank(op.x) < 1) return infer_error("x is a scalar");
  if (op.mode != "logits" && op.mode != "probs")
    return infer_error("mode ", quote(op.mode), " is neither logits nor probs");
  if (op.size < 0) return infer_error("size ", op.size, " is negative");
  Type out = c.type(op.x);
  out.shape.back() = op.size;
  return Types{std::move(out)};
}

template <class Draw>
Result<Tensors> draw_all(ValueId shape, EvalContext& c, const Draw& draw) {
  const auto dims = c.tensor(shape).to_ints();
  const auto count = ir::element_count(dims);
  if (!count) return eval_error("shape [", join(dims), "] is not possible");
  Tensor out = Tensor::empty(c.result_type().dtype, dims);
  for (std::int64_t i = 0; i < *count; ++i) out.set(i, draw());
  return Tensors{std::move(out)};
}
Result<Tensors> eval_uniform(const RandomUniform& op, EvalContext& c) {
  const double low = c.tensor(op.low).at(0), high = c.tensor(op.high).at(0);
  Uniform u(op.seed);
  return draw_all(op.shape, c, [&] { return low + (high - low) * u(); });
}
Result<Tensors> eval_normal(const RandomNormal& op, EvalContext& c) {
  const double mean = c.tensor(op.mean).at(0), stddev = c.tensor(op.stddev).at(0);
  Uniform u(op.seed);
  return draw_all(op.shape, c, [&] {  // Box and Muller
    const double radius = std::sqrt(-2 * std::log(1 - u()));
    return mean + stddev * radius * std::cos(6.28318530717958647693 * u());
  });
}
Result<Tensors> eval_bernoulli(const RandomBernoulli& op, EvalContext& c) {
  const double prob = c.tensor(op.prob).at(0);
  Uniform u(op.seed);
  return draw_all(op.shape, c, [&] { return u() < prob ? 1.0 : 0.0; });
}
Result<Tensors> eval_categorical(const RandomCategorical& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const std::int64_t classes = x.dims().back();
  if (classes == 0) return eval_error("x has no classes");
  Tensor out = c.output();
  Uniform u(op.seed);
  std::vector<double> weights(static_cast<std::size_t>(classes));
  for (std::int64_t row = 0; row < x.count() / classes; ++row) {
    double most = 0, sum = 0;
    if (op.mode == "logits") {
      most = x.at(row * classes);
      for (std::int64_t k = 0; k < classes; ++k) most = std::max(most, x.at(row * classes + k));
    }
    for (std::int64_t k = 0; k < classes; ++k) {
      const double v = x.at(row * classes + k);
      sum += weights[static_cast<std::size_t>(k)] = op.mode == "logits" ? std::exp(v - most) : v;
    }
    for (std::int64_t j = 0; j < op.size; ++j) {
      double rest = u() * sum;
      std::int64_t k = 0;
      while (k + 1 < classes && (rest -= weights[static_cast<std::size_t>(k)]) >= 0) ++k;
      out.set(row * op.size + j, static_cast<double>(k));
    }
  }
  return Tensors{std::move(out)};
}

constexpr DTypeSet kShapes = DTypeSet::of(DType::i32, DType::i64);

}  // namespace

OpSchema random_uniform_schema() {
  return make_schema<RandomUniform>(
      {.name = "random_uniform",
       .doc = "Uniform in [low, high).",
       .mil = {"random_uniform"},
       .traits = traits::computation(Accumulates::nothing, Overflow::never)
                     .sized_by_data()
                     .impure()
                     .needing(Digits::random_numbers),
       .bounds = bounds::of(&RandomUniform::low, &RandomUniform::high),
       .cost = cost::written,
       .infer = infer_uniform,
       .eval = eval_uniform},
      operand<&RandomUniform::shape>("shape", kShapes, "Sizes of the result."),
      operand<&RandomUniform::low>("low", kFloats, "Scalar.").constant_in_mil().grouped('T'),
      operand<&RandomUniform::high>("high", kFloats, "Scalar.").constant_in_mil().grouped('T'),
      attr<&RandomUniform::seed>("seed", "-1: any."));
}
OpSchema random_normal_schema() {
  return make_schema<RandomNormal>(
      {.name = "random_normal",
       .doc = "Normally distributed.",
       .mil = {"random_normal"},
       .traits = traits::computation(Accumulates::nothing, Overflow::floats)
                     .sized_by_data()
                     .impure()
                     .needing(Digits::random_numbers),
       .bounds = bounds::unknown,
       .cost = cost::written,
       .infer = infer_normal,
       .eval = eval_normal},
      operand<&RandomNormal::shape>("shape", kShapes, "Sizes of the result."),
      operand<&RandomNormal::mean>("mean", kFloats, "Scalar.").constant_in_mil().grouped('T'),
      operand<&RandomNormal::stddev>("stddev", kFloats, "Scalar.").constant_in_mil().grouped('T'),
      attr<&RandomNormal::seed>("seed", "-1: any."));
}
OpSchema random_bernoulli_schema() {
  return make_schema<RandomBernoulli>(
      {.name = "random_bernoulli",
       .doc = "1 with probability prob, else 0.",
       .mil = {"random_bernoulli"},
       .traits = traits::computation(Accumulates::nothing, Overflow::never)
                     .sized_by_data()
                     .impure()
                     .needing(Digits::random_numbers),
       .bounds = bounds::within(0, 1),
       .cost = cost::written,
       .infer = infer_bernoulli,
       .eval = eval_bernoulli},
      operand<&RandomBernoulli::shape>("shape", kShapes, "Sizes of the result."),
      operand<&RandomBernoulli::prob>("prob", kFloats, "Scalar.").constant_in_mil(),
      attr<&RandomBernoulli::seed>("seed", "-1: any."));
}
OpSchema random_categorical_schema() {
  return make_schema<RandomCategorical>(
      {.name = "random_categorical",
       .doc = "Class numbers drawn by the weights of the last axis.",
       .mil = {"random_categorical"},
       .traits = traits::indices().impure().needing(Digits::random_numbers),
       .bounds = bounds::at_least(0),
       .cost = cost::traffic,
       .infer = infer_categorical,
       .eval = eval_categorical},
      operand<&RandomCategorical::x>("x", kFloats, "[..., classes]."),
      attr<&RandomCategorical::mode>("mode", "logits or probs."),
      attr<&RandomCategorical::size>("size", "Draws per row."),
      attr<&RandomCategorical::seed>("seed", "-1: any."));
}

}  // namespace corecast::op
