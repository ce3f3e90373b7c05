#include "ops/conv/conv_transpose.h"

#include "ir/function.h"
#include "ops/conv/window.h"
#include "ops/detail/sums.h"

namespace corecast::op {
namespace {

// A spatial dim of the result: its size and how many leading elements of the full result it skips.
struct Target1d {
  Dim size, skip;
};

Result<std::vector<WindowDim>> windows(const ConvTranspose& op, const Shape& x,
                                       const Shape& weight) {
  if (op.pad_type == "same_lower")
    return infer_error("pad_type \"same_lower\" is not defined for conv_transpose");
  // The padding that `same` means for conv does not apply here; only `custom` is resolved by it.
  return resolve_windows(Shape(x.begin() + 2, x.end()),
                         {.kernel = Dims(weight.begin() + 2, weight.end()),
                          .strides = op.strides,
                          .dilations = op.dilations,
                          .pad = op.pad,
                          .pad_type = op.pad_type});
}

Result<std::vector<Target1d>> targets(const ConvTranspose& op, const std::vector<WindowDim>& dims) {
  if (op.output_shape && op.output_shape->size() != dims.size() + 2) {
    return infer_error("output_shape has ", op.output_shape->size(), " entries instead of ",
                       dims.size() + 2);
  }
  if (!op.output_padding.empty() && op.output_padding.size() != dims.size()) {
    return infer_error("output_padding has ", op.output_padding.size(), " entries instead of ",
                       dims.size());
  }
  std::vector<Target1d> out;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const WindowDim& w = dims[i];
    const bool same = op.pad_type == "same";
    const Dim full = (w.input - 1) * w.stride + w.extent();
    Dim size = same ? w.input * w.stride : full - w.before - w.after;
    if (!op.output_padding.empty()) size = size + op.output_padding[i];
    if (op.output_shape) size = (*op.output_shape)[i + 2];
    if (size.is_constant() && size.value() < 0) {
      return infer_error("spatial dim ", i, " of the result would have size ", size.value());
    }
    out.push_back({size, same ? floor_div(max(Dim(0), full - size), 2) : w.before});
  }
  return out;
}

Result<Types> infer(const ConvTranspose& op, InferContext& c) {
  const Shape &x = c.shape(op.x), &weight = c.shape(op.weight);
  if (x.size() < 3 || x.size() > 5) return infer_error("x must have rank 3 to 5, not ", x.size());
  if (weight.size() != x.size())
    return infer_error("weight has rank ", weight.size(), ", x has rank ", x.size());
  if (!must_equal(weight[0], x[1])) {
    return infer_error("x has ", x[1].to_string(), " channels, weight ", ir::to_string(weight),
                       " takes ", weight[0].to_string());
  }
  if (op.groups < 1 || (x[1].is_constant() && x[1].value() % op.groups != 0)) {
    return infer_error("groups ", op.groups, " does not divide the ", x[1].to_string(),
                       " input channels");
  }
  const Dim outputs = weight[1] * op.groups;
  if (op.bias && (c.rank(op.bias) != 1 || !must_equal(c.shape(op.bias)[0], outputs))) {
    return infer_error("bias ", ir::to_string(c.shape(op.bias)), " must be [", outputs.to_string(),
                       "]");
  }
  TRY(const auto dims, windows(op, x, weight));
  TRY(const auto sizes, targets(op, dims));
  Shape shape = {x[0], outputs};
  if (op.output_shape &&
      (!must_equal((*op.output_shape)[0], x[0]) || !must_equal((*op.output_shape)[1], outputs))) {
    return infer_error("output_shape [", join(*op.output_shape), "] must start with ",
                       ir::to_string(shape));
  }
  for (const auto& t : sizes) shape.push_back(t.size);
  return Types{Type(c.dtype(op.x), std::move(shape))};
}

Result<Tensors> eval(const ConvTranspose& op, EvalContext& c) {
  const Tensor &x = c.tensor(op.x), &weight = c.tensor(op.weight);
  Tensor out = c.output();
  TRY(auto dims, windows(op, ir::make_shape(x.dims()), ir::make_shape(weight.dims())));
  TRY(const auto sizes, targets(op, dims));
  // As the windows of the forward conv, which runs from the result to x.
  for (std::size_t i = 0; i < dims.size(); ++i) {
    dims[i].input = sizes[i].size;
    dims[i].before = sizes[i].skip;
    dims[i].after = 0;
  }
  const Loops l(dims, {x.dims().begin() + 2, x.dims().end()});
  const auto vx = x.to_doubles(), vw = weight.to_doubles();
  const auto batch = x.dims()[0], channels = x.dims()[1], outputs = out.dims()[1],
             group_outputs = weight.dims()[1];
  const auto area = l.out_count(), area_result = l.in_count(), taps = l.kernel_count();
  std::vector<double> sum(static_cast<std::size_t>(out.count()), 0.0);
  if (op.bias) {
    const auto bias = c.tensor(op.bias).to_doubles();
    for (std::int64_t i = 0; i < out.count(); ++i) {
      sum[static_cast<std::size_t>(i)] = bias[static_cast<std::size_t>(i / area_result % outputs)];
    }
  }
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::int64_t i = 0; i < channels; ++i) {
      const auto first = i / (channels / op.groups) * group_outputs;
      for (std::int64_t p = 0; p < area; ++p) {
        const double value = vx[static_cast<std::size_t>((n * channels + i) * area + p)];
        for (std::int64_t k = 0; k < taps; ++k) {
          const auto to = input_position(l, Position(p, l.out), Position(k, l.kernel));
          if (to < 0) continue;
          for (std::int64_t o = 0; o < group_outputs; ++o) {
            sum[static_cast<std::size_t>((n * outputs + first + o) * area_result + to)] +=
                value * vw[static_cast<std::size_t>((i * group_outputs + o) * taps + k)];
          }
        }
      }
    }
  }
  for (std::int64_t i = 0; i < out.count(); ++i) out.set(i, sum[static_cast<std::size_t>(i)]);
  return Tensors{std::move(out)};
}

Dim multiply_adds(const ConvTranspose& op, const CostContext& c) {
  const Shape& w = c.shape(op.weight);
  return c.count(op.x) * ir::element_count(Shape(w.begin() + 1, w.end()));
}

Interval bounds_of_layer(const ConvTranspose& op, const BoundsContext& c) {
  const Shape& weight = c.f.type(op.weight).shape;
  if (!ir::is_static(weight)) return {};
  const auto sizes = ir::static_dims(weight);
  const auto all = ir::element_count(sizes).value_or(0);
  if (all == 0) return {};
  // The sum over the inputs of all groups bounds that over those of one; biases are of outputs in
  // all groups.
  const Interval sum =
      weighted_sum_bounds(c, op.x, op.weight, {}, {sizes[0], sizes[1], all / sizes[0] / sizes[1]});
  return op.bias ? sum + c.of(op.bias) : sum;
}

}  // namespace

OpSchema conv_transpose_schema() {
  return make_schema<ConvTranspose>(
      {.name = "conv_transpose",
       .doc = "Adjoint of conv: out = bias, then out[n,o,p*stride+k*dilation-before] += x[n,i,p] * "
              "weight[i,o,k] for "
              "i and o of the same group.",
       .mil = {"conv_transpose"},
       .traits = traits::products(Overflow::floats),
       .bounds = bounds_of_layer,
       .cost = cost::products(multiply_adds),
       .infer = infer,
       .eval = eval},
      operand<&ConvTranspose::x>("x", kFloats, "Input [N,C,*d], 1 to 3 spatial dims."),
      operand<&ConvTranspose::weight>("weight", kFloats,
                                      "Kernel [C,O/groups,*K]; constant before iOS 17.")
          .grouped('U')
          .computed_since(Target::ios17),
      optional_operand<&ConvTranspose::bias>("bias", kFloats, "Bias [O]; constant before iOS 17.")
          .grouped('U')
          .computed_since(Target::ios17),
      attr<&ConvTranspose::pad>("pad",
                                "Elements cut before and after each spatial dim; only for custom."),
      attr<&ConvTranspose::output_shape>("output_shape",
                                         "The whole shape of the result; cuts the full result, or "
                                         "extends it at the end."),
      attr<&ConvTranspose::pad_type>(
          "pad_type",
          "valid: the full result; same: d*stride, cut on both sides; custom: "
          "cut as `pad` says."),
      attr<&ConvTranspose::strides>("strides", "One per spatial dim; empty: ones."),
      attr<&ConvTranspose::dilations>("dilations", "Distance between kernel taps; empty: ones."),
      attr<&ConvTranspose::groups>(
          "groups", "Channels are split, in order, into this many independent groups."),
      attr<&ConvTranspose::output_padding>("output_padding",
                                           "Elements added after each spatial dim; empty: zeros.")
          .not_in_mil());
}

}  // namespace corecast::op
