#include "ops/shape/reshape.h"

#include <algorithm>

#include "ir/function.h"
#include "ops/detail/view.h"

namespace corecast::op {

namespace {

// The sizes that reshaping `x` by these values of `shape` gives; exact for symbols. `copy_zeros`: a
// 0 stands for a size of x.
Result<Shape> reshaped(const Shape& x, const Dims& shape, bool copy_zeros = true) {
  Shape out;
  std::optional<std::size_t> rest;
  Dim product = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    Dim d = shape[i];
    if (d == Dim(-1)) {
      if (rest) return infer_error("shape ", ir::to_string(shape), " has more than one -1");
      rest = i;
      out.push_back(1);
      continue;
    }
    const std::size_t from_end = shape.size() - i;
    if (d == Dim(0) && copy_zeros) d = from_end <= x.size() ? x[x.size() - from_end] : Dim(1);
    if (d.is_constant() && d.value() < 0)
      return infer_error("shape ", ir::to_string(shape), " has a negative size");
    product = product * d;
    out.push_back(d);
  }
  const Dim count = ir::element_count(x);
  const auto misfit = [&] {
    return infer_error("shape ", ir::to_string(shape), " does not hold the elements of ",
                       ir::to_string(x));
  };
  if (rest) {
    if (product == Dim(0))
      return infer_error("a size of 0 leaves -1 undetermined in shape ", ir::to_string(shape));
    const auto exact = exact_div(count, product);
    if (!exact && count.is_constant() && product.is_constant()) return misfit();
    if (!exact) ir::take_equal(count, product * floor_div(count, product));
    out[*rest] = exact ? *exact : floor_div(count, product);
  } else if (!must_equal(count, product)) {
    // A size computed at run time is 0 itself when the tensor is empty: a cache without entries
    // yet.
    if (count == Dim(0) && copy_zeros) return reshaped(x, shape, false);
    return misfit();
  }
  return out;
}

Result<Tensors> under(const Tensor& x, const Shape& shape) {
  TRY(auto dims, actual_dims(shape, "shape"));
  if (*ir::element_count(dims) != x.count()) {
    return eval_error("shape ", ir::to_string(shape), " does not hold ", x.count(), " elements");
  }
  return Tensors{x.reshaped(std::move(dims))};
}

template <class Op>
std::optional<Dims> known_same(const Op& op, const InferContext& c) {
  return c.known(op.x);
}

// --- reshape ---------------------------------------------------------------------------------

Result<Types> infer_reshape(const Reshape& op, InferContext& c) {
  const Type& x = c.type(op.x);
  TRY(const std::int64_t length, vector_length(op.shape, "shape", c));
  if (const auto shape = c.known(op.shape)) {
    TRY(Shape out, reshaped(x.shape, *shape));
    return Types{Type(x.dtype, std::move(out))};
  }
  // All elements in one dimension, whatever `shape` says.
  if (length == 1) return Types{Type(x.dtype, {ir::element_count(x.shape)})};
  if (length == 0 && !must_equal(ir::element_count(x.shape), Dim(1)))
    return infer_error("a scalar does not hold the elements of ", ir::to_string(x.shape));
  return Types{Type(x.dtype, fresh_shape(length, c))};
}

Result<Tensors> eval_reshape(const Reshape& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const Shape out, reshaped(ir::make_shape(x.dims()), dims_of(c.tensor(op.shape))));
  return under(x, out);
}

// --- reshape_like ----------------------------------------------------------------------------

Result<Shape> joined(const ReshapeLike& op, const std::vector<Shape>& refs) {
  const std::size_t n = refs.size();
  if (op.begins.size() != n || op.ends.size() != n || op.end_masks.size() != n) {
    return infer_error("begins, ends and end_masks must have one value per ref_tensor (", n, ")");
  }
  Shape out;
  for (std::size_t i = 0; i < n; ++i) {
    const auto rank = static_cast<std::int64_t>(refs[i].size());
    const auto clamp = [&](std::int64_t at) {
      return std::clamp(at < 0 ? at + rank : at, std::int64_t{0}, rank);
    };
    const std::int64_t end = op.end_masks[i] ? rank : clamp(op.ends[i]);
    for (std::int64_t at = clamp(op.begins[i]); at < end; ++at)
      out.push_back(refs[i][static_cast<std::size_t>(at)]);
  }
  return out;
}

Result<Types> infer_like(const ReshapeLike& op, InferContext& c) {
  std::vector<Shape> refs;
  for (const ValueId v : op.ref_tensors) refs.push_back(c.shape(v));
  TRY(Shape out, joined(op, refs));
  const Type& x = c.type(op.x);
  if (!must_equal(ir::element_count(x.shape), ir::element_count(out))) {
    return infer_error("the sizes ", ir::to_string(out), " do not hold the elements of ",
                       ir::to_string(x.shape));
  }
  return Types{Type(x.dtype, std::move(out))};
}

Result<Tensors> eval_like(const ReshapeLike& op, EvalContext& c) {
  std::vector<Shape> refs;
  for (const ValueId v : op.ref_tensors) refs.push_back(ir::make_shape(c.tensor(v).dims()));
  TRY(const Shape out, joined(op, refs));
  return under(c.tensor(op.x), out);
}

// --- flatten2d -------------------------------------------------------------------------------

Result<Shape> flattened(const Shape& x, std::int64_t axis) {
  const auto rank = static_cast<std::int64_t>(x.size());
  if (axis < -rank || axis > rank)
    return infer_error("axis ", axis, " is outside [", -rank, ", ", rank, "]");
  if (axis < 0) axis += rank;
  Shape out = {1, 1};
  for (std::int64_t i = 0; i < rank; ++i) {
    Dim& d = out[i < axis ? 0 : 1];
    d = d * x[static_cast<std::size_t>(i)];
  }
  return out;
}

Result<Types> infer_flatten(const Flatten2d& op, InferContext& c) {
  TRY(Shape out, flattened(c.shape(op.x), op.axis));
  return Types{Type(c.dtype(op.x), std::move(out))};
}

Result<Tensors> eval_flatten(const Flatten2d& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const Shape out, flattened(ir::make_shape(x.dims()), op.axis));
  return under(x, out);
}

/// A 0 among the sizes is that of x at the same distance from the end; to MIL it was once the size
/// at the same place, which differs where the ranks do.
bool counts_from_end(const ir::Function& f, ir::OpId id) {
  const auto op = *f.get_if<Reshape>(id);
  const Tensor* shape = f.constant(op.shape);
  if (!shape || shape->count() == f.type(op.x).rank()) return false;
  const auto to = shape->to_ints();
  return std::find(to.begin(), to.end(), 0) != to.end();
}

}  // namespace

OpSchema reshape_schema() {
  return make_schema<Reshape>(
      {.name = "reshape",
       .doc = "The same elements, in row-major order, under the sizes `shape`.",
       .mil = {.name = "reshape", .forms = {{"zero_from_end", Target::ios17, counts_from_end}}},
       .traits = traits::view(Walks::all()),
       .bounds = bounds::of(&Reshape::x),
       .cost = cost::nothing,
       .infer = infer_reshape,
       .eval = eval_reshape,
       .known = known_same<Reshape>},
      operand<&Reshape::x>("x", kAny, "Input."),
      operand<&Reshape::shape>("shape", kIndices,
                               "Sizes; -1 takes what is left, 0 the size of x at the same "
                               "distance from the end."));
}

OpSchema reshape_like_schema() {
  return make_schema<ReshapeLike>(
      {.name = "reshape_like",
       .doc = "x under sizes taken from other tensors: ref_tensors[i].shape[begins[i]:ends[i]], "
              "joined.",
       .mil = {"reshape_like", Target::ios16},
       .traits = traits::view({}),
       .bounds = bounds::of(&ReshapeLike::x),
       .cost = cost::nothing,
       .infer = infer_like,
       .eval = eval_like,
       .known = known_same<ReshapeLike>},
      operand<&ReshapeLike::x>("x", kAny, "Input."),
      operand<&ReshapeLike::ref_tensors>("ref_tensors", kAny, "Tensors whose sizes are used."),
      attr<&ReshapeLike::begins>("begins", "First dimension taken, per ref_tensor.").tuple_in_mil(),
      attr<&ReshapeLike::ends>("ends", "Dimension after the last one taken, per ref_tensor.")
          .tuple_in_mil(),
      attr<&ReshapeLike::end_masks>("end_masks",
                                    "True: take all dimensions from begins on, per ref_tensor.")
          .tuple_in_mil());
}

OpSchema flatten2d_schema() {
  return make_schema<Flatten2d>(
      {.name = "flatten2d",
       .doc = "x as a matrix: dimensions before `axis` become rows, the others columns.",
       .mil = {"flatten2d"},
       .traits = traits::view(Walk::shapes),
       .bounds = bounds::of(&Flatten2d::x),
       .cost = cost::nothing,
       .infer = infer_flatten,
       .eval = eval_flatten,
       .known = known_same<Flatten2d>},
      operand<&Flatten2d::x>("x", kAny, "Input."),
      attr<&Flatten2d::axis>("axis", "First dimension of the columns, in [-rank, rank]."));
}

}  // namespace corecast::op
