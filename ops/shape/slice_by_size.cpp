#include "ops/shape/slice_by_size.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

// A symbolic begin is a size, hence not negative; a constant one may count from the end.
Dim wrapped(const Dim& begin, const Dim& size) {
  return begin.is_constant() && begin.value() < 0 ? begin + size : begin;
}

Result<Dim> length(const Dim& whole, const Dim& begin, const Dim& size) {
  const Dim first = wrapped(begin, whole);
  const Dim out = size == Dim(-1) ? whole - first : size;
  const auto negative = [](const Dim& d) { return d.is_constant() && d.value() < 0; };
  if (negative(first) || negative(out) || negative(whole - first - out)) {
    return infer_error("begin ", begin.to_string(), " and size ", size.to_string(),
                       " leave a dimension of size ", whole.to_string());
  }
  return out;
}

Result<Types> infer(const SliceBySize& op, InferContext& c) {
  const Type& x = c.type(op.x);
  for (const ValueId v : {op.begin, op.size}) {
    TRY(const std::int64_t n, vector_length(v, "begin or size", c));
    if (n != x.rank())
      return infer_error("begin and size must have ", x.rank(),
                         " entries, one per dimension of x, not ", n);
  }
  const auto begin = c.known(op.begin), size = c.known(op.size);
  Shape out;
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    if (size && begin) {
      TRY(Dim d, length(x.shape[i], (*begin)[i], (*size)[i]));
      out.push_back(std::move(d));
    } else if (size && !((*size)[i] == Dim(-1))) {
      out.push_back((*size)[i]);
    } else {
      out.push_back(c.fresh(static_cast<int>(i)));
    }
  }
  return Types{Type(x.dtype, std::move(out))};
}

Result<View> box(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& begin,
                 const std::vector<std::int64_t>& size) {
  View v = whole(dims);
  for (std::size_t i = 0; i < dims.size(); ++i) {
    TRY(const Dim d, length(dims[i], begin[i], size[i]));
    v.dims[i] = d.value();
    v.offset += wrapped(begin[i], dims[i]).value() * v.strides[i];
  }
  return v;
}

Result<Tensors> eval(const SliceBySize& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  TRY(const View view, box(x.dims(), c.tensor(op.begin).to_ints(), c.tensor(op.size).to_ints()));
  return Tensors{copy_view(x, view)};
}

std::optional<Dims> known(const SliceBySize& op, const InferContext& c) {
  const auto x = c.known(op.x);
  const auto dims = known_dims(op.x, c), begin = known_ints(op.begin, c),
             size = known_ints(op.size, c);
  if (!x || !dims || !begin || !size) return std::nullopt;
  const auto view = box(*dims, *begin, *size);
  return view ? std::optional(copy_view(*x, *view)) : std::nullopt;
}

}  // namespace

OpSchema slice_by_size_schema() {
  using Op = SliceBySize;
  return make_schema<Op>(
      {.name = "slice_by_size",
       .doc = "x[begin : begin + size] in every dimension.",
       .mil = {"slice_by_size"},
       .traits = traits::selection(Walk::positions),
       .bounds = bounds::of(&Op::x),
       .cost = cost::of_results,
       .infer = infer,
       .eval = eval,
       .known = known},
      operand<&Op::x>("x", kAny, "Input."),
      operand<&Op::begin>("begin", kIndices,
                          "First index per dimension; negative counts from the end."),
      operand<&Op::size>("size", kIndices, "Size per dimension; -1 means the rest."));
}

}  // namespace corecast::op
