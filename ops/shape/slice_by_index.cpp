#include "ops/shape/slice_by_index.h"

#include <algorithm>

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

// One dimension's slice: elements first, first + stride, ...; `squeezed`: the dimension goes.
struct Range {
  Dim first = 0, size = 1;
  std::int64_t stride = 1;
  bool squeezed = false;
};

// Python's reading of an index: a negative one counts from the end. 1 where negative, else 0, is
// written with min and max when the sign of a symbolic index is open.
Dim wrapped(const Dim& index, const Dim& size) {
  const Dim negative = max(Dim(0), min(Dim(1), -index));
  return index + size * negative;
}
Dim clamped(const Dim& d, const Dim& lo, const Dim& hi) { return max(lo, min(d, hi)); }

struct Masks {
  bool begin = false, end = false, squeeze = false;
};

// begin and end are empty when unknown; then `fresh` is the size, where it depends on them.
Result<Range> range_of(const Dim& size, const std::optional<Dim>& begin,
                       const std::optional<Dim>& end, std::int64_t stride, Masks mask,
                       const Dim& fresh) {
  Range r;
  if (mask.squeeze) {
    r.squeezed = true;
    if (!begin && !mask.begin) return r;
    r.first = mask.begin ? Dim(0) : wrapped(*begin, size);
    if (r.first.is_constant() &&
        (r.first.value() < 0 || (size.is_constant() && r.first.value() >= size.value()))) {
      return infer_error("begin ", begin ? begin->to_string() : "0",
                         " is outside a dimension of size ", size.to_string());
    }
    return r;
  }
  if (stride == 0) return infer_error("stride is 0");
  // Longer steps leave any dimension too, and their products fit.
  stride = std::clamp<std::int64_t>(stride, -INT32_MAX, INT32_MAX);
  r.stride = stride;
  const bool forward = stride > 0;
  if ((!begin && !mask.begin) || (!end && !mask.end)) {
    r.size = fresh;
    return r;
  }
  const Dim last = size - Dim(1);
  if (forward) {
    r.first = mask.begin ? Dim(0) : clamped(wrapped(*begin, size), 0, size);
    const Dim stop = mask.end ? size : clamped(wrapped(*end, size), 0, size);
    r.size = at_least_zero(ceil_div(stop - r.first, stride));
  } else {
    r.first = mask.begin ? last : clamped(wrapped(*begin, size), -1, last);
    const Dim stop = mask.end ? Dim(-1) : clamped(wrapped(*end, size), -1, last);
    r.size = at_least_zero(ceil_div(r.first - stop, -stride));
  }
  return r;
}

// The slice of a whole tensor. `begin` and `end` are null when unknown.
template <class Op, class Fresh>
Result<std::vector<Range>> ranges(const Op& op, const Shape& x, const Dims* begin, const Dims* end,
                                  const std::vector<std::int64_t>& stride, const Fresh& fresh) {
  const std::size_t rank = x.size();
  const auto length_ok = [&](std::size_t n) { return n == 0 || n == rank; };
  if (!length_ok(op.begin_mask.size()) || !length_ok(op.end_mask.size()) ||
      !length_ok(op.squeeze_mask.size())) {
    return infer_error("masks must be empty or have ", rank, " entries, one per dimension of x");
  }
  if ((begin && begin->size() != rank) || (end && end->size() != rank) ||
      !length_ok(stride.size())) {
    return infer_error("begin, end and stride must have ", rank,
                       " entries, one per dimension of x");
  }
  const auto masked = [](const std::vector<bool>& mask, std::size_t i) {
    return !mask.empty() && mask[i];
  };
  std::vector<Range> out;
  for (std::size_t i = 0; i < rank; ++i) {
    const Masks mask{masked(op.begin_mask, i), masked(op.end_mask, i), masked(op.squeeze_mask, i)};
    TRY(Range r, range_of(x[i], begin ? std::optional((*begin)[i]) : std::nullopt,
                          end ? std::optional((*end)[i]) : std::nullopt,
                          stride.empty() ? 1 : stride[i], mask, fresh(static_cast<int>(i))));
    out.push_back(std::move(r));
  }
  return out;
}

template <class Op>
Result<std::vector<Range>> infer_ranges(const Op& op, InferContext& c) {
  for (const ValueId v : {op.begin, op.end}) {
    TRY(const std::int64_t length, vector_length(v, "begin or end", c));
    if (length != c.rank(op.x)) {
      return infer_error("begin and end must have ", c.rank(op.x),
                         " entries, one per dimension of x, not ", length);
    }
  }
  std::vector<std::int64_t> stride;
  if (op.stride) {
    const auto known = known_ints(op.stride, c);
    if (!known) return infer_error("stride is not constant");
    stride = *known;
  }
  const auto begin = c.known(op.begin), end = c.known(op.end);
  return ranges(op, c.shape(op.x), begin ? &*begin : nullptr, end ? &*end : nullptr, stride,
                [&](int i) { return c.fresh(i); });
}

Shape shape_of(const std::vector<Range>& slice) {
  Shape out;
  for (const Range& r : slice) {
    if (!r.squeezed) out.push_back(r.size);
  }
  return out;
}

// Preconditions: all sizes and firsts are constants. Empty slices may start outside.
View view_of(const std::vector<Range>& slice, const std::vector<std::int64_t>& dims) {
  const auto strides = row_major_strides(dims);
  View v;
  for (std::size_t i = 0; i < slice.size(); ++i) {
    v.offset += slice[i].first.value() * strides[i];
    if (slice[i].squeezed) continue;
    v.strides.push_back(slice[i].stride * strides[i]);
    v.dims.push_back(slice[i].size.value());
  }
  return v;
}

template <class Op>
Result<View> eval_view(const Op& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const Dims begin = dims_of(c.tensor(op.begin)), end = dims_of(c.tensor(op.end));
  std::vector<std::int64_t> stride;
  if (op.stride) stride = c.tensor(op.stride).to_ints();
  TRY(const auto slice,
      ranges(op, ir::make_shape(x.dims()), &begin, &end, stride, [](int) { return Dim(0); }));
  return view_of(slice, x.dims());
}

// --- slice_by_index --------------------------------------------------------------------------

Result<Types> infer_slice(const SliceByIndex& op, InferContext& c) {
  TRY(const auto slice, infer_ranges(op, c));
  return Types{Type(c.dtype(op.x), shape_of(slice))};
}

Result<Tensors> eval_slice(const SliceByIndex& op, EvalContext& c) {
  TRY(const View view, eval_view(op, c));
  return Tensors{copy_view(c.tensor(op.x), view)};
}

std::optional<Dims> known_slice(const SliceByIndex& op, const InferContext& c) {
  const auto x = c.known(op.x), begin = c.known(op.begin), end = c.known(op.end);
  const auto dims = known_dims(op.x, c);
  const auto stride = op.stride ? known_ints(op.stride, c) : std::vector<std::int64_t>();
  if (!x || !dims || !begin || !end || !stride) return std::nullopt;
  const auto slice = ranges(op, c.shape(op.x), &*begin, &*end, *stride, [](int) { return Dim(0); });
  if (!slice) return std::nullopt;
  for (const Range& r : *slice) {
    if (!r.first.is_constant() || !r.size.is_constant()) return std::nullopt;
  }
  return copy_view(*x, view_of(*slice, *dims));
}

// --- slice_update ----------------------------------------------------------------------------

Result<Types> infer_update(const SliceUpdate& op, InferContext& c) {
  TRY(const auto slice, infer_ranges(op, c));
  const Shape wanted = shape_of(slice);
  const Shape& given = c.shape(op.update);
  bool fits = wanted.size() == given.size();
  for (std::size_t i = 0; fits && i < wanted.size(); ++i) fits = must_equal(wanted[i], given[i]);
  if (!fits)
    return infer_error("update is ", ir::to_string(given), ", the slice ", ir::to_string(wanted));
  return Types{c.type(op.x)};
}

Result<Tensors> eval_update(const SliceUpdate& op, EvalContext& c) {
  TRY(const View view, eval_view(op, c));
  const Tensor& update = c.tensor(op.update);
  if (update.dims() != view.dims) {
    return eval_error("update is [", join(update.dims()), "], the slice [", join(view.dims), "]");
  }
  Tensor out = copy_of(c.tensor(op.x));
  const auto size = static_cast<std::size_t>(ir::bits_of(out.dtype()) / 8);
  auto* to = static_cast<std::byte*>(out.mutable_bytes());
  std::int64_t i = 0;
  for_each_index(view.dims, [&](const auto& index) {
    copy_element(update.bytes().data(), i++, to, view.offset + dot(index, view.strides), size);
  });
  return Tensors{out};
}

}  // namespace

OpSchema slice_by_index_schema() {
  using Op = SliceByIndex;
  return make_schema<Op>(
      {.name = "slice_by_index",
       .doc = "x[begin:end:stride] in every dimension, by numpy's rules.",
       .mil = {"slice_by_index"},
       .traits = traits::selection(Walk::vocabulary | Walk::positions | Walk::sign),
       .bounds = bounds::of(&Op::x),
       .cost = cost::of_results,
       .infer = infer_slice,
       .eval = eval_slice,
       .known = known_slice},
      operand<&Op::x>("x", kAny, "Input."),
      operand<&Op::begin>("begin", kIndices, "First index per dimension of x."),
      operand<&Op::end>("end", kIndices, "Index after the last one per dimension of x."),
      optional_operand<&Op::stride>("stride", kIndices,
                                    "Step per dimension, not 0; ones when absent.")
          .constant_in_mil(),
      attr<&Op::begin_mask>("begin_mask",
                            "True: begin is ignored, the slice starts at the dimension's start."),
      attr<&Op::end_mask>("end_mask",
                          "True: end is ignored, the slice runs through the dimension's end."),
      attr<&Op::squeeze_mask>("squeeze_mask",
                              "True: takes the one index begin and removes the dimension."));
}

OpSchema slice_update_schema() {
  using Op = SliceUpdate;
  return make_schema<Op>(
      {.name = "slice_update",
       .doc = "x with the slice x[begin:end:stride] replaced by update.",
       .mil = {"slice_update", Target::ios18},
       .traits = traits::selection(),
       .bounds = bounds::of(&Op::x, &Op::update),
       .cost = cost::traffic,
       .infer = infer_update,
       .eval = eval_update},
      operand<&Op::x>("x", kAny, "Input.").grouped('T'),
      operand<&Op::update>("update", kAny, "What the slice becomes; of the slice's shape.")
          .grouped('T'),
      operand<&Op::begin>("begin", kIndices, "First index per dimension of x."),
      operand<&Op::end>("end", kIndices, "Index after the last one per dimension of x."),
      optional_operand<&Op::stride>("stride", kIndices,
                                    "Step per dimension, not 0; ones when absent.")
          .constant_in_mil(),
      attr<&Op::begin_mask>("begin_mask",
                            "True: begin is ignored, the slice starts at the dimension's start."),
      attr<&Op::end_mask>("end_mask",
                          "True: end is ignored, the slice runs through the dimension's end."),
      attr<&Op::squeeze_mask>("squeeze_mask",
                              "True: takes the one index begin and removes the dimension."));
}

}  // namespace corecast::op
