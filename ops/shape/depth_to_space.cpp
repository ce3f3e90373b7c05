#include "ops/shape/depth_to_space.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

Result<Dim> divided(const Dim& size, std::int64_t by, std::string_view what) {
  if (const auto exact = exact_div(size, Dim(by))) return *exact;
  if (size.is_constant())
    return infer_error("the ", what, " ", size.to_string(), " is not a multiple of ", by);
  return floor_div(size, Dim(by));
}

Status check(const Type& x, std::int64_t factor) {
  if (x.rank() != 4) return infer_error("x must have rank 4, not ", x.rank());
  if (factor < 1 || factor > 65535)
    return infer_error("the factor ", factor, " is outside [1, 65535]");
  return {};
}

// To more pixels. `f` is the factor.
Result<Types> infer_up(const Type& x, std::int64_t f) {
  TRY_VOID(check(x, f));
  TRY(const Dim channels, divided(x.shape[1], f * f, "number of channels"));
  return Types{Type(x.dtype, {x.shape[0], channels, x.shape[2] * Dim(f), x.shape[3] * Dim(f)})};
}

// To fewer pixels.
Result<Types> infer_down(const Type& x, std::int64_t f) {
  TRY_VOID(check(x, f));
  TRY(const Dim height, divided(x.shape[2], f, "height"));
  TRY(const Dim width, divided(x.shape[3], f, "width"));
  return Types{Type(x.dtype, {x.shape[0], x.shape[1] * Dim(f * f), height, width})};
}

// x read as `dims` (of equal count), its dimensions permuted, and the result read as `out`.
Tensor shuffled(const Tensor& x, const std::vector<std::int64_t>& dims,
                const std::vector<std::size_t>& perm, std::vector<std::int64_t> out) {
  const auto strides = row_major_strides(dims);
  View v;
  for (const auto p : perm) v.dims.push_back(dims[p]), v.strides.push_back(strides[p]);
  return copy_view(x, v).reshaped(std::move(out));
}

Tensor up(const Tensor& x, std::int64_t f, bool channel_first) {
  const auto& d = x.dims();
  const std::int64_t n = d[0], c = d[1] / (f * f), h = d[2], w = d[3];
  const std::vector<std::int64_t> out = {n, c, h * f, w * f};
  return channel_first ? shuffled(x, {n, c, f, f, h, w}, {0, 1, 4, 2, 5, 3}, out)
                       : shuffled(x, {n, f, f, c, h, w}, {0, 3, 4, 1, 5, 2}, out);
}

Tensor down(const Tensor& x, std::int64_t f, bool channel_first) {
  const auto& d = x.dims();
  const std::int64_t n = d[0], c = d[1], h = d[2] / f, w = d[3] / f;
  const std::vector<std::int64_t> out = {n, c * f * f, h, w};
  return channel_first ? shuffled(x, {n, c, h, f, w, f}, {0, 1, 3, 5, 2, 4}, out)
                       : shuffled(x, {n, c, h, f, w, f}, {0, 3, 5, 1, 2, 4}, out);
}

using Infer = Result<Types> (*)(const Type&, std::int64_t);
using Move = Tensor (*)(const Tensor&, std::int64_t, bool);

template <class Op, auto Factor, Infer I>
Result<Types> infer(const Op& op, InferContext& c) {
  return I(c.type(op.x), op.*Factor);
}
template <class Op, auto Factor, Infer I, Move M, bool ChannelFirst>
Result<Tensors> eval(const Op& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY_VOID(I(Type(x.dtype(), ir::make_shape(x.dims())), op.*Factor));
  return Tensors{M(x, op.*Factor, ChannelFirst)};
}

}  // namespace

OpSchema depth_to_space_schema() {
  using Op = DepthToSpace;
  return make_schema<Op>({.name = "depth_to_space",
                          .doc = "out[n,c,h*b+i,w*b+j] = x[n,(i*b+j)*C'+c,h,w] with C' = C / b^2.",
                          .mil = {"depth_to_space"},
                          .traits = traits::permutation(),
                          .bounds = bounds::of(&Op::x),
                          .cost = cost::of_results,
                          .infer = infer<Op, &Op::block_size, infer_up>,
                          .eval = eval<Op, &Op::block_size, infer_up, up, false>},
                         operand<&Op::x>("x", kAny, "Input [n,C,H,W].").takes_in_mil(kMilFloats),
                         attr<&Op::block_size>("block_size", "b, whose square divides C."));
}

OpSchema space_to_depth_schema() {
  using Op = SpaceToDepth;
  return make_schema<Op>({.name = "space_to_depth",
                          .doc = "out[n,(i*b+j)*C+c,h,w] = x[n,c,h*b+i,w*b+j].",
                          .mil = {"space_to_depth"},
                          .traits = traits::permutation(),
                          .bounds = bounds::of(&Op::x),
                          .cost = cost::of_results,
                          .infer = infer<Op, &Op::block_size, infer_down>,
                          .eval = eval<Op, &Op::block_size, infer_down, down, false>},
                         operand<&Op::x>("x", kAny, "Input [n,C,H,W].").takes_in_mil(kMilFloats),
                         attr<&Op::block_size>("block_size", "b, which divides H and W."));
}

OpSchema pixel_shuffle_schema() {
  using Op = PixelShuffle;
  return make_schema<Op>({.name = "pixel_shuffle",
                          .doc = "out[n,c,h*f+i,w*f+j] = x[n,c*f^2+i*f+j,h,w].",
                          .mil = {"pixel_shuffle"},
                          .traits = traits::permutation(),
                          .bounds = bounds::of(&Op::x),
                          .cost = cost::of_results,
                          .infer = infer<Op, &Op::upscale_factor, infer_up>,
                          .eval = eval<Op, &Op::upscale_factor, infer_up, up, true>},
                         operand<&Op::x>("x", kAny, "Input [n,C,H,W].").takes_in_mil(kMilFloats),
                         attr<&Op::upscale_factor>("upscale_factor", "f, whose square divides C."));
}

OpSchema pixel_unshuffle_schema() {
  using Op = PixelUnshuffle;
  return make_schema<Op>(
      {.name = "pixel_unshuffle",
       .doc = "out[n,c*f^2+i*f+j,h,w] = x[n,c,h*f+i,w*f+j].",
       .mil = {"pixel_unshuffle", Target::ios16},
       .traits = traits::permutation(),
       .bounds = bounds::of(&Op::x),
       .cost = cost::of_results,
       .infer = infer<Op, &Op::downscale_factor, infer_down>,
       .eval = eval<Op, &Op::downscale_factor, infer_down, down, true>},
      operand<&Op::x>("x", kAny, "Input [n,C,H,W].").takes_in_mil(kMilFloats),
      attr<&Op::downscale_factor>("downscale_factor", "f, which divides H and W.")
          .mil_dtype(DType::u32));
}

}  // namespace corecast::op
