#include "ops/normalization/normalization.h"

#include "ops/detail/groups.h"
#include "ops/elements.h"
#include "ops/normalization/detail/norm_bounds.h"

namespace corecast::op {

namespace {

// --- inference -------------------------------------------------------------------------------

/// `v`, when given, is a vector of x's channels (axis 1).
Status check_channels(ValueId v, std::string_view what, const Shape& x, InferContext& c) {
  if (!v) return {};
  if (c.rank(v) == 1 && must_equal(c.shape(v)[0], x[1])) return {};
  return infer_error(what, " is ", ir::to_string(c.shape(v)), " where [", x[1].to_string(),
                     "] is needed");
}
/// `v`, when given, has x's sizes along `axes` (ascending).
Status check_axes(ValueId v, std::string_view what, const Shape& x,
                  const std::vector<std::int64_t>& axes, InferContext& c) {
  if (!v) return {};
  Shape want;
  for (const auto a : axes) want.push_back(x[static_cast<std::size_t>(a)]);
  bool fits = want.size() == c.shape(v).size();
  for (std::size_t i = 0; fits && i < want.size(); ++i) fits = must_equal(want[i], c.shape(v)[i]);
  if (fits) return {};
  return infer_error(what, " is ", ir::to_string(c.shape(v)), " where ", ir::to_string(want),
                     " is needed");
}
Status check_rank(const Shape& x, std::size_t least) {
  if (x.size() >= least) return {};
  return infer_error("x has rank ", x.size(), "; at least ", least, " is needed");
}

Result<std::vector<std::int64_t>> sorted_axes(std::vector<std::int64_t> axes, std::int64_t rank) {
  TRY(axes, normalize_axes(axes, rank, "axes"));
  std::sort(axes.begin(), axes.end());
  return axes;
}
Result<std::vector<std::int64_t>> layer_axes(const LayerNorm& op, std::int64_t rank) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < rank; ++i) all.push_back(i);
  return op.axes ? sorted_axes(*op.axes, rank) : all;
}

Result<Types> infer_batch(const BatchNorm& op, InferContext& c) {
  const Shape& x = c.shape(op.x);
  TRY_VOID(check_rank(x, 2));
  TRY_VOID(check_channels(op.mean, "mean", x, c));
  TRY_VOID(check_channels(op.variance, "variance", x, c));
  TRY_VOID(check_channels(op.gamma, "gamma", x, c));
  TRY_VOID(check_channels(op.beta, "beta", x, c));
  return Types{c.type(op.x)};
}
Result<Types> infer_instance(const InstanceNorm& op, InferContext& c) {
  const Shape& x = c.shape(op.x);
  TRY_VOID(check_rank(x, 3));
  TRY_VOID(check_channels(op.gamma, "gamma", x, c));
  TRY_VOID(check_channels(op.beta, "beta", x, c));
  return Types{c.type(op.x)};
}
Result<Types> infer_group(const GroupNorm& op, InferContext& c) {
  const Shape& x = c.shape(op.x);
  TRY_VOID(check_rank(x, 2));
  TRY_VOID(check_channels(op.gamma, "gamma", x, c));
  TRY_VOID(check_channels(op.beta, "beta", x, c));
  if (op.num_groups < 1 || (x[1].is_constant() && x[1].value() % op.num_groups != 0)) {
    return infer_error("num_groups ", op.num_groups, " does not divide ", x[1].to_string(),
                       " channels");
  }
  return Types{c.type(op.x)};
}
Result<Types> infer_layer(const LayerNorm& op, InferContext& c) {
  TRY(const auto axes, layer_axes(op, c.rank(op.x)));
  TRY_VOID(check_axes(op.gamma, "gamma", c.shape(op.x), axes, c));
  TRY_VOID(check_axes(op.beta, "beta", c.shape(op.x), axes, c));
  return Types{c.type(op.x)};
}
Result<Types> infer_rms(const RmsNorm& op, InferContext& c) {
  TRY(const auto axes, sorted_axes(op.axes, c.rank(op.x)));
  TRY_VOID(check_axes(op.gamma, "gamma", c.shape(op.x), axes, c));
  return Types{c.type(op.x)};
}
Result<Types> infer_l2(const L2Norm& op, InferContext& c) {
  TRY_VOID(check_rank(c.shape(op.x), 3));
  return Types{c.type(op.x)};
}
Result<Types> infer_local(const LocalResponseNorm& op, InferContext& c) {
  TRY_VOID(check_rank(c.shape(op.x), 3));
  if (op.size < 1) return infer_error("size ", op.size, " is not positive");
  return Types{c.type(op.x)};
}

// --- evaluation ------------------------------------------------------------------------------

/// Element i of an optional parameter.
double parameter(const Tensor* t, std::int64_t i, double fallback) {
  return t != nullptr ? t->at(i) : fallback;
}
const Tensor* given(ValueId v, EvalContext& c) { return v ? &c.tensor(v) : nullptr; }

struct Moments {
  double mean = 0, variance = 0;
};
template <class Members>
Moments moments(const Tensor& x, std::int64_t first, const Members& members) {
  Moments m;
  const auto n = static_cast<double>(members.size());
  for (const auto j : members) m.mean += x.at(first + j);
  m.mean /= n;
  for (const auto j : members) {
    const double d = x.at(first + j) - m.mean;
    m.variance += d * d;
  }
  m.variance /= n;
  return m;
}

Result<Tensors> eval_batch(const BatchNorm& op, EvalContext& c) {
  const Tensor &x = c.tensor(op.x), &mean = c.tensor(op.mean), &variance = c.tensor(op.variance);
  const Tensor *gamma = given(op.gamma, c), *beta = given(op.beta, c);
  const AxisSplit s = split_at(x.dims(), 1);
  const double epsilon = rounded_to(x.dtype(), op.epsilon);
  Tensor out = c.output();
  for (std::int64_t i = 0; i < x.count(); ++i) {
    const std::int64_t k = i / s.inner % s.length;
    const double y = (x.at(i) - mean.at(k)) / std::sqrt(variance.at(k) + epsilon);
    out.set(i, y * parameter(gamma, k, 1) + parameter(beta, k, 0));
  }
  return Tensors{std::move(out)};
}

/// Channel groups of `width` channels, each (n, group) with statistics of its own.
Tensor normalize_groups(const Tensor& x, std::int64_t width, double epsilon, const Tensor* gamma,
                        const Tensor* beta, EvalContext& c) {
  const AxisSplit s = split_at(x.dims(), 1);
  const std::int64_t run = width * s.inner;
  std::vector<std::int64_t> members(static_cast<std::size_t>(run));
  for (std::int64_t j = 0; j < run; ++j) members[static_cast<std::size_t>(j)] = j;
  Tensor out = c.output();
  for (std::int64_t first = 0; first < x.count(); first += run) {
    const Moments m = moments(x, first, members);
    for (std::int64_t i = first; i < first + run; ++i) {
      const std::int64_t k = i / s.inner % s.length;
      const double y = (x.at(i) - m.mean) / std::sqrt(m.variance + epsilon);
      out.set(i, y * parameter(gamma, k, 1) + parameter(beta, k, 0));
    }
  }
  return out;
}
Result<Tensors> eval_instance(const InstanceNorm& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  return Tensors{normalize_groups(x, 1, rounded_to(x.dtype(), op.epsilon), given(op.gamma, c),
                                  given(op.beta, c), c)};
}
Result<Tensors> eval_group(const GroupNorm& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const std::int64_t width = x.dims()[1] / op.num_groups;
  return Tensors{normalize_groups(x, width, rounded_to(x.dtype(), op.epsilon), given(op.gamma, c),
                                  given(op.beta, c), c)};
}

Result<Tensors> eval_layer(const LayerNorm& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const Tensor *gamma = given(op.gamma, c), *beta = given(op.beta, c);
  TRY(const auto axes, layer_axes(op, x.rank()));
  const double epsilon = rounded_to(x.dtype(), op.epsilon);
  const Groups groups(x.dims(), axes);
  Tensor out = c.output();
  groups.each([&](std::int64_t, std::int64_t first) {
    const Moments m = moments(x, first, groups.members());
    std::int64_t j = 0;
    for (const auto offset : groups.members()) {
      const double y = (x.at(first + offset) - m.mean) / std::sqrt(m.variance + epsilon);
      out.set(first + offset, y * parameter(gamma, j, 1) + parameter(beta, j, 0));
      ++j;
    }
  });
  return Tensors{std::move(out)};
}

/// Sum of squares of a group.
double power(const Tensor& x, std::int64_t first, const std::vector<std::int64_t>& members) {
  double sum = 0;
  for (const auto j : members) sum += x.at(first + j) * x.at(first + j);
  return sum;
}

Result<Tensors> eval_rms(const RmsNorm& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const Tensor* gamma = given(op.gamma, c);
  TRY(const auto axes, sorted_axes(op.axes, x.rank()));
  const double epsilon = rounded_to(x.dtype(), op.epsilon);
  const Groups groups(x.dims(), axes);
  Tensor out = c.output();
  groups.each([&](std::int64_t, std::int64_t first) {
    const double mean =
        power(x, first, groups.members()) / static_cast<double>(groups.members().size());
    std::int64_t j = 0;
    for (const auto offset : groups.members()) {
      out.set(first + offset,
              x.at(first + offset) / std::sqrt(mean + epsilon) * parameter(gamma, j++, 1));
    }
  });
  return Tensors{std::move(out)};
}

Result<Tensors> eval_l2(const L2Norm& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const std::int64_t r = x.rank();
  const double epsilon = rounded_to(x.dtype(), op.epsilon);
  const Groups groups(x.dims(), {r - 3, r - 2, r - 1});
  Tensor out = c.output();
  groups.each([&](std::int64_t, std::int64_t first) {
    const double norm = std::sqrt(power(x, first, groups.members()) + epsilon);
    for (const auto j : groups.members()) out.set(first + j, x.at(first + j) / norm);
  });
  return Tensors{std::move(out)};
}

Result<Tensors> eval_local(const LocalResponseNorm& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const AxisSplit s = split_at(x.dims(), x.rank() - 3);
  Tensor out = c.output();
  const double alpha = rounded_to(x.dtype(), op.alpha), beta = rounded_to(x.dtype(), op.beta);
  const double bias = rounded_to(x.dtype(), op.k);
  for (std::int64_t o = 0; o < s.outer; ++o) {
    for (std::int64_t k = 0; k < s.length; ++k) {
      const std::int64_t from = std::max<std::int64_t>(0, k - op.size / 2);
      const std::int64_t to = std::min(s.length - 1, k + (op.size - 1) / 2);
      for (std::int64_t i = 0; i < s.inner; ++i) {
        double sum = 0;
        for (std::int64_t j = from; j <= to; ++j) sum += x.at(s.at(o, j, i)) * x.at(s.at(o, j, i));
        const double scale = std::pow(bias + alpha / static_cast<double>(op.size) * sum, beta);
        out.set(s.at(o, k, i), x.at(s.at(o, k, i)) / scale);
      }
    }
  }
  return Tensors{std::move(out)};
}

}  // namespace

OpSchema batch_norm_schema() {
  return make_schema<BatchNorm>(
      {.name = "batch_norm",
       .doc = "gamma * (x - mean) / sqrt(variance + epsilon) + beta, per channel of axis 1.",
       .mil = {"batch_norm"},
       .traits = traits::computation(Accumulates::nothing, Overflow::floats).of_scale(Scale::own),
       .bounds = bounds_of_batch,
       .cost = cost::traffic,
       .infer = infer_batch,
       .eval = eval_batch},
      operand<&BatchNorm::x>("x", kFloats, "[n, C, ...]."),
      operand<&BatchNorm::mean>("mean", kFloats, "[C].").constant_in_mil().grouped('U'),
      operand<&BatchNorm::variance>("variance", kFloats, "[C].").constant_in_mil().grouped('U'),
      optional_operand<&BatchNorm::gamma>("gamma", kFloats, "[C]; absent: 1.")
          .constant_in_mil()
          .grouped('U'),
      optional_operand<&BatchNorm::beta>("beta", kFloats, "[C]; absent: 0.")
          .constant_in_mil()
          .grouped('U'),
      attr<&BatchNorm::epsilon>("epsilon", "Added to the variance."));
}

OpSchema instance_norm_schema() {
  return make_schema<InstanceNorm>(
      {.name = "instance_norm",
       .doc =
           "gamma * (x - mean) / sqrt(variance + epsilon) + beta, with the moments of each (n, c).",
       .mil = {"instance_norm"},
       .traits = traits::normalization(Overflow::floats).of_scale(Scale::own),
       .bounds =
           [](const auto& op, const BoundsContext& c) {
             return normalized_bounds(c, members_from(c, op.x, 2), op.gamma, op.beta, op.epsilon);
           },
       .cost = cost::traffic,
       .infer = infer_instance,
       .eval = eval_instance},
      operand<&InstanceNorm::x>("x", kFloats, "[n, C, ...], rank 3 or more."),
      optional_operand<&InstanceNorm::gamma>("gamma", kFloats, "[C]; absent: 1.")
          .constant_in_mil()
          .grouped('U'),
      optional_operand<&InstanceNorm::beta>("beta", kFloats, "[C]; absent: 0.")
          .constant_in_mil()
          .grouped('U'),
      attr<&InstanceNorm::epsilon>("epsilon", "Added to the variance."));
}

OpSchema group_norm_schema() {
  return make_schema<GroupNorm>(
      {.name = "group_norm",
       .doc = "gamma * (x - mean) / sqrt(variance + epsilon) + beta, with the moments of each "
              "group of channels.",
       .traits = traits::normalization(Overflow::floats),
       .bounds =
           [](const auto& op, const BoundsContext& c) {
             return normalized_bounds(c, members_from(c, op.x, 1), op.gamma, op.beta, op.epsilon);
           },
       .cost = cost::traffic,
       .infer = infer_group,
       .eval = eval_group},
      operand<&GroupNorm::x>("x", kFloats, "[n, C, ...]."),
      optional_operand<&GroupNorm::gamma>("gamma", kFloats, "[C]; absent: 1.").grouped('U'),
      optional_operand<&GroupNorm::beta>("beta", kFloats, "[C]; absent: 0.").grouped('U'),
      attr<&GroupNorm::num_groups>("num_groups", "Divides C."),
      attr<&GroupNorm::epsilon>("epsilon", "Added to the variance."));
}

OpSchema layer_norm_schema() {
  return make_schema<LayerNorm>(
      {.name = "layer_norm",
       .doc = "gamma * (x - mean) / sqrt(variance + epsilon) + beta, with the moments over `axes`.",
       .mil = {"layer_norm"},
       .traits = traits::normalization(Overflow::floats).of_scale(Scale::own),
       .bounds =
           [](const auto& op, const BoundsContext& c) {
             return normalized_bounds(c, members_along(c, op.x, op.axes), op.gamma, op.beta,
                                      op.epsilon);
           },
       .cost = cost::traffic,
       .infer = infer_layer,
       .eval = eval_layer},
      operand<&LayerNorm::x>("x", kFloats, "Input."), attr<&LayerNorm::axes>("axes", "Unset: all."),
      optional_operand<&LayerNorm::gamma>("gamma", kFloats, "x's sizes along the axes; absent: 1.")
          .constant_in_mil()
          .grouped('U'),
      optional_operand<&LayerNorm::beta>("beta", kFloats, "x's sizes along the axes; absent: 0.")
          .constant_in_mil()
          .grouped('U'),
      attr<&LayerNorm::epsilon>("epsilon", "Added to the variance."));
}

OpSchema rms_norm_schema() {
  return make_schema<RmsNorm>(
      {.name = "rms_norm",
       .doc = "gamma * x / sqrt(mean(x^2) + epsilon), the mean over `axes`.",
       .traits = traits::normalization(Overflow::floats),
       .bounds =
           [](const auto& op, const BoundsContext& c) {
             return normalized_bounds(c, members_along(c, op.x, op.axes), op.gamma, {}, op.epsilon);
           },
       .cost = cost::traffic,
       .infer = infer_rms,
       .eval = eval_rms},
      operand<&RmsNorm::x>("x", kFloats, "Input."),
      optional_operand<&RmsNorm::gamma>("gamma", kFloats, "x's sizes along the axes; absent: 1."),
      attr<&RmsNorm::axes>("axes", "Negative counts from the end."),
      attr<&RmsNorm::epsilon>("epsilon", "Added to the mean square."));
}

OpSchema l2_norm_schema() {
  return make_schema<L2Norm>(
      {.name = "l2_norm",
       .doc = "x / sqrt(sum(x^2) + epsilon), the sum over the last three axes.",
       .mil = {"l2_norm"},
       .traits = traits::normalization(Overflow::never)
                     .of_scale(Scale::own)
                     .needing(Digits::sums_of_squares),
       .bounds =
           [](const L2Norm& op, const BoundsContext&) {
             return op.epsilon >= 0 ? bounds::within(-1, 1) : Interval();
           },
       .cost = cost::traffic,
       .infer = infer_l2,
       .eval = eval_l2},
      operand<&L2Norm::x>("x", kFloats, "Rank 3 or more."),
      attr<&L2Norm::epsilon>("epsilon", "Added to the sum."));
}

OpSchema local_response_norm_schema() {
  return make_schema<LocalResponseNorm>(
      {.name = "local_response_norm",
       .doc =
           "x / (k + alpha / size * sum(x^2))^beta, the sum over `size` neighbours along axis -3.",
       .mil = {"local_response_norm"},
       .traits = traits::normalization(Overflow::floats),
       .bounds = bounds::unknown,
       .cost = cost::traffic,
       .infer = infer_local,
       .eval = eval_local},
      operand<&LocalResponseNorm::x>("x", kFloats, "[n, C, h, w]; rank 3 or more."),
      attr<&LocalResponseNorm::size>(
          "size", "Channels in the window: c - size / 2 ... c + (size - 1) / 2."),
      attr<&LocalResponseNorm::alpha>("alpha", "As in the formula."),
      attr<&LocalResponseNorm::beta>("beta", "Exponent."),
      attr<&LocalResponseNorm::k>("k", "As in the formula."));
}

}  // namespace corecast::op
