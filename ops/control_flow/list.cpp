#include "ops/control_flow/list.h"

#include <algorithm>

#include "ops/indexing/indexing.h"

namespace corecast::op {

namespace {

Result<Type> list_type(ValueId ls, const InferContext& c) {
  const Type& t = c.type(ls);
  if (t.kind != ir::TypeKind::list) return infer_error("ls must be a list, not ", ir::to_string(t));
  return t;
}

Status check_scalar(ValueId v, std::string_view what, const InferContext& c) {
  if (c.rank(v) != 0) return infer_error(what, " must be a scalar, not of rank ", c.rank(v));
  return {};
}

bool fits(const Shape& element, const Shape& value) {
  bool ok = element.size() == value.size();
  for (std::size_t i = 0; ok && i < element.size(); ++i) ok = must_equal(element[i], value[i]);
  return ok;
}

// The type after writing: a length that is no constant may have grown.
Type written(Type list, InferContext& c) {
  if (!list.length.is_constant()) list.length = c.fresh();
  return list;
}

// --- make_list -------------------------------------------------------------------------------

Result<Types> infer_make(const MakeList& op, InferContext& c) {
  if (!kAny.contains(op.dtype))
    return infer_error("dtype ", ir::name_of(op.dtype), " cannot be listed");
  for (const auto d : op.elem_shape) {
    if (d < 0) return infer_error("elem_shape [", join(op.elem_shape), "] has a negative size");
  }
  Type t(op.dtype, ir::make_shape(op.elem_shape));
  t.kind = ir::TypeKind::list;
  t.length = 1;
  if (op.init_length) {
    TRY_VOID(check_scalar(op.init_length, "init_length", c));
    const auto length = c.known(op.init_length);
    t.length = length ? length->at(0) : c.fresh();
  }
  if (op.dynamic_length) t.length = c.fresh();
  return Types{std::move(t)};
}

Result<Tensors> eval_make(const MakeList& op, EvalContext& c) {
  const std::int64_t length = op.init_length ? c.tensor(op.init_length).at_int(0) : 1;
  Shape shape = ir::make_shape(op.elem_shape);
  shape.insert(shape.begin(), Dim(length));
  TRY(const auto dims, actual_dims(shape, "init_length"));
  return Tensors{Tensor::zeros(op.dtype, dims)};
}

// --- reading ---------------------------------------------------------------------------------

Result<Types> infer_length(const ListLength& op, InferContext& c) {
  TRY_VOID(list_type(op.ls, c));
  return Types{Type(DType::i32, {})};
}

Result<Tensors> eval_length(const ListLength& op, EvalContext& c) {
  return Tensors{Tensor::scalar(static_cast<std::int32_t>(c.tensor(op.ls).dims().at(0)))};
}

std::optional<Dims> known_length(const ListLength& op, const InferContext& c) {
  const Dim& length = c.type(op.ls).length;
  return length.is_constant() ? std::optional(Dims{length}) : std::nullopt;
}

Result<Types> infer_read(const ListRead& op, InferContext& c) {
  TRY(const Type list, list_type(op.ls, c));
  TRY_VOID(check_scalar(op.index, "index", c));
  return Types{Type(list.dtype, list.shape)};
}

Result<Types> infer_gather(const ListGather& op, InferContext& c) {
  TRY(const Type list, list_type(op.ls, c));
  if (c.rank(op.indices) != 1)
    return infer_error("indices must be a vector, not of rank ", c.rank(op.indices));
  Shape shape = list.shape;
  shape.insert(shape.begin(), c.shape(op.indices)[0]);
  return Types{Type(list.dtype, std::move(shape))};
}

// The elements at `indices`, under the sizes of indices.
Result<Tensors> picked(const Tensor& list, const Tensor& indices) {
  std::vector<std::int64_t> dims = indices.dims(),
                            element(list.dims().begin() + 1, list.dims().end());
  dims.insert(dims.end(), element.begin(), element.end());
  const std::int64_t inner = *ir::element_count(element);
  std::vector<std::int64_t> runs;
  for (const auto i : indices.to_ints()) {
    TRY_VOID(place_of(i, list.dims()[0], false));
    runs.push_back(i * inner);
  }
  return Tensors{copy_runs(list, runs, inner, dims)};
}

Result<Tensors> eval_read(const ListRead& op, EvalContext& c) {
  return picked(c.tensor(op.ls), c.tensor(op.index));
}
Result<Tensors> eval_gather(const ListGather& op, EvalContext& c) {
  return picked(c.tensor(op.ls), c.tensor(op.indices));
}

// --- writing ---------------------------------------------------------------------------------

Result<Types> infer_write(const ListWrite& op, InferContext& c) {
  TRY(Type list, list_type(op.ls, c));
  TRY_VOID(check_scalar(op.index, "index", c));
  if (!fits(list.shape, c.shape(op.value))) {
    return infer_error("value is ", ir::to_string(c.shape(op.value)), ", elements are ",
                       ir::to_string(list.shape));
  }
  return Types{written(std::move(list), c)};
}

Result<Types> infer_scatter(const ListScatter& op, InferContext& c) {
  TRY(Type list, list_type(op.ls, c));
  if (c.rank(op.indices) != 1)
    return infer_error("indices must be a vector, not of rank ", c.rank(op.indices));
  Shape wanted = list.shape;
  wanted.insert(wanted.begin(), c.shape(op.indices)[0]);
  if (!fits(wanted, c.shape(op.value))) {
    return infer_error("value is ", ir::to_string(c.shape(op.value)), ", it must be ",
                       ir::to_string(wanted));
  }
  return Types{written(std::move(list), c)};
}

Result<Tensors> replaced(const Tensor& list, const Tensor& indices, const Tensor& value) {
  auto dims = list.dims();
  const std::vector<std::int64_t> element(dims.begin() + 1, dims.end());
  const auto at = indices.to_ints();
  // Longer than any sensible list: a wrong index must not take all memory.
  constexpr std::int64_t limit = std::int64_t{1} << 24;
  for (const auto i : at) {
    TRY_VOID(place_of(i, std::max(limit, dims[0]), false));
    dims[0] = std::max(dims[0], i + 1);
  }
  const std::int64_t inner = *ir::element_count(element);
  if (value.count() != inner * static_cast<std::int64_t>(at.size())) {
    return eval_error("value is [", join(value.dims()), "], elements are [", join(element), "]");
  }
  Tensor out = Tensor::zeros(list.dtype(), dims);
  const auto size =
      static_cast<std::size_t>(ir::bits_of(list.dtype()) / 8) * static_cast<std::size_t>(inner);
  auto* to = static_cast<std::byte*>(out.mutable_bytes());
  for (std::int64_t i = 0; size > 0 && i < list.dims()[0]; ++i)
    copy_element(list.bytes().data(), i, to, i, size);
  for (std::size_t i = 0; size > 0 && i < at.size(); ++i) {
    copy_element(value.bytes().data(), static_cast<std::int64_t>(i), to, at[i], size);
  }
  return Tensors{out};
}

Result<Tensors> eval_write(const ListWrite& op, EvalContext& c) {
  return replaced(c.tensor(op.ls), c.tensor(op.index), c.tensor(op.value));
}
Result<Tensors> eval_scatter(const ListScatter& op, EvalContext& c) {
  return replaced(c.tensor(op.ls), c.tensor(op.indices), c.tensor(op.value));
}

}  // namespace

OpSchema make_list_schema() {
  using Op = MakeList;
  return make_schema<Op>(
      {.name = "make_list",
       .doc = "A list of zero tensors.",
       .mil = {"make_list"},
       .traits = traits::filling(),
       .bounds = bounds::within(0, 0),
       .cost = cost::written,
       .infer = infer_make,
       .eval = eval_make},
      optional_operand<&Op::init_length>("init_length", kIndices,
                                         "Scalar: number of elements at first; 1 when absent."),
      attr<&Op::dynamic_length>("dynamic_length",
                                "True: writing past the end makes the list longer."),
      attr<&Op::elem_shape>("elem_shape", "Sizes of an element.").tuple_in_mil(),
      attr<&Op::dtype>("dtype", "Element type of an element."));
}

OpSchema list_length_schema() {
  return make_schema<ListLength>({.name = "list_length",
                                  .doc = "The number of elements of a list.",
                                  .mil = {"list_length"},
                                  .traits = traits::indices(),
                                  .bounds = bounds::at_least(0),
                                  .cost = cost::written,
                                  .infer = infer_length,
                                  .eval = eval_length,
                                  .known = known_length},
                                 operand<&ListLength::ls>("ls", kAny, "The list."));
}

OpSchema list_read_schema() {
  return make_schema<ListRead>({.name = "list_read",
                                .doc = "One element of a list.",
                                .mil = {"list_read"},
                                .traits = traits::selection(),
                                .bounds = bounds::of(&ListRead::ls),
                                .cost = cost::of_results,
                                .infer = infer_read,
                                .eval = eval_read},
                               operand<&ListRead::ls>("ls", kAny, "The list."),
                               operand<&ListRead::index>("index", kIndices, "Scalar: its place."));
}

OpSchema list_write_schema() {
  return make_schema<ListWrite>(
      {.name = "list_write",
       .doc = "A list with one element replaced.",
       .mil = {"list_write"},
       .traits = traits::filling(),
       .bounds =
           [](const ListWrite& op, const BoundsContext& c) {
             return hull(hull(c.of(op.ls), c.of(op.value)), Interval::only(0));
           },
       .cost = cost::traffic,
       .infer = infer_write,
       .eval = eval_write},
      operand<&ListWrite::ls>("ls", kAny, "The list.").grouped('T'),
      operand<&ListWrite::index>("index", kIndices, "Scalar: its place."),
      operand<&ListWrite::value>("value", kAny, "The new element.").grouped('T'));
}

OpSchema list_gather_schema() {
  return make_schema<ListGather>(
      {.name = "list_gather",
       .doc = "Elements of a list, stacked along a new first dimension.",
       .mil = {"list_gather"},
       .traits = traits::selection(),
       .bounds = bounds::of(&ListGather::ls),
       .cost = cost::of_results,
       .infer = infer_gather,
       .eval = eval_gather},
      operand<&ListGather::ls>("ls", kAny, "The list."),
      operand<&ListGather::indices>("indices", kIndices, "Vector: their places."));
}

OpSchema list_scatter_schema() {
  return make_schema<ListScatter>(
      {.name = "list_scatter",
       .doc = "A list with elements replaced by the slices of a tensor.",
       .mil = {"list_scatter"},
       .traits = traits::filling(),
       .bounds =
           [](const ListScatter& op, const BoundsContext& c) {
             return hull(hull(c.of(op.ls), c.of(op.value)), Interval::only(0));
           },
       .cost = cost::traffic,
       .infer = infer_scatter,
       .eval = eval_scatter},
      operand<&ListScatter::ls>("ls", kAny, "The list.").grouped('T'),
      operand<&ListScatter::indices>("indices", kIndices, "Vector: their places."),
      operand<&ListScatter::value>("value", kAny, "One slice per index.").grouped('T'));
}

}  // namespace corecast::op
