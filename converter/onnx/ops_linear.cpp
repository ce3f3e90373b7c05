// Matrix products.
#include "converter/emit/einsum.h"
#include "converter/onnx/rows.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/linear/matmul.h"

namespace corecast::onnx {

Values matmul(OnnxNode& n) {
  const ValueId x = n.input(0);
  return {n.add(op::Matmul{.x = x, .y = n.input(1)})};
}

// alpha * A' B' + beta * C
Values gemm(OnnxNode& n) {
  op::Matmul product{.x = n.input(0), .y = n.input(1)};
  product.transpose_x = n.integer("transA", 0) != 0;
  product.transpose_y = n.integer("transB", 0) != 0;
  ValueId y = n.add(product);
  if (n.failed()) return {};
  const DType dtype = n.dtype(y);
  const auto scaled = [&](ValueId v, double factor) {
    return factor == 1.0 ? v : n.add(op::Mul{v, n.scalar(dtype, factor)});
  };
  y = scaled(y, n.real("alpha", 1.0));
  const ValueId c = n.optional(2);
  const double beta = n.real("beta", 1.0);
  return {c && beta != 0 ? n.add(op::Add{y, scaled(c, beta)}) : y};
}

Values einsum(OnnxNode& n) {
  const Values operands = n.inputs();
  return {emit::einsum(n, n.text("equation", ""), operands)};
}

}  // namespace corecast::onnx
