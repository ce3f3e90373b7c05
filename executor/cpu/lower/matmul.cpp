// Matrix products: linear and matmul.

#include "executor/cpu/lower/matmul.h"

#include "executor/cpu/lower/coded_weight.h"
#include "executor/cpu/lower/lower.h"
#include "ops/linear/linear.h"
#include "ops/linear/matmul.h"

namespace corecast::cpu {

using ir::ValueId;

/// x [rows, k] times a packed constant, with whatever follows. Operands: x, bias, residual; the
/// last two may be missing.
struct GemmPackedArguments {
  std::shared_ptr<const PackedMatrix> b;
  std::int64_t rows = 0;
  Epilogue epilogue;
};
Status run_gemm_packed(const GemmPackedArguments& a, const Call& c) {
  gemm(c.pool(), MatrixView::row_major(c.in(0), a.rows, a.b->k()), *a.b, c.out(0), a.b->n(),
       a.epilogue.with(c.in(1), c.in(2)));
  return {};
}

/// The same with a weight that stays compressed.
struct GemmCodedArguments {
  std::shared_ptr<const CodedMatrix> b;
  std::int64_t rows = 0;
  Epilogue epilogue;
};
Status run_gemm_coded(const GemmCodedArguments& a, const Call& c) {
  a.b->multiply(c.pool(), c.in(0), a.rows, c.out(0), a.b->n(), a.epilogue.with(c.in(1), c.in(2)));
  return {};
}

namespace {

/// A step that multiplies x by a constant, and takes over what follows.
template <class Arguments>
bool lower_product(Lowering& l, Kernel kernel, ValueId x, ValueId bias_value, Arguments arguments) {
  const SlotId a = l.plain(x), bias = optional(l, bias_value);
  const Fused fused = fuse_followers(l, l.result(), kPlain);
  const SlotId y = l.make(fused.result);
  arguments.epilogue = fused.epilogue;
  return l.step(kernel, std::move(arguments), {a, bias, fused.residual}, {y});
}

/// x [rows, k] times a packed constant.
bool lower_packed(Lowering& l, ValueId x, std::shared_ptr<const PackedMatrix> b, ValueId bias,
                  std::int64_t rows) {
  return lower_product(l, Kernel::gemm_packed, x, bias,
                       GemmPackedArguments{std::move(b), rows, {}});
}

/// x [rows, k] times a weight that stays compressed; false when it cannot stay so, or when so many
/// rows pay for unpacking it once.
bool lower_coded(Lowering& l, ValueId x, ValueId weight, bool columns, ValueId bias,
                 std::int64_t rows) {
  if (rows == 0 || rows > kMaxCodedRows) return false;
  auto b = coded_weight(l, weight, columns);
  if (!b) return false;
  return lower_product(l, Kernel::gemm_coded, x, bias, GemmCodedArguments{std::move(b), rows, {}});
}

}  // namespace

std::shared_ptr<const PackedMatrix> packed_rows(Lowering& l, ValueId weight, std::int64_t n,
                                                std::int64_t k) {
  return l.packed<PackedMatrix>(weight, kRowsAreOutputs, [&] {
    const float* data = l.constant(weight)->data<float>().data();
    return PackedMatrix(l.engine().pool(), MatrixView::row_major(data, n, k).transposed());
  });
}

/// x [rows, k] times the transpose of w [n, k]. Operands: x, w, bias, which may be missing.
struct GemmArguments {
  std::int64_t rows = 0, n = 0, k = 0;
};
Status run_gemm(const GemmArguments& a, const Call& c) {
  gemm(c.pool(), MatrixView::row_major(c.in(0), a.rows, a.k),
       MatrixView::row_major(c.in(1), a.n, a.k).transposed(), c.out(0), a.n,
       Epilogue{.bias = c.in(2)});
  return {};
}

bool lower_linear(Lowering& l) {
  const auto op = l.get<op::Linear>();
  if (!l.is_float(op.x) || !l.is_float(op.weight)) return false;
  const Dims w = l.dims(op.weight);
  const std::int64_t rows = w[1] ? l.count(op.x) / w[1] : 0;
  if (w[1] == 0) return false;
  if (lower_coded(l, op.x, op.weight, false, op.bias, rows)) return true;
  if (l.is_weight(op.weight))
    return lower_packed(l, op.x, packed_rows(l, op.weight, w[0], w[1]), op.bias, rows);
  const SlotId x = l.plain(op.x), weight = l.plain(op.weight), bias = optional(l, op.bias);
  const SlotId y = l.make(l.result());
  return l.step(Kernel::gemm, GemmArguments{rows, w[0], w[1]}, {x, weight, bias}, {y});
}

/// Operands: x, y, and what follows adds, which may be missing.
struct GemmBatchedArguments {
  BatchedMatrices matrices;  ///< without their data
  Epilogue epilogue;
};
Status run_gemm_batched(const GemmBatchedArguments& a, const Call& c) {
  batched_gemm(c.pool(), a.matrices, c.in(0), c.in(1), c.out(0), a.epilogue.with(nullptr, c.in(2)));
  return {};
}

bool lower_matmul(Lowering& l) {
  const auto op = l.get<op::Matmul>();
  if (!l.is_float(op.x) || !l.is_float(op.y)) return false;
  if (lower_written_attention(l)) return true;
  Dims dx = l.dims(op.x), dy = l.dims(op.y);
  if (dx.size() == 1) dx = {1, dx[0]};
  if (dy.size() == 1) dy = {dy[0], 1};
  auto matrix = [](const Dims& d, bool transposed) {
    const std::int64_t rows = d[d.size() - 2], cols = d[d.size() - 1];
    const MatrixView m = MatrixView::row_major(nullptr, rows, cols);
    return transposed ? m.transposed() : m;
  };
  // Transposing a rank-1 operand means nothing.
  BatchedMatrices m;
  m.a = matrix(dx, op.transpose_x && l.dims(op.x).size() > 1);
  m.b = matrix(dy, op.transpose_y && l.dims(op.y).size() > 1);
  if (m.a.cols != m.b.rows || m.a.cols == 0) return false;

  const bool one_y = product(dy) == m.b.rows * m.b.cols;
  if (one_y && l.is_weight(op.y) && m.a.col_stride == 1) {
    const std::int64_t rows = l.count(op.x) / m.a.cols;
    if (l.dims(op.y).size() == 2 && lower_coded(l, op.x, op.y, !op.transpose_y, {}, rows))
      return true;
    const PackedForm form = op.transpose_y ? kRowsAreOutputs : kRowsAreInputs;
    auto b = l.packed<PackedMatrix>(op.y, form, [&] {
      MatrixView view = m.b;
      view.data = l.constant(op.y)->data<float>().data();
      return PackedMatrix(l.engine().pool(), view);
    });
    return lower_packed(l, op.x, std::move(b), {}, rows);
  }

  const Dims bx(dx.begin(), dx.end() - 2), by(dy.begin(), dy.end() - 2);
  const auto batch = ir::broadcast(ir::make_shape(bx), ir::make_shape(by));
  if (!batch) return false;
  const Dims bd = ir::static_dims(*batch);
  const Broadcast shape(bd, {bx, by});
  const std::int64_t a_size = m.a.rows * m.a.cols, b_size = m.b.rows * m.b.cols;
  const std::int64_t count = product(bd);
  for (std::int64_t r = 0; r < (count ? shape.rows() : 0); ++r)
    for (std::int64_t i = 0; i < shape.row(); ++i) {
      m.a_offsets.push_back((shape.offset(0, r) + i * shape.step(0)) * a_size);
      m.b_offsets.push_back((shape.offset(1, r) + i * shape.step(1)) * b_size);
    }
  const SlotId x = l.plain(op.x), y = l.plain(op.y);
  const Fused fused = fuse_followers(l, l.result(), kPlain);
  const SlotId r = l.make(fused.result);
  return l.step(Kernel::gemm_batched, GemmBatchedArguments{std::move(m), fused.epilogue},
                {x, y, fused.residual}, {r});
}

}  // namespace corecast::cpu
