#include "ops/shape/band_part.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

Result<Types> infer(const BandPart& op, InferContext& c) {
  if (c.rank(op.x) < 2) return infer_error("x must have rank 2 or more, not ", c.rank(op.x));
  if (op.diagonal < -INT32_MAX || op.diagonal > INT32_MAX)
    return infer_error("diagonal ", op.diagonal, " is beyond any matrix");
  return Types{c.type(op.x)};
}

Result<Tensors> eval(const BandPart& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const std::int64_t columns = x.dims().back(), rows = x.dims()[x.dims().size() - 2];
  return Tensors{rearrange(x, x.dims(), [&](std::int64_t i) {
    const std::int64_t n = i % columns - op.diagonal, m = i / columns % rows;
    const bool kept = (op.lower < 0 || m - n <= op.lower) && (op.upper < 0 || n - m <= op.upper);
    return kept ? i : -1;
  })};
}

}  // namespace

OpSchema band_part_schema() {
  using Op = BandPart;
  return make_schema<Op>(
      {.name = "band_part",
       .doc = "Zeroes what lies outside a band around a diagonal of the last two dimensions.",
       .mil = {"band_part"},
       .traits = traits::filling(Walk::positions),
       .bounds = bounds::of_or_zero(&Op::x),
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval},
      operand<&Op::x>("x", kAny, "Input of rank 2 or more."),
      attr<&Op::lower>("lower", "Diagonals kept below that one; negative: all."),
      attr<&Op::upper>("upper", "Diagonals kept above that one; negative: all."),
      attr<&Op::diagonal>("diagonal", "Columns by which it lies to the right of the main one.")
          .not_in_mil());
}

}  // namespace corecast::op
