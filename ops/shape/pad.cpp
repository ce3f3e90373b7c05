#include "ops/shape/pad.h"

#include <algorithm>

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

Result<Shape> padded(const Pad& op, const Shape& x, const Dims& pad) {
  const std::size_t n = pad.size() / 2;
  const bool constant = op.mode == "constant", reflect = op.mode == "reflect";
  if (!constant && !reflect && op.mode != "replicate") {
    return infer_error("mode \"", op.mode, "\" is none of constant, reflect, replicate");
  }
  if (pad.size() % 2 != 0 || n > x.size()) {
    return infer_error("pad must have two entries per padded dimension of ", ir::to_string(x),
                       ", not ", pad.size());
  }
  Shape out = x;
  for (std::size_t i = 0; i < n; ++i) {
    Dim& d = out[x.size() - n + i];
    const Dim size = d;
    for (const Dim& p : {pad[2 * i], pad[2 * i + 1]}) {
      if (p.is_constant() && p.value() < 0)
        return infer_error("pad ", ir::to_string(pad), " has a negative entry");
      if (!constant && p.is_constant() && size.is_constant() && p.value() > 0) {
        if (reflect ? p.value() >= size.value() : size.value() == 0) {
          return infer_error(op.mode, " cannot add ", p.value(),
                             " elements to a dimension of size ", size.value());
        }
      }
      d = d + p;
    }
  }
  return out;
}

// The element of x that position `i` shows, `i` counting from x's first one; -1: none.
std::int64_t source(std::int64_t i, std::int64_t size, const std::string& mode) {
  if (i >= 0 && i < size) return i;
  if (mode == "reflect") return i < 0 ? -i : 2 * (size - 1) - i;
  if (mode == "replicate") return std::clamp(i, std::int64_t{0}, size - 1);
  return -1;
}

Result<Types> infer(const Pad& op, InferContext& c) {
  const Type& x = c.type(op.x);
  TRY(const std::int64_t length, vector_length(op.pad, "pad", c));
  if (const auto pad = c.known(op.pad)) {
    TRY(Shape out, padded(op, x.shape, *pad));
    return Types{Type(x.dtype, std::move(out))};
  }
  // Only to check mode and length.
  TRY_VOID(padded(op, x.shape, Dims(static_cast<std::size_t>(length), Dim(0))));
  Shape out = x.shape;
  for (std::size_t i = out.size() - static_cast<std::size_t>(length) / 2; i < out.size(); ++i) {
    out[i] = c.fresh(static_cast<int>(i));
  }
  return Types{Type(x.dtype, std::move(out))};
}

Result<Tensors> eval(const Pad& op, EvalContext& c) {
  const Tensor& x = c.tensor(op.x);
  const auto pad = c.tensor(op.pad).to_ints();
  TRY(const Shape shape, padded(op, ir::make_shape(x.dims()), ir::make_shape(pad)));
  TRY(const auto dims, actual_dims(shape, "pad"));
  Tensor out = broadcast_to(Tensor::scalar(op.constant_val).cast(x.dtype()), dims);
  const auto strides = row_major_strides(x.dims());
  const std::size_t first = dims.size() - pad.size() / 2;
  const auto size = static_cast<std::size_t>(ir::bits_of(x.dtype()) / 8);
  const std::byte* from = x.bytes().data();
  auto* to = static_cast<std::byte*>(out.mutable_bytes());
  std::int64_t next = 0;
  for_each_index(dims, [&](const auto& index) {
    std::int64_t at = 0;
    bool inside = true;
    for (std::size_t i = 0; i < dims.size(); ++i) {
      const std::int64_t before = i < first ? 0 : pad[2 * (i - first)];
      const std::int64_t s = source(index[i] - before, x.dims()[i], op.mode);
      inside = inside && s >= 0;
      at += s * strides[i];
    }
    if (inside) copy_element(from, at, to, next, size);
    ++next;
  });
  return Tensors{out};
}

}  // namespace

OpSchema pad_schema() {
  return make_schema<Pad>(
      {.name = "pad",
       .doc = "Adds elements before and after the last dimensions.",
       .mil = {"pad"},
       .traits = traits::filling(Walk::positions),
       .bounds =
           [](const Pad& op, const BoundsContext& c) {
             return op.mode == "constant" ? hull(c.of(op.x), Interval::only(op.constant_val))
                                          : c.of(op.x);
           },
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval},
      operand<&Pad::x>("x", kAny, "Input.").takes_in_mil(kMilFloats),
      operand<&Pad::pad>("pad", kIndices,
                         "[before, after] of each of the last dimensions, outermost first."),
      attr<&Pad::mode>("mode",
                       "What is added: constant (constant_val), reflect (without the edge), "
                       "replicate (the edge)."),
      attr<&Pad::constant_val>("constant_val", "The element added in mode constant.").limit());
}

}  // namespace corecast::op
