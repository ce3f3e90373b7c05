#include "ops/shape/reverse_sequence.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

Result<Types> infer(const ReverseSequence& op, InferContext& c) {
  const Type& x = c.type(op.x);
  TRY_VOID(normalize_axis(op.seq_axis, x.rank(), "seq_axis"));
  TRY(const std::int64_t batch, normalize_axis(op.batch_axis, x.rank(), "batch_axis"));
  const Shape& lengths = c.shape(op.lengths);
  if (lengths.size() != 1 || !must_equal(lengths[0], x.shape[static_cast<std::size_t>(batch)])) {
    return infer_error("lengths ", ir::to_string(lengths),
                       " must have one entry per index of dimension ", batch, " of x ",
                       ir::to_string(x.shape));
  }
  return Types{x};
}

Result<Tensors> eval(const ReverseSequence& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const std::int64_t seq, normalize_axis(op.seq_axis, x.rank(), "seq_axis"));
  TRY(const std::int64_t batch, normalize_axis(op.batch_axis, x.rank(), "batch_axis"));
  const auto s = static_cast<std::size_t>(seq), b = static_cast<std::size_t>(batch);
  const auto lengths = c.tensor(op.lengths).to_ints();
  if (static_cast<std::int64_t>(lengths.size()) != x.dims()[b]) {
    return eval_error("lengths has ", lengths.size(), " entries, x ", x.dims()[b], " sequences");
  }
  for (const auto n : lengths) {
    if (n < 0 || n > x.dims()[s])
      return eval_error("length ", n, " is outside [0, ", x.dims()[s], "]");
  }
  const auto strides = row_major_strides(x.dims());
  std::vector<std::int64_t> source;
  for_each_index(x.dims(), [&](const auto& index) {
    const std::int64_t n = lengths[static_cast<std::size_t>(index[b])];
    const std::int64_t at = index[s] < n ? n - 1 - index[s] : index[s];
    source.push_back(dot(index, strides) + (at - index[s]) * strides[s]);
  });
  return Tensors{
      rearrange(x, x.dims(), [&](std::int64_t i) { return source[static_cast<std::size_t>(i)]; })};
}

}  // namespace

OpSchema reverse_sequence_schema() {
  using Op = ReverseSequence;
  return make_schema<Op>(
      {.name = "reverse_sequence",
       .doc = "Reverses the first lengths[b] elements along seq_axis, for each b along batch_axis.",
       .mil = {"reverse_sequence"},
       .traits = traits::permutation(),
       .bounds = bounds::of(&Op::x),
       .cost = cost::of_results,
       .infer = infer,
       .eval = eval},
      operand<&Op::x>("x", kAny, "Input."),
      operand<&Op::lengths>("lengths", kIndices, "Length of each sequence."),
      attr<&Op::seq_axis>("seq_axis", "The dimension that is reversed."),
      attr<&Op::batch_axis>("batch_axis", "The dimension along which the sequences lie."));
}

}  // namespace corecast::op
