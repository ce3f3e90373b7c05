#include "ops/linear/linear.h"

#include "ir/function.h"
#include "ops/detail/common.h"
#include "ops/detail/sums.h"
#include "ops/detail/wide.h"

namespace corecast::op {
namespace {

Result<Types> infer(const Linear& op, InferContext& c) {
  const Shape &x = c.shape(op.x), &weight = c.shape(op.weight);
  if (x.empty()) return infer_error("x must have rank 1 or more, not 0");
  if (weight.size() != 2) return infer_error("weight must have rank 2, not ", weight.size());
  if (!must_equal(x.back(), weight[1])) {
    return infer_error("x has ", x.back().to_string(), " features, weight ", ir::to_string(weight),
                       " takes ", weight[1].to_string());
  }
  if (op.bias) {
    const Shape& bias = c.shape(op.bias);
    if (bias.size() != 1 || !must_equal(bias[0], weight[0])) {
      return infer_error("bias ", ir::to_string(bias), " must be [", weight[0].to_string(), "]");
    }
  }
  if (ir::is_floating(c.dtype(op.x)) != ir::is_floating(c.dtype(op.weight))) {
    return infer_error("x is ", ir::name_of(c.dtype(op.x)), " and weight is ",
                       ir::name_of(c.dtype(op.weight)));
  }
  Shape shape = x;
  shape.back() = weight[0];
  return Types{Type(c.dtype(op.x), std::move(shape))};
}

Result<Tensors> eval(const Linear& op, EvalContext& c) {
  const Tensor &x = c.tensor(op.x), &weight = c.tensor(op.weight);
  const auto inputs = static_cast<std::size_t>(weight.dims()[1]),
             outputs = static_cast<std::size_t>(weight.dims()[0]);
  auto dims = x.dims();
  dims.back() = weight.dims()[0];
  return Tensors{with_wide(x.dtype(), [&]<class W>(W) {
    const auto vx = load_wide<W>(x), vw = load_wide<W>(weight);
    const auto vb = op.bias ? load_wide<W>(c.tensor(op.bias)) : std::vector<W>(outputs, W{0});
    dims.back() = 1;
    const auto rows = static_cast<std::size_t>(*ir::element_count(dims));
    dims.back() = weight.dims()[0];
    std::vector<W> out;
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t o = 0; o < outputs; ++o) {
        W sum = vb[o];
        for (std::size_t i = 0; i < inputs; ++i) sum += vx[r * inputs + i] * vw[o * inputs + i];
        out.push_back(sum);
      }
    }
    return store_wide(x.dtype(), dims, out);
  })};
}

Dim multiply_adds(const Linear& op, const CostContext& c) {
  return c.result_count() * c.shape(op.weight).back();
}

Interval bounds_of_layer(const Linear& op, const BoundsContext& c) {
  const Shape& weight = c.f.type(op.weight).shape;
  const auto outputs = weight[0].constant(), inputs = weight[1].constant();
  if (!outputs || !inputs) return {};
  return weighted_sum_bounds(c, op.x, op.weight, op.bias, {.outputs = *outputs, .inner = *inputs});
}

}  // namespace

OpSchema linear_schema() {
  return make_schema<Linear>(
      {.name = "linear",
       .doc = "Fully connected layer: out[*d,o] = bias[o] + sum over i of x[*d,i] * weight[o,i].",
       .mil = {"linear"},
       .traits = traits::products(Overflow::both),
       .bounds = bounds_of_layer,
       .cost = cost::products(multiply_adds),
       .infer = infer,
       .eval = eval},
      operand<&Linear::x>("x", kNumbers, "Input [*d,I]."),
      operand<&Linear::weight>("weight", kNumbers, "Weight [O,I].").grouped('U').constant_in_mil(),
      optional_operand<&Linear::bias>("bias", kNumbers, "Bias [O]; zeros when absent.")
          .grouped('U')
          .constant_in_mil());
}

}  // namespace corecast::op
