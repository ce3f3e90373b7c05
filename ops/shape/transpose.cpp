#include "ops/shape/transpose.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

Result<std::vector<std::int64_t>> order(const Transpose& op, std::int64_t rank) {
  if (static_cast<std::int64_t>(op.perm.size()) != rank) {
    return infer_error("perm [", join(op.perm), "] must have ", rank,
                       " entries, one per dimension of x");
  }
  return normalize_axes(op.perm, rank, "perm");
}

template <class T>
std::vector<T> permuted(const std::vector<T>& x, const std::vector<std::int64_t>& perm) {
  std::vector<T> out;
  for (const auto p : perm) out.push_back(x[static_cast<std::size_t>(p)]);
  return out;
}

View transposed(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& perm) {
  return {0, permuted(row_major_strides(dims), perm), permuted(dims, perm)};
}

Result<Types> infer(const Transpose& op, InferContext& c) {
  TRY(const auto perm, order(op, c.rank(op.x)));
  return Types{Type(c.dtype(op.x), permuted(c.shape(op.x), perm))};
}

Result<Tensors> eval(const Transpose& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const auto perm, order(op, x.rank()));
  return Tensors{copy_view(x, transposed(x.dims(), perm))};
}

std::optional<Dims> known(const Transpose& op, const InferContext& c) {
  const auto x = c.known(op.x);
  const auto dims = known_dims(op.x, c);
  const auto perm = order(op, c.rank(op.x));
  if (!x || !dims || !perm) return std::nullopt;
  return copy_view(*x, transposed(*dims, *perm));
}

}  // namespace

OpSchema transpose_schema() {
  return make_schema<Transpose>(
      {.name = "transpose",
       .doc = "Permutes dimensions: out.shape[i] = x.shape[perm[i]].",
       .mil = {"transpose"},
       .traits = traits::permutation(Walk::scale | Walk::vocabulary | Walk::positions | Walk::sign),
       .bounds = bounds::of(&Transpose::x),
       .cost = cost::of_results,
       .infer = infer,
       .eval = eval,
       .known = known},
      operand<&Transpose::x>("x", kAny, "Input."),
      attr<&Transpose::perm>("perm", "A permutation of the dimensions of x."));
}

}  // namespace corecast::op
