#include "ops/shape/tile.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

Result<Shape> tiled(const Shape& x, const Dims& reps) {
  if (reps.size() != x.size()) {
    return infer_error("reps ", ir::to_string(reps), " must have ", x.size(),
                       " entries, one per dimension of x");
  }
  Shape out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (reps[i].is_constant() && reps[i].value() < 0)
      return infer_error("reps ", ir::to_string(reps), " has a negative entry");
    out.push_back(x[i] * reps[i]);
  }
  return out;
}

// Read as [r0, d0, r1, d1, ...], repeated dimensions having stride 0.
View repeated(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& out) {
  const auto strides = row_major_strides(dims);
  View v;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    v.dims.insert(v.dims.end(), {dims[i] == 0 ? 0 : out[i] / dims[i], dims[i]});
    v.strides.insert(v.strides.end(), {0, strides[i]});
  }
  return v;
}

Result<Types> infer(const Tile& op, InferContext& c) {
  const Type& x = c.type(op.x);
  TRY(const std::int64_t length, vector_length(op.reps, "reps", c));
  if (length != x.rank())
    return infer_error("reps must have ", x.rank(), " entries, one per dimension of x, not ",
                       length);
  const auto reps = c.known(op.reps);
  TRY(Shape out, tiled(x.shape, reps ? *reps : fresh_shape(length, c)));
  return Types{Type(x.dtype, std::move(out))};
}

Result<Tensors> eval(const Tile& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const Shape shape, tiled(ir::make_shape(x.dims()), dims_of(c.tensor(op.reps))));
  TRY(const auto dims, actual_dims(shape, "reps"));
  return Tensors{copy_view(x, repeated(x.dims(), dims)).reshaped(dims)};
}

std::optional<Dims> known(const Tile& op, const InferContext& c) {
  const auto x = c.known(op.x), reps = c.known(op.reps);
  const auto dims = known_dims(op.x, c);
  if (!x || !reps || !dims) return std::nullopt;
  const auto shape = tiled(c.shape(op.x), *reps);
  const auto out = shape ? known_dims(*shape) : std::nullopt;
  if (!out) return std::nullopt;
  return copy_view(*x, repeated(*dims, *out));
}

}  // namespace

OpSchema tile_schema() {
  return make_schema<Tile>(
      {.name = "tile",
       .doc = "Repeats a tensor: out.shape[i] = x.shape[i] * reps[i].",
       .mil = {"tile"},
       .traits = traits::selection(Walk::positions | Walk::sign),
       .bounds = bounds::of(&Tile::x),
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval,
       .known = known},
      operand<&Tile::x>("x", kAny, "Input."),
      operand<&Tile::reps>("reps", kIndices, "Number of repetitions per dimension."));
}

}  // namespace corecast::op
