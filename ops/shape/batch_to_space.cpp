#include "ops/shape/batch_to_space.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

// Checks what both ops share, and gives [top, bottom, left, right].
Result<Dims> margins(const Type& x, const std::vector<std::int64_t>& block, ValueId v,
                     const InferContext& c) {
  if (x.rank() != 4) return infer_error("x must have rank 4, not ", x.rank());
  if (block.size() != 2 || block[0] < 1 || block[1] < 1 || block[0] > 65535 || block[1] > 65535) {
    return infer_error("block_shape [", join(block), "] must be two positive numbers");
  }
  if (!(c.shape(v) == Shape{2, 2}))
    return infer_error("crops or paddings must be [2,2], not ", ir::to_string(c.shape(v)));
  const auto values = known_ints(v, c);
  if (!values) return infer_error("crops or paddings is not constant");
  for (const auto m : *values) {
    if (m < 0) return infer_error("crops or paddings [", join(*values), "] has a negative entry");
  }
  return ir::make_shape(*values);
}

Result<Dim> divided(const Dim& d, std::int64_t by, std::string_view what) {
  if (const auto exact = exact_div(d, Dim(by))) return *exact;
  if (d.is_constant())
    return infer_error("the ", what, " ", d.to_string(), " is not a multiple of ", by);
  return floor_div(d, Dim(by));
}

Result<Types> infer_b2s(const BatchToSpace& op, InferContext& c) {
  const Type& x = c.type(op.x);
  TRY(const Dims m, margins(x, op.block_shape, op.crops, c));
  TRY(const Dim batch, divided(x.shape[0], op.block_shape[0] * op.block_shape[1], "batch size"));
  const Dim height = x.shape[2] * Dim(op.block_shape[0]) - m[0] - m[1];
  const Dim width = x.shape[3] * Dim(op.block_shape[1]) - m[2] - m[3];
  return Types{Type(x.dtype, {batch, x.shape[1], height, width})};
}

Result<Types> infer_s2b(const SpaceToBatch& op, InferContext& c) {
  const Type& x = c.type(op.x);
  TRY(const Dims m, margins(x, op.block_shape, op.paddings, c));
  TRY(const Dim height, divided(x.shape[2] + m[0] + m[1], op.block_shape[0], "padded height"));
  TRY(const Dim width, divided(x.shape[3] + m[2] + m[3], op.block_shape[1], "padded width"));
  return Types{Type(x.dtype, {x.shape[0] * Dim(op.block_shape[0] * op.block_shape[1]), x.shape[1],
                              height, width})};
}

Result<Tensors> eval_b2s(const BatchToSpace& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const auto m = c.tensor(op.crops).to_ints();
  const std::int64_t bh = op.block_shape[0], bw = op.block_shape[1];
  const auto& d = x.dims();
  if (d[0] % (bh * bw) != 0)
    return eval_error("the batch size ", d[0], " is not a multiple of ", bh * bw);
  const std::int64_t n = d[0] / (bh * bw), h = d[2] * bh, w = d[3] * bw;
  if (m[0] + m[1] > h || m[2] + m[3] > w)
    return eval_error("crops [", join(m), "] exceed ", h, " by ", w);
  const auto s = row_major_strides({bh, bw, n, d[1], d[2], d[3]});
  const Tensor full =
      copy_view(x, {0, {s[2], s[3], s[4], s[0], s[5], s[1]}, {n, d[1], d[2], bh, d[3], bw}})
          .reshaped({n, d[1], h, w});
  View v = whole(full.dims());
  v.offset = m[0] * w + m[2];
  v.dims[2] -= m[0] + m[1];
  v.dims[3] -= m[2] + m[3];
  return Tensors{copy_view(full, v)};
}

Result<Tensors> eval_s2b(const SpaceToBatch& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const auto m = c.tensor(op.paddings).to_ints();
  const std::int64_t bh = op.block_shape[0], bw = op.block_shape[1];
  const auto& d = x.dims();
  const std::int64_t h = d[2] + m[0] + m[1], w = d[3] + m[2] + m[3];
  if (h % bh != 0 || w % bw != 0)
    return eval_error("the padded size ", h, " by ", w, " is not a multiple of ", bh, " by ", bw);
  const Tensor full = rearrange(x, {d[0], d[1], h, w}, [&](std::int64_t i) {
    const std::int64_t column = i % w - m[2], row = i / w % h - m[0], image = i / w / h;
    const bool inside = row >= 0 && row < d[2] && column >= 0 && column < d[3];
    return inside ? (image * d[2] + row) * d[3] + column : -1;
  });
  const auto s = row_major_strides({d[0], d[1], h / bh, bh, w / bw, bw});
  return Tensors{
      copy_view(full,
                {0, {s[3], s[5], s[0], s[1], s[2], s[4]}, {bh, bw, d[0], d[1], h / bh, w / bw}})
          .reshaped({d[0] * bh * bw, d[1], h / bh, w / bw})};
}

}  // namespace

OpSchema batch_to_space_schema() {
  using Op = BatchToSpace;
  return make_schema<Op>(
      {.name = "batch_to_space",
       .doc = "Interleaves batches into pixels: [n,C,H,W] to [n/(bh*bw),C,H*bh,W*bw], then crops.",
       .mil = {"batch_to_space"},
       .traits = traits::selection(),
       .bounds = bounds::of(&Op::x),
       .cost = cost::of_results,
       .infer = infer_b2s,
       .eval = eval_b2s},
      operand<&Op::x>("x", kAny, "Input [n,C,H,W].").takes_in_mil(kMilFloats),
      attr<&Op::block_shape>("block_shape", "[bh, bw]."),
      operand<&Op::crops>("crops", kIndices, "[[top, bottom], [left, right]].").constant_in_mil());
}

OpSchema space_to_batch_schema() {
  using Op = SpaceToBatch;
  return make_schema<Op>(
      {.name = "space_to_batch",
       .doc = "Pads with zeros, then spreads pixels over batches: the inverse of batch_to_space.",
       .mil = {"space_to_batch"},
       .traits = traits::filling(),
       .bounds = bounds::of_or_zero(&Op::x),
       .cost = cost::traffic,
       .infer = infer_s2b,
       .eval = eval_s2b},
      operand<&Op::x>("x", kAny, "Input [n,C,H,W].").takes_in_mil(kMilFloats),
      attr<&Op::block_shape>("block_shape", "[bh, bw]."),
      operand<&Op::paddings>("paddings", kIndices, "[[top, bottom], [left, right]].")
          .constant_in_mil());
}

}  // namespace corecast::op
