#include "ops/indexing/gather.h"

#include <algorithm>

#include "ops/indexing/indexing.h"

namespace corecast::op {

namespace {

// A small constant index that no run can make valid is an error of the model.
Status check_constant(ValueId indices, const Dim& size, bool wraps, const InferContext& c) {
  const auto values = known_ints(indices, c);
  if (!values || !size.is_constant()) return {};
  TRY_VOID(places_of(*values, size.value(), wraps));
  return {};
}

// --- gather ----------------------------------------------------------------------------------

Result<std::int64_t> gather_axis(const Gather& op, std::int64_t x_rank, std::int64_t indices_rank) {
  TRY(const std::int64_t axis, normalize_axis(op.axis, x_rank));
  if (op.batch_dims < 0 || op.batch_dims > axis || op.batch_dims > indices_rank) {
    return infer_error("batch_dims ", op.batch_dims, " is outside [0, ",
                       std::min(axis, indices_rank), "]");
  }
  return axis;
}

template <class T>
std::vector<T> gathered(const std::vector<T>& x, const std::vector<T>& indices, std::int64_t axis,
                        std::int64_t batch_dims) {
  std::vector<T> out(x.begin(), x.begin() + axis);
  out.insert(out.end(), indices.begin() + batch_dims, indices.end());
  out.insert(out.end(), x.begin() + axis + 1, x.end());
  return out;
}

// First element of x of each run of `inner` elements, in the result's order.
Result<std::vector<std::int64_t>> gather_runs(const std::vector<std::int64_t>& x,
                                              const std::vector<std::int64_t>& index_dims,
                                              const std::vector<std::int64_t>& indices,
                                              std::int64_t axis, const Gather& op,
                                              std::int64_t& inner) {
  const auto at = [](std::int64_t i) { return static_cast<std::size_t>(i); };
  const std::int64_t batch_dims = op.batch_dims;
  std::int64_t batch = 1, outer = 1, per_batch = 1;
  for (std::int64_t i = 0; i < batch_dims; ++i) {
    if (x[at(i)] != index_dims[at(i)]) {
      return eval_error("x has size ", x[at(i)], " and indices ", index_dims[at(i)],
                        " in batch dimension ", i);
    }
    batch *= x[at(i)];
  }
  for (std::int64_t i = batch_dims; i < axis; ++i) outer *= x[at(i)];
  inner = 1;
  for (std::size_t i = at(axis) + 1; i < x.size(); ++i) inner *= x[i];
  for (std::size_t i = at(batch_dims); i < index_dims.size(); ++i) per_batch *= index_dims[i];
  const std::int64_t size = x[at(axis)];
  TRY(const auto places, places_of(indices, size, op.wraps));
  std::vector<std::int64_t> runs;
  for (std::int64_t b = 0; b < batch; ++b) {
    for (std::int64_t o = 0; o < outer; ++o) {
      for (std::int64_t k = 0; k < per_batch; ++k) {
        runs.push_back(((b * outer + o) * size + places[at(b * per_batch + k)]) * inner);
      }
    }
  }
  return runs;
}

Result<Types> infer_gather(const Gather& op, InferContext& c) {
  const Shape &x = c.shape(op.x), &indices = c.shape(op.indices);
  TRY(const std::int64_t axis, gather_axis(op, c.rank(op.x), c.rank(op.indices)));
  for (std::int64_t i = 0; i < op.batch_dims; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (!must_equal(x[at], indices[at])) {
      return infer_error("x ", ir::to_string(x), " and indices ", ir::to_string(indices),
                         " differ in batch dimension ", i);
    }
  }
  TRY_VOID(check_constant(op.indices, x[static_cast<std::size_t>(axis)], op.wraps, c));
  return Types{Type(c.dtype(op.x), gathered(x, indices, axis, op.batch_dims))};
}

Result<Tensors> eval_gather(const Gather& op, EvalContext& c) {
  const Tensor &x = c.tensor(op.x), &indices = c.tensor(op.indices);
  TRY(const std::int64_t axis, gather_axis(op, x.rank(), indices.rank()));
  std::int64_t inner = 1;
  TRY(const auto runs, gather_runs(x.dims(), indices.dims(), indices.to_ints(), axis, op, inner));
  return Tensors{
      copy_runs(x, runs, inner, gathered(x.dims(), indices.dims(), axis, op.batch_dims))};
}

std::optional<Dims> known_gather(const Gather& op, const InferContext& c) {
  const auto x = c.known(op.x);
  const auto indices = known_ints(op.indices, c);
  const auto x_dims = known_dims(op.x, c), index_dims = known_dims(op.indices, c);
  const auto axis = gather_axis(op, c.rank(op.x), c.rank(op.indices));
  if (!x || !indices || !x_dims || !index_dims || !axis) return std::nullopt;
  std::int64_t inner = 1;
  const auto runs = gather_runs(*x_dims, *index_dims, *indices, *axis, op, inner);
  if (!runs) return std::nullopt;
  Dims out;
  for (const auto run : *runs) {
    for (std::int64_t i = 0; i < inner; ++i) out.push_back((*x)[static_cast<std::size_t>(run + i)]);
    if (static_cast<std::int64_t>(out.size()) > kKnownLimit) return std::nullopt;
  }
  return out;
}

// --- gather_along_axis -----------------------------------------------------------------------

Result<Types> infer_along(const GatherAlongAxis& op, InferContext& c) {
  const Shape &x = c.shape(op.x), &indices = c.shape(op.indices);
  TRY(const std::int64_t axis, normalize_axis(op.axis, c.rank(op.x)));
  TRY_VOID(check_along(x, indices, axis, "x"));
  TRY_VOID(check_constant(op.indices, x[static_cast<std::size_t>(axis)], op.wraps, c));
  return Types{Type(c.dtype(op.x), indices)};
}

Result<Tensors> eval_along(const GatherAlongAxis& op, EvalContext& c) {
  const Tensor &x = c.tensor(op.x), &indices = c.tensor(op.indices);
  TRY(const std::int64_t axis, normalize_axis(op.axis, x.rank()));
  TRY(const auto at, positions_along(x.dims(), indices, axis, op.wraps));
  return Tensors{copy_runs(x, at, 1, indices.dims())};
}

// --- gather_nd -------------------------------------------------------------------------------

Result<Types> infer_nd(const GatherNd& op, InferContext& c) {
  TRY(Shape out, shape_nd(c.shape(op.x), c.shape(op.indices), op.batch_dims));
  return Types{Type(c.dtype(op.x), std::move(out))};
}

Result<Tensors> eval_nd(const GatherNd& op, EvalContext& c) {
  const Tensor &x = c.tensor(op.x), &indices = c.tensor(op.indices);
  TRY(const Shape out,
      shape_nd(ir::make_shape(x.dims()), ir::make_shape(indices.dims()), op.batch_dims));
  std::int64_t inner = 1;
  TRY(const auto runs, positions_nd(x.dims(), indices, op.batch_dims, op.wraps, inner));
  return Tensors{copy_runs(x, runs, inner, ir::static_dims(out))};
}

constexpr std::string_view kValidateDoc =
    "True: Core ML fails on an index out of range, instead of reading anything.";

}  // namespace

OpSchema gather_schema() {
  using Op = Gather;
  return make_schema<Op>(
      {.name = "gather",
       .doc = "Slices of x along an axis, by index (numpy.take; tf.gather with batch_dims).",
       .mil = {"gather"},
       .traits = traits::selection(Walk::positions | Walk::sign),
       .bounds = bounds::of(&Op::x),
       .cost = cost::of_results,
       .infer = infer_gather,
       .eval = eval_gather,
       .known = known_gather},
      operand<&Op::x>("x", kAny, "Input.").takes_in_mil(kMilNumbers),
      operand<&Op::indices>("indices", kIndices, kIndicesDoc),
      attr<&Op::axis>("axis", "The dimension of x that is indexed."),
      attr<&Op::batch_dims>("batch_dims", "Leading dimensions that x and indices share.")
          .since(Target::ios16),
      attr<&Op::wraps>("wraps", kWrapsDoc).not_in_mil(),
      attr<&Op::validate_indices>("validate_indices", kValidateDoc).since(Target::ios17));
}

OpSchema gather_along_axis_schema() {
  using Op = GatherAlongAxis;
  return make_schema<Op>(
      {.name = "gather_along_axis",
       .doc = "out[i,j,k] = x[i,indices[i,j,k],k] for axis 1 (numpy.take_along_axis).",
       .mil = {"gather_along_axis"},
       .traits = traits::selection(),
       .bounds = bounds::of(&Op::x),
       .cost = cost::of_results,
       .infer = infer_along,
       .eval = eval_along},
      operand<&Op::x>("x", kAny, "Input.").takes_in_mil(kMilNumbers),
      operand<&Op::indices>("indices", kIndices, kIndicesDoc),
      attr<&Op::axis>("axis", "The dimension of x that is indexed."),
      attr<&Op::wraps>("wraps", kWrapsDoc).not_in_mil(),
      attr<&Op::validate_indices>("validate_indices", kValidateDoc).since(Target::ios17));
}

OpSchema gather_nd_schema() {
  using Op = GatherNd;
  return make_schema<Op>(
      {.name = "gather_nd",
       .doc = "Slices of x by multi-index: the last dimension of indices walks through the first "
              "ones of x.",
       .mil = {"gather_nd"},
       .traits = traits::selection(),
       .bounds = bounds::of(&Op::x),
       .cost = cost::of_results,
       .infer = infer_nd,
       .eval = eval_nd},
      operand<&Op::x>("x", kAny, "Input.").takes_in_mil(kMilNumbers),
      operand<&Op::indices>("indices", kIndices, kIndicesDoc),
      attr<&Op::batch_dims>("batch_dims", "Leading dimensions that x and indices share.")
          .since(Target::ios16),
      attr<&Op::wraps>("wraps", kWrapsDoc).not_in_mil(),
      attr<&Op::validate_indices>("validate_indices", kValidateDoc).since(Target::ios17));
}

}  // namespace corecast::op
