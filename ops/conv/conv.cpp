#include "ops/conv/conv.h"

#include "ir/function.h"
#include "ops/conv/window.h"
#include "ops/detail/sums.h"

namespace corecast::op {
namespace {

Result<std::vector<WindowDim>> windows(const Conv& op, const Shape& x, const Shape& weight) {
  return resolve_windows(Shape(x.begin() + 2, x.end()),
                         {.kernel = Dims(weight.begin() + 2, weight.end()),
                          .strides = op.strides,
                          .dilations = op.dilations,
                          .pad = op.pad,
                          .pad_type = op.pad_type});
}

Result<Types> infer(const Conv& op, InferContext& c) {
  const Shape &x = c.shape(op.x), &weight = c.shape(op.weight);
  if (x.size() < 3 || x.size() > 5) return infer_error("x must have rank 3 to 5, not ", x.size());
  if (weight.size() != x.size())
    return infer_error("weight has rank ", weight.size(), ", x has rank ", x.size());
  if (op.groups < 1) return infer_error("groups is ", op.groups);
  if (!must_equal(weight[1] * op.groups, x[1])) {
    return infer_error("x has ", x[1].to_string(), " channels; weight ", ir::to_string(weight),
                       " in ", op.groups, " groups takes ", (weight[1] * op.groups).to_string());
  }
  if (weight[0].is_constant() && weight[0].value() % op.groups != 0) {
    return infer_error("groups ", op.groups, " does not divide the ", weight[0].value(),
                       " output channels");
  }
  if (op.bias && (c.rank(op.bias) != 1 || !must_equal(c.shape(op.bias)[0], weight[0]))) {
    return infer_error("bias ", ir::to_string(c.shape(op.bias)), " must be [",
                       weight[0].to_string(), "]");
  }
  TRY(const auto dims, windows(op, x, weight));
  Shape shape = {x[0], weight[0]};
  for (const auto& w : dims) {
    TRY(Dim size, window_output(w));
    shape.push_back(std::move(size));
  }
  return Types{Type(c.dtype(op.x), std::move(shape))};
}

Result<Tensors> eval(const Conv& op, EvalContext& c) {
  const Tensor &x = c.tensor(op.x), &weight = c.tensor(op.weight);
  Tensor out = c.output();
  TRY(const auto dims, windows(op, ir::make_shape(x.dims()), ir::make_shape(weight.dims())));
  const Loops l(dims, {out.dims().begin() + 2, out.dims().end()});
  const auto vx = x.to_doubles(), vw = weight.to_doubles();
  const auto bias = op.bias ? c.tensor(op.bias).to_doubles() : std::vector<double>{};
  const auto channels = weight.dims()[1], outputs = out.dims()[1];
  const auto area_in = l.in_count(), area_out = l.out_count(), taps = l.kernel_count();
  std::int64_t at = 0;
  for (std::int64_t n = 0; n < out.dims()[0]; ++n) {
    for (std::int64_t o = 0; o < outputs; ++o) {
      const auto first_channel = o / (outputs / op.groups) * channels;
      for (std::int64_t p = 0; p < area_out; ++p) {
        const Position position(p, l.out);
        double sum = bias.empty() ? 0.0 : bias[static_cast<std::size_t>(o)];
        for (std::int64_t k = 0; k < taps; ++k) {
          const auto source = input_position(l, position, Position(k, l.kernel));
          if (source < 0) continue;
          for (std::int64_t i = 0; i < channels; ++i) {
            sum += vx[static_cast<std::size_t>((n * x.dims()[1] + first_channel + i) * area_in +
                                               source)] *
                   vw[static_cast<std::size_t>((o * channels + i) * taps + k)];
          }
        }
        out.set(at++, sum);
      }
    }
  }
  return Tensors{std::move(out)};
}

Dim multiply_adds(const Conv& op, const CostContext& c) {
  const Shape& w = c.shape(op.weight);
  return c.result_count() * ir::element_count(Shape(w.begin() + 1, w.end()));
}

Interval bounds_of_layer(const Conv& op, const BoundsContext& c) {
  const Shape& weight = c.f.type(op.weight).shape;
  if (!ir::is_static(weight)) return {};
  const auto sizes = ir::static_dims(weight);
  const auto all = ir::element_count(sizes).value_or(0);
  if (all == 0) return {};
  return weighted_sum_bounds(c, op.x, op.weight, op.bias, {1, sizes[0], all / sizes[0]});
}

}  // namespace

OpSchema conv_schema() {
  return make_schema<Conv>(
      {.name = "conv",
       .doc = "Cross-correlation: out[n,o,p] = bias[o] + sum over i,k of "
              "x[n,g*C/groups+i,p*stride+k*dilation-before] "
              "* weight[o,i,k], where g is the group of o; x is 0 in the padding.",
       .mil = {.name = "conv", .forms = {{"same_lower", Target::ios16, pads_lower<Conv>}}},
       .traits = traits::products(Overflow::floats),
       .bounds = bounds_of_layer,
       .cost = cost::products(multiply_adds),
       .infer = infer,
       .eval = eval},
      operand<&Conv::x>("x", kFloats, "Input [N,C,*d], 1 to 3 spatial dims."),
      operand<&Conv::weight>(
          "weight", kFloats,
          "Kernel [O,C/groups,*K]. Not constant: all dilations must be 1 in MIL.")
          .grouped('U'),
      optional_operand<&Conv::bias>("bias", kFloats, "Bias [O].")
          .grouped('U')
          .computed_since(Target::ios17),
      attr<&Conv::strides>("strides", "One per spatial dim; empty: ones."),
      attr<&Conv::pad_type>("pad_type",
                            "valid: no padding; same, same_lower: output is ceil(d/stride), an odd "
                            "element of padding goes after, before; custom: as `pad` says."),
      attr<&Conv::pad>("pad",
                       "Elements of padding before and after each spatial dim; only for custom."),
      attr<&Conv::dilations>("dilations",
                             "Distance between kernel taps per spatial dim; empty: ones."),
      attr<&Conv::groups>("groups",
                          "Channels are split, in order, into this many independent groups."));
}

}  // namespace corecast::op
