#include "ops/elementwise/cast.h"

#include "ops/elements.h"

namespace corecast::op {

namespace {

// Packed and 8-bit types too: compressed weights pass through casts.
constexpr DTypeSet kCastable =
    kAny | DTypeSet::of(DType::i4, DType::u1, DType::u2, DType::u3, DType::u4, DType::u6,
                        DType::f8e4m3, DType::f8e5m2, DType::f4e2m1);

Result<Types> infer(const Cast& op, InferContext& c) {
  if (!kCastable.contains(op.dtype))
    return infer_error("dtype ", ir::name_of(op.dtype), " cannot be cast to");
  return Types{c.type(op.x).with(op.dtype)};
}

bool wide_integer(DType d) { return ir::is_integer(d) && ir::bits_of(d) >= 8; }

Result<Tensors> eval(const Cast& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  if (op.dtype == x.dtype()) return Tensors{x};
  if (op.dtype == DType::boolean) {
    Tensor out = Tensor::empty(DType::boolean, x.dims());
    auto to = out.mutable_data<bool>();
    for (std::int64_t i = 0; i < x.count(); ++i) to[static_cast<std::size_t>(i)] = x.at(i) != 0;
    return Tensors{out};
  }
  if (!wide_integer(x.dtype()) || !wide_integer(op.dtype)) return Tensors{x.cast(op.dtype)};
  Tensor out = Tensor::empty(op.dtype, x.dims());
  with_int(x.dtype(), [&](auto from) {
    with_int(op.dtype, [&](auto to) {
      const auto in = x.data<decltype(from)>();
      auto result = out.mutable_data<decltype(to)>();
      for (std::size_t i = 0; i < in.size(); ++i)
        result[i] = wrapped<decltype(to)>(bits_of_int(in[i]));
    });
  });
  return Tensors{out};
}

std::optional<Dims> known(const Cast& op, const InferContext& c) {
  auto out = known_elements(op.x, c);
  if (!out) return std::nullopt;
  if (op.dtype == DType::f16 || op.dtype == DType::bf16) return std::nullopt;
  if (op.dtype == DType::boolean) {
    for (auto& d : *out) {
      if (!d.is_constant() && d.lower_bound().value_or(0) <= 0) return std::nullopt;
      d = d == Dim(0) ? 0 : 1;
    }
    return out;
  }
  // A constant that does not fit would wrap; sizes are taken to fit.
  for (const auto& d : *out) {
    if (ir::is_integer(op.dtype) && d.is_constant() &&
        (d.value() < ir::min_of(op.dtype) || d.value() > ir::max_of(op.dtype))) {
      return std::nullopt;
    }
  }
  if (ir::is_integer(op.dtype) && ir::bits_of(op.dtype) < 32 && !ir::is_floating(op.dtype)) {
    for (const auto& d : *out) {
      if (!d.is_constant()) return std::nullopt;
    }
  }
  return out;
}

/// Not a number becomes true, or the integer 0.
Interval bounds_of_cast(const Cast& op, const BoundsContext& c) {
  const Interval x = c.of(op.x), range = ir::range_of(op.dtype);
  if (op.dtype == DType::boolean) return range;
  if (ir::is_floating(op.dtype)) return x;
  if (ir::is_floating(c.dtype(op.x))) return hull(x, Interval::only(0));
  return range.contains(x.lo) && range.contains(x.hi) ? x : range;  // integers wrap around
}

}  // namespace

OpSchema cast_schema() {
  return make_schema<Cast>(
      {.name = "cast",
       .doc = "x in another element type: floats round to nearest even, float to integer "
              "truncates and saturates, integers wrap around, to bool is x != 0.",
       .mil = {"cast"},
       .traits = traits::pointwise(Overflow::floats)
                     .looked_through(Walk::scale | Walk::vocabulary | Walk::sign),
       .bounds = bounds_of_cast,
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval,
       .known = known},
      operand<&Cast::x>("x", kCastable, "Input."),
      attr<&Cast::dtype>("dtype", "Element type of the result."));
}

}  // namespace corecast::op
