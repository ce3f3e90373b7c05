// Elementwise operators that need more than their name.
#include "converter/onnx/rows.h"
#include "ops/activation/activation.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/elementwise/select.h"

namespace corecast::onnx {

Values bit_shift(OnnxNode& n) {
  op::BitShift shift{n.input(0), n.input(1)};
  shift.direction = n.text("direction", "");
  return {n.add(shift)};
}

namespace {

// Small floats saturate (to e4m3 the cast itself does); floats become 4-bit integers as 32-bit ones
// do, whose upper bits are dropped.
ValueId cast_to(OnnxNode& n, ValueId x, DType to) {
  const bool narrow = to == DType::f8e4m3 || to == DType::f8e5m2;
  if (narrow && n.integer("saturate", 1) == 0) {
    n.unsupported("a cast to ", ir::name_of(to), " that does not saturate");
    return {};
  }
  if ((to == DType::f8e5m2 || to == DType::f4e2m1) && ir::is_floating(n.dtype(x))) {
    const double largest = to == DType::f8e5m2 ? 57344 : 6;
    x = n.add(op::Clip{.x = x, .alpha = -largest, .beta = largest});
  }
  if (ir::is_integer(to) && ir::bits_of(to) < 8 && ir::is_floating(n.dtype(x)))
    x = n.add(op::Cast{x, DType::i32});
  return n.add(op::Cast{x, to});
}

}  // namespace

Values cast(OnnxNode& n) {
  const auto to = static_cast<int>(n.integer("to", 0));
  const auto dtype = dtype_of(to);
  const ValueId x = n.input(0);
  if (!dtype || *dtype == DType::string || n.dtype(x) == DType::string)
    return n.unsupported("cast to ONNX element type ", to, " is not supported");
  return {cast_to(n, x, *dtype)};
}

Values cast_like(OnnxNode& n) {
  const ValueId x = n.input(0);
  const DType to = n.dtype(n.input(1));
  if (to == DType::string || n.dtype(x) == DType::string)
    return n.unsupported("cast of text is not supported");
  return {cast_to(n, x, to)};
}

Values celu(OnnxNode& n) {
  return {n.add(op::Celu{.x = n.input(0), .alpha = n.real("alpha", 1.0)})};
}

// Clip(x, min, max) = Min(max, Max(x, min)); the bounds became inputs in opset 11.
Values clip(OnnxNode& n) {
  ValueId x = n.input(0);
  ValueId lo, hi;
  if (n.opset() < 11) {
    if (n.has_attr("min")) lo = n.scalar(n.dtype(x), n.real("min", 0));
    if (n.has_attr("max")) hi = n.scalar(n.dtype(x), n.real("max", 0));
  } else {
    lo = n.optional(1);
    hi = n.optional(2);
  }
  const Tensor* l = n.constant(lo);
  const Tensor* h = n.constant(hi);
  if (ir::is_floating(n.dtype(x)) && (!lo || (l && l->count() == 1)) &&
      (!hi || (h && h->count() == 1))) {
    if (!lo && !hi) return {x};
    op::Clip clip{.x = x};
    if (l) clip.alpha = l->at(0);
    if (h) clip.beta = h->at(0);
    // When the bounds cross ONNX gives the upper one; MIL leaves it open.
    if (clip.alpha <= clip.beta) return {n.add(clip)};
  }
  if (lo) x = n.add(op::Maximum{x, lo});
  if (hi) x = n.add(op::Minimum{x, hi});
  return {x};
}

// Integers divide towards zero, MIL's floor_div towards minus infinity: where the signs may differ
// x is first made a multiple of y.
Values div(OnnxNode& n) {
  ValueId x = n.input(0);
  const ValueId y = n.input(1);
  if (n.failed()) return {};
  const DType dtype = n.dtype(x);
  if (ir::is_floating(dtype)) return {n.add(op::RealDiv{x, y})};
  const auto non_negative = [&](ValueId v) {
    if (!ir::is_signed(n.dtype(v))) return true;
    const auto dims = n.known(v);
    if (!dims) return false;
    for (const Dim& d : *dims) {
      const auto low = d.lower_bound();
      if (!low || *low < 0) return false;
    }
    return true;
  };
  if (!(non_negative(x) && non_negative(y))) x = n.add(op::Sub{x, n.add(op::RemainderTrunc{x, y})});
  return {n.add(op::FloorDiv{x, y})};
}

Values elu(OnnxNode& n) { return {n.add(op::Elu{.x = n.input(0), .alpha = n.real("alpha", 1.0)})}; }

Values gelu(OnnxNode& n) {
  const std::string approximate = n.text("approximate", "none");
  if (approximate != "none" && approximate != "tanh")
    return n.fail("approximate is ", quote(approximate));
  op::Gelu gelu{.x = n.input(0)};
  gelu.mode = approximate == "tanh" ? "TANH_APPROXIMATION" : "EXACT";
  return {n.add(gelu)};
}

Values hard_sigmoid(OnnxNode& n) {
  op::SigmoidHard h{.x = n.input(0)};
  h.alpha = n.real("alpha", static_cast<double>(0.2f));
  h.beta = n.real("beta", 0.5);
  return {n.add(h)};
}

Values hard_swish(OnnxNode& n) { return {n.add(op::HardSwish{n.input(0)})}; }

Values is_inf(OnnxNode& n) {
  op::IsInf i{.x = n.input(0)};
  i.detect_negative = n.integer("detect_negative", 1) != 0;
  i.detect_positive = n.integer("detect_positive", 1) != 0;
  return {n.add(i)};
}

Values leaky_relu(OnnxNode& n) {
  return {
      n.add(op::LeakyRelu{.x = n.input(0), .alpha = n.real("alpha", static_cast<double>(0.01f))})};
}

Values log(OnnxNode& n) { return {n.add(op::Log{.x = n.input(0), .epsilon = 0})}; }

Values mean(OnnxNode& n) {
  const Values sum = fold_left<op::Add>(n);
  return {
      n.add(op::RealDiv{sum[0], n.scalar(n.dtype(sum[0]), static_cast<double>(n.input_count()))})};
}

Values mish(OnnxNode& n) { return {n.add(op::Mish{n.input(0)})}; }

Values mod(OnnxNode& n) {
  const ValueId x = n.input(0);
  if (n.integer("fmod", 0)) return {n.add(op::RemainderTrunc{x, n.input(1)})};
  return {n.add(op::Mod{x, n.input(1)})};
}

// The exponent may have another element type than the base, whose type the result has.
Values pow(OnnxNode& n) {
  const ValueId x = n.input(0);
  ValueId y = n.input(1);
  if (n.failed()) return {};
  const DType base = n.dtype(x);
  if (n.dtype(y) == base) return {n.add(op::Pow{x, y})};
  if (ir::is_floating(base)) return {n.add(op::Pow{x, n.add(op::Cast{y, base})})};
  const DType wide = ir::is_floating(n.dtype(y)) ? n.dtype(y) : DType::i64;
  const ValueId power = n.add(op::Pow{n.add(op::Cast{x, wide}), n.add(op::Cast{y, wide})});
  return {n.add(op::Cast{power, base})};
}

// MIL's prelu wants one slope per channel (axis 1); other shapes are max(x,0) + slope * min(x,0).
Values prelu(OnnxNode& n) {
  const ValueId x = n.input(0);
  const ValueId slope = n.input(1);
  if (n.failed()) return {};
  const Tensor* s = n.constant(slope);
  const std::int64_t rank = n.rank(x);
  if (s && rank >= 3 && n.shape(x)[1].is_constant()) {
    const std::int64_t channels = n.shape(x)[1].value();
    std::vector<std::int64_t> per_channel(static_cast<std::size_t>(rank) - 1, 1);
    per_channel[0] = channels;
    if (s->dims() == per_channel && channels > 0) {
      return {n.add(op::Prelu{.x = x, .alpha = n.constant(s->reshaped({channels}))})};
    }
  }
  const ValueId zero = n.scalar(n.dtype(x), 0);
  const ValueId negative = n.add(op::Mul{n.add(op::Minimum{x, zero}), slope});
  return {n.add(op::Add{n.add(op::Maximum{x, zero}), negative})};
}

Values reciprocal(OnnxNode& n) { return {n.add(op::Inverse{.x = n.input(0), .epsilon = 0})}; }

Values relu(OnnxNode& n) {
  const ValueId x = n.input(0);
  if (ir::is_floating(n.dtype(x))) return {n.add(op::Relu{x})};
  return {n.add(op::Maximum{x, n.scalar(n.dtype(x), 0)})};
}

Values selu(OnnxNode& n) {
  // The defaults are ONNX's, as floats.
  op::Selu selu{.x = n.input(0)};
  selu.alpha = n.real("alpha", static_cast<double>(1.67326319217681884765625f));
  selu.gamma = n.real("gamma", static_cast<double>(1.05070102214813232421875f));
  return {n.add(selu)};
}

// x + bias below -lambd, x - bias above lambd, else 0.
Values shrink(OnnxNode& n) {
  const ValueId x = n.input(0);
  const DType d = n.dtype(x);
  const ValueId bias = n.scalar(d, n.real("bias", 0));
  const double lambd = n.real("lambd", 0.5);
  const ValueId low = n.add(op::Less{x, n.scalar(d, -lambd)});
  const ValueId high = n.add(op::Greater{x, n.scalar(d, lambd)});
  const ValueId inner = n.add(op::Select{high, n.add(op::Sub{x, bias}), n.scalar(d, 0)});
  return {n.add(op::Select{low, n.add(op::Add{x, bias}), inner})};
}

Values thresholded_relu(OnnxNode& n) {
  return {
      n.add(op::ThresholdedRelu{.x = n.input(0), .alpha = n.real("alpha", 1.0), .strict = true})};
}

Values where(OnnxNode& n) {
  const ValueId condition = n.input(0);
  const ValueId a = n.input(1);
  return {n.add(op::Select{condition, a, n.input(2)})};
}

}  // namespace corecast::onnx
