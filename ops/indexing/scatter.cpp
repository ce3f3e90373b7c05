#include "ops/indexing/scatter.h"

#include <algorithm>
#include <cmath>

#include "ops/elements.h"
#include "ops/indexing/indexing.h"

namespace corecast::op {

namespace {

Status check_mode(const std::string& mode, DType dtype) {
  for (const std::string_view known : {"update", "add", "sub", "mul", "div", "max", "min"}) {
    if (mode != known) continue;
    if (dtype == DType::boolean && mode != "update")
      return infer_error("mode \"", mode, "\" does not apply to bool");
    return {};
  }
  return infer_error("mode \"", mode, "\" is none of update, add, sub, mul, div, max, min");
}

Status check_updates(const Shape& wanted, const Shape& given) {
  bool fits = wanted.size() == given.size();
  for (std::size_t i = 0; fits && i < wanted.size(); ++i) fits = must_equal(wanted[i], given[i]);
  if (fits) return {};
  return infer_error("updates must have the shape ", ir::to_string(wanted), ", not ",
                     ir::to_string(given));
}

double combined(const std::string& mode, double a, double b) {
  if (mode == "add") return a + b;
  if (mode == "sub") return a - b;
  if (mode == "mul") return a * b;
  if (mode == "div") return a / b;
  if (std::isnan(a)) return a;
  if (std::isnan(b)) return b;
  return mode == "max" ? std::max(a, b) : std::min(a, b);
}

// Two's complement wrap-around; a division truncates. b is not 0 when dividing.
template <class T>
T combined_int(const std::string& mode, T a, T b) {
  const std::uint64_t x = bits_of_int(a), y = bits_of_int(b);
  if (mode == "add") return wrapped<T>(x + y);
  if (mode == "sub") return wrapped<T>(x - y);
  if (mode == "mul") return wrapped<T>(x * y);
  if (mode == "div") {
    if constexpr (std::is_signed_v<T>) {
      if (b == T(-1)) return wrapped<T>(0 - x);  // the one quotient that may not fit
    }
    return static_cast<T>(a / b);
  }
  return mode == "max" ? std::max(a, b) : std::min(a, b);
}

// Run r of `inner` updates meets the elements of data from at[r] on.
Result<Tensors> scattered(const Tensor& data, const Tensor& updates, const std::string& mode,
                          const std::vector<std::int64_t>& at, std::int64_t inner) {
  Tensor out = copy_of(data);
  const auto each = [&](const auto& f) {
    for (std::size_t r = 0; r < at.size(); ++r) {
      for (std::int64_t i = 0; i < inner; ++i)
        f(at[r] + i, static_cast<std::int64_t>(r) * inner + i);
    }
  };
  if (mode == "update") {
    const auto size = static_cast<std::size_t>(ir::bits_of(out.dtype()) / 8);
    const std::byte* from = updates.bytes().data();
    auto* to = static_cast<std::byte*>(out.mutable_bytes());
    each([&](auto target, auto source) { copy_element(from, source, to, target, size); });
    return Tensors{out};
  }
  if (ir::is_floating(out.dtype())) {
    // Rounded once, after all updates.
    auto sums = data.to_doubles();
    each([&](auto target, auto source) {
      double& v = sums[static_cast<std::size_t>(target)];
      v = combined(mode, v, updates.at(source));
    });
    for (const auto start : at) {
      for (std::int64_t i = start; i < start + inner; ++i)
        out.set(i, sums[static_cast<std::size_t>(i)]);
    }
    return Tensors{out};
  }
  Status status;
  with_int(out.dtype(), [&](auto t) {
    using T = decltype(t);
    const auto from = updates.data<T>();
    auto to = out.mutable_data<T>();
    each([&](auto target, auto source) {
      T& v = to[static_cast<std::size_t>(target)];
      const T u = from[static_cast<std::size_t>(source)];
      if (mode == "div" && u == T(0))
        status = eval_error("updates[", source, "] divides an integer by 0");
      else
        v = combined_int(mode, v, u);
    });
  });
  TRY_VOID(status);
  return Tensors{out};
}

// --- scatter ---------------------------------------------------------------------------------

template <class T>
std::vector<T> update_shape(const std::vector<T>& data, const std::vector<T>& indices,
                            std::int64_t axis) {
  std::vector<T> out(data.begin(), data.begin() + axis);
  out.insert(out.end(), indices.begin(), indices.end());
  out.insert(out.end(), data.begin() + axis + 1, data.end());
  return out;
}

Result<Types> infer_scatter(const Scatter& op, InferContext& c) {
  const Type& data = c.type(op.data);
  TRY_VOID(check_mode(op.mode, data.dtype));
  TRY(const std::int64_t axis, normalize_axis(op.axis, data.rank()));
  TRY_VOID(check_updates(update_shape(data.shape, c.shape(op.indices), axis), c.shape(op.updates)));
  return Types{data};
}

Result<Tensors> eval_scatter(const Scatter& op, EvalContext& c) {
  const Tensor &data = c.tensor(op.data), &updates = c.tensor(op.updates);
  TRY(const std::int64_t axis, normalize_axis(op.axis, data.rank()));
  TRY_VOID(
      check_updates(ir::make_shape(update_shape(data.dims(), c.tensor(op.indices).dims(), axis)),
                    ir::make_shape(updates.dims())));
  const AxisSplit split = split_at(data.dims(), axis);
  TRY(const auto places, places_of(c.tensor(op.indices).to_ints(), split.length, op.wraps));
  std::vector<std::int64_t> at;
  for (std::int64_t o = 0; o < split.outer; ++o) {
    for (const auto i : places) at.push_back(split.at(o, i, 0));
  }
  return scattered(data, updates, op.mode, at, split.inner);
}

// --- scatter_along_axis ----------------------------------------------------------------------

Result<Types> infer_along(const ScatterAlongAxis& op, InferContext& c) {
  const Type& data = c.type(op.data);
  TRY_VOID(check_mode(op.mode, data.dtype));
  TRY(const std::int64_t axis, normalize_axis(op.axis, data.rank()));
  TRY_VOID(check_updates(c.shape(op.indices), c.shape(op.updates)));
  TRY_VOID(check_along(data.shape, c.shape(op.indices), axis, "data"));
  return Types{data};
}

Result<Tensors> eval_along(const ScatterAlongAxis& op, EvalContext& c) {
  const Tensor &data = c.tensor(op.data), &indices = c.tensor(op.indices),
               &updates = c.tensor(op.updates);
  TRY(const std::int64_t axis, normalize_axis(op.axis, data.rank()));
  TRY_VOID(check_updates(ir::make_shape(indices.dims()), ir::make_shape(updates.dims())));
  TRY(const auto at, positions_along(data.dims(), indices, axis, op.wraps));
  return scattered(data, updates, op.mode, at, 1);
}

// --- scatter_nd ------------------------------------------------------------------------------

Result<Types> infer_nd(const ScatterNd& op, InferContext& c) {
  const Type& data = c.type(op.data);
  TRY_VOID(check_mode(op.mode, data.dtype));
  TRY(const Shape wanted, shape_nd(data.shape, c.shape(op.indices), 0));
  TRY_VOID(check_updates(wanted, c.shape(op.updates)));
  return Types{data};
}

Result<Tensors> eval_nd(const ScatterNd& op, EvalContext& c) {
  const Tensor &data = c.tensor(op.data), &indices = c.tensor(op.indices),
               &updates = c.tensor(op.updates);
  TRY(const Shape wanted, shape_nd(ir::make_shape(data.dims()), ir::make_shape(indices.dims()), 0));
  TRY_VOID(check_updates(wanted, ir::make_shape(updates.dims())));
  std::int64_t inner = 1;
  TRY(const auto at, positions_nd(data.dims(), indices, 0, op.wraps, inner));
  return scattered(data, updates, op.mode, at, inner);
}

constexpr std::string_view kDataDoc = "What is changed.";
constexpr std::string_view kModeDoc = "update, add, sub, mul, div, max or min.";
constexpr std::string_view kValidateDoc =
    "True: Core ML fails on an index out of range, instead of writing anywhere.";

template <class Op>
Interval bounds_of_mode(const Op& op, const BoundsContext& c) {
  const bool moves = op.mode == "update" || op.mode == "max" || op.mode == "min";
  return moves ? hull(c.of(op.data), c.of(op.updates)) : Interval();
}

}  // namespace

OpSchema scatter_schema() {
  using Op = Scatter;
  return make_schema<Op>(
      {.name = "scatter",
       .doc = "Combines slices of data along an axis, by index, with updates.",
       .mil = {"scatter"},
       .traits =
           traits::reduction(Accumulates::sums, Overflow::floats).looked_through(Walk::positions),
       .bounds = bounds_of_mode<Op>,
       .cost = cost::traffic,
       .infer = infer_scatter,
       .eval = eval_scatter},
      operand<&Op::data>("data", kAny, kDataDoc).grouped('T').takes_in_mil(kMilNumbers),
      operand<&Op::indices>("indices", kIndices, kIndicesDoc),
      operand<&Op::updates>("updates", kAny, "One slice per index.")
          .grouped('T')
          .takes_in_mil(kMilNumbers),
      attr<&Op::axis>("axis", "The dimension of data that is indexed."),
      attr<&Op::mode>("mode", kModeDoc), attr<&Op::wraps>("wraps", kWrapsDoc).not_in_mil(),
      attr<&Op::validate_indices>("validate_indices", kValidateDoc).since(Target::ios17));
}

OpSchema scatter_along_axis_schema() {
  using Op = ScatterAlongAxis;
  return make_schema<Op>(
      {.name = "scatter_along_axis",
       .doc = "data[i,indices[i,j,k],k] OP= updates[i,j,k] for axis 1.",
       .mil = {"scatter_along_axis"},
       .traits = traits::reduction(Accumulates::sums, Overflow::floats),
       .bounds = bounds_of_mode<Op>,
       .cost = cost::traffic,
       .infer = infer_along,
       .eval = eval_along},
      operand<&Op::data>("data", kAny, kDataDoc).grouped('T').takes_in_mil(kMilNumbers),
      operand<&Op::indices>("indices", kIndices, kIndicesDoc),
      operand<&Op::updates>("updates", kAny, "One element per index.")
          .grouped('T')
          .takes_in_mil(kMilNumbers),
      attr<&Op::axis>("axis", "The dimension of data that is indexed."),
      attr<&Op::mode>("mode", kModeDoc), attr<&Op::wraps>("wraps", kWrapsDoc).not_in_mil(),
      attr<&Op::validate_indices>("validate_indices", kValidateDoc).since(Target::ios17));
}

OpSchema scatter_nd_schema() {
  using Op = ScatterNd;
  return make_schema<Op>(
      {.name = "scatter_nd",
       .doc = "Combines slices of data, named by multi-indices in the last dimension of indices, "
              "with updates.",
       .mil = {"scatter_nd"},
       .traits =
           traits::reduction(Accumulates::sums, Overflow::floats).looked_through(Walk::positions),
       .bounds = bounds_of_mode<Op>,
       .cost = cost::traffic,
       .infer = infer_nd,
       .eval = eval_nd},
      operand<&Op::data>("data", kAny, kDataDoc).grouped('T').takes_in_mil(kMilNumbers),
      operand<&Op::indices>("indices", kIndices, kIndicesDoc),
      operand<&Op::updates>("updates", kAny, "One slice per multi-index.")
          .grouped('T')
          .takes_in_mil(kMilNumbers),
      attr<&Op::mode>("mode", kModeDoc), attr<&Op::wraps>("wraps", kWrapsDoc).not_in_mil(),
      attr<&Op::validate_indices>("validate_indices", kValidateDoc).since(Target::ios17));
}

}  // namespace corecast::op
