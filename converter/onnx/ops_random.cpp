// Random tensors, and EyeLike, which shares their way of naming shape and element type.
//
// Seeds are ONNX's own business: no two runtimes draw the same numbers for one.
#include "converter/onnx/rows.h"
#include "ops/creation/random.h"
#include "ops/elementwise/cast.h"
#include "ops/shape/shape.h"

namespace corecast::onnx {
namespace {

std::int64_t seed_of(OnnxNode& n) {
  return n.has_attr("seed") ? static_cast<std::int64_t>(n.real("seed", 0)) & INT32_MAX : -1;
}

// The attribute's element type, else that of the input.
DType dtype_or(OnnxNode& n, DType fallback) {
  if (!n.has_attr("dtype")) return fallback;
  const auto type = static_cast<int>(n.integer("dtype", 0));
  const auto dtype = dtype_of(type);
  if (dtype && *dtype != DType::string) return *dtype;
  n.unsupported("ONNX element type ", type);
  return fallback;
}

struct Draw {
  ValueId shape;
  DType dtype;
};
Draw of_shape(OnnxNode& n) { return {n.ints(n.integers("shape")), dtype_or(n, DType::f32)}; }
Draw like_input(OnnxNode& n) {
  const ValueId x = n.input(0);
  const DType dtype = dtype_or(n, n.dtype(x));
  return {n.failed() ? ValueId() : n.add(op::ShapeOf{x}), dtype};
}

Values uniform(OnnxNode& n, const Draw& draw) {
  op::RandomUniform r{};
  r.shape = draw.shape;
  r.low = n.scalar(draw.dtype, n.real("low", 0));
  r.high = n.scalar(draw.dtype, n.real("high", 1));
  r.seed = seed_of(n);
  return {n.add(r)};
}

Values normal(OnnxNode& n, const Draw& draw) {
  op::RandomNormal r{};
  r.shape = draw.shape;
  r.mean = n.scalar(draw.dtype, n.real("mean", 0));
  r.stddev = n.scalar(draw.dtype, n.real("scale", 1));
  r.seed = seed_of(n);
  return {n.add(r)};
}

}  // namespace

Values random_uniform(OnnxNode& n) { return uniform(n, of_shape(n)); }
Values random_uniform_like(OnnxNode& n) { return uniform(n, like_input(n)); }
Values random_normal(OnnxNode& n) { return normal(n, of_shape(n)); }
Values random_normal_like(OnnxNode& n) { return normal(n, like_input(n)); }

// The input holds logarithms of weights.
Values multinomial(OnnxNode& n) {
  op::RandomCategorical r{};
  r.x = n.input(0);
  r.mode = "logits";
  r.size = n.integer("sample_size", 1);
  r.seed = seed_of(n);
  const DType dtype = dtype_or(n, DType::i32);
  return {n.add(op::Cast{n.add(r), dtype})};
}

Values eye_like(OnnxNode& n) {
  const ValueId x = n.input(0);
  const DType dtype = dtype_or(n, n.dtype(x));
  if (n.failed()) return {};
  if (n.rank(x) != 2) return n.fail("the input has rank ", n.rank(x), ", 2 is needed");
  if (!ir::is_static(n.shape(x))) return n.unsupported("flexible sizes");
  const auto dims = ir::static_dims(n.shape(x));
  const auto count = ir::element_count(dims);
  if (!count || *count > (1 << 26)) return n.unsupported("a matrix of this size");
  const std::int64_t k = n.integer("k", 0);
  Tensor eye = Tensor::zeros(dtype, dims);
  for (std::int64_t row = 0; row < dims[0]; ++row) {
    if (row + k >= 0 && row + k < dims[1]) eye.set(row * dims[1] + row + k, 1);
  }
  return {n.constant(std::move(eye))};
}

}  // namespace corecast::onnx
