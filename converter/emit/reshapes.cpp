#include "converter/emit/reshapes.h"

#include <algorithm>

#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/select.h"
#include "ops/indexing/gather.h"
#include "ops/shape/concat.h"
#include "ops/shape/reshape.h"
#include "ops/shape/shape.h"
#include "ops/shape/slice_by_index.h"

namespace corecast::emit {

Dim product(const Shape& s, std::int64_t from, std::int64_t to) {
  Dim p(1);
  for (std::int64_t i = from; i < to; ++i) p = p * s[static_cast<std::size_t>(i)];
  return p;
}

ValueId reshape_target(Emit& e, const Dims& dims) {
  std::vector<std::int64_t> target;
  int symbolic = 0;
  bool zero = false;
  for (const Dim& d : dims) {
    target.push_back(d.is_constant() ? d.value() : -1);
    symbolic += d.is_constant() ? 0 : 1;
    zero = zero || d == Dim(0);
  }
  return symbolic == 0 || (symbolic == 1 && !zero) ? e.ints(target) : ValueId();
}

namespace {

// A shape that only the run knows: its zeros stand for the input's sizes at their places.
ValueId zeros_replaced(Emit& e, ValueId target, ValueId x) {
  const Shape& length = e.shape(target);
  if (length.size() != 1 || !length[0].is_constant()) return target;  // inference reports it
  const std::int64_t count = length[0].value(), rank = e.rank(x);
  const ValueId shape =
      e.dtype(target) == DType::i32 ? target : e.add(op::Cast{target, DType::i32});
  ValueId sizes = e.add(op::ShapeOf{x});
  if (count < rank) {
    op::SliceByIndex first{};
    first.x = sizes;
    first.begin = e.ints({0});
    first.end = e.ints({count});
    sizes = e.add(first);
  } else if (count > rank) {
    const std::vector<std::int64_t> zeros(static_cast<std::size_t>(count - rank), 0);
    sizes = e.add(op::Concat{.values = {sizes, e.ints(zeros)}, .axis = 0});
  }
  return e.add(op::Select{e.add(op::Equal{shape, e.int_scalar(0)}), sizes, shape});
}

// The sizes that a known target stands for. A problem when they do not fit `from`.
Dims target_sizes(Emit& e, const Shape& from, const Dims& known, bool zero_copies) {
  Dims dims = known;
  Dim rest(1);
  std::optional<std::size_t> inferred;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == Dim(0) && zero_copies) {
      if (i >= from.size()) {
        e.fail("shape has 0 at position ", i, ", beyond the input's rank ", from.size());
        return dims;
      }
      dims[i] = from[i];
    }
    if (dims[i] == Dim(-1)) {
      if (inferred) e.fail("shape has more than one -1");
      inferred = i;
    } else {
      rest = rest * dims[i];
    }
  }
  const Dim total = ir::element_count(from);
  const bool numbers = total.is_constant() && rest.is_constant();
  if (inferred && rest == Dim(0)) {
    e.fail("shape has -1 beside a size of 0");
    return dims;
  }
  const auto exact = inferred ? ir::exact_div(total, rest) : std::nullopt;
  if (numbers && (inferred ? !exact : !(total == rest)))
    e.fail("cannot reshape ", ir::to_string(from), " to ", ir::to_string(known));
  if (inferred) dims[*inferred] = exact ? *exact : ir::floor_div(total, rest);
  return dims;
}

// Several flexible sizes: the computed shape, with copied sizes read from x.
ValueId copied_sizes(Emit& e, ValueId x, ValueId target, const Dims& known) {
  const ValueId shape = e.cast(target, DType::i32);
  if (std::none_of(known.begin(), known.end(), [](const Dim& d) { return d == Dim(0); }))
    return shape;
  const ValueId sizes = e.add(op::ShapeOf{x});
  std::vector<ValueId> parts;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const ValueId index = e.ints({static_cast<std::int64_t>(i)});
    parts.push_back(
        e.add(op::Gather{.x = known[i] == Dim(0) ? sizes : shape, .indices = index, .axis = 0}));
  }
  return e.add(op::Concat{.values = parts, .axis = 0});
}

}  // namespace

ValueId reshaped(Emit& e, ValueId x, ValueId target, bool zero_copies) {
  if (e.failed()) return {};
  if (e.rank(target) == 1 && e.shape(target)[0].constant().value_or(0) > kLargestRank) {
    e.fail("the shape has ", e.shape(target)[0].value(), " sizes");
    return {};
  }
  const auto known = e.known(target);
  if (!known) return e.add(op::Reshape{x, zero_copies ? zeros_replaced(e, target, x) : target});
  const Dims dims = target_sizes(e, e.shape(x), *known, zero_copies);
  if (e.failed()) return {};
  if (const ValueId fixed = reshape_target(e, dims)) return e.add(op::Reshape{x, fixed});
  const ValueId shape =
      zero_copies ? copied_sizes(e, x, target, *known) : e.cast(target, DType::i32);
  return e.add(op::Reshape{x, shape});
}

}  // namespace corecast::emit
