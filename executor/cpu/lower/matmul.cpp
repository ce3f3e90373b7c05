// Matrix products: linear and matmul.

#include "executor/cpu/lower/matmul.h"

#include "executor/cpu/lower/coded_weight.h"
#include "executor/cpu/lower/lower.h"
#include "ops/linear/linear.h"
#include "ops/linear/matmul.h"

namespace corecast::executor {

using cpu::MatrixView;
using cpu::PackedMatrix;
using ir::ValueId;

namespace {

/// A step that multiplies x by a constant, with whatever follows: `multiply(pool, x, y, epilogue)`.
template <class Multiply>
bool lower_product(Lowering& l, const char* kernel, ValueId x, ValueId bias_value,
                   Multiply multiply) {
  const SlotId a = l.plain(x);
  const SlotId bias = bias_value ? l.plain(bias_value) : SlotId();
  const Fused fused = fuse_followers(l, l.result(), Layout::plain);
  const SlotId y = l.make(fused.result);
  std::vector<SlotId> reads{a};
  if (bias) reads.push_back(bias);
  if (fused.residual) reads.push_back(fused.residual);
  return l.step(kernel, reads, {y}, [=](Frame& f) {
    cpu::Epilogue e = fused.epilogue;
    if (bias) e.bias = f.f32(bias);
    if (fused.residual) e.residual = f.f32(fused.residual);
    multiply(f.pool(), f.f32(a), f.f32(y), e);
    return Status();
  });
}

/// x [rows, k] times a packed constant.
bool lower_packed(Lowering& l, ValueId x, std::shared_ptr<const PackedMatrix> b, ValueId bias,
                  std::int64_t rows) {
  return lower_product(l, "gemm_packed", x, bias,
                       [=](auto& pool, const float* from, float* to, const cpu::Epilogue& e) {
                         cpu::gemm(pool, MatrixView::row_major(from, rows, b->k()), *b, to, b->n(),
                                   e);
                       });
}

/// x [rows, k] times a weight that stays compressed; false when it cannot stay so, or when so many
/// rows pay for unpacking it once.
bool lower_coded(Lowering& l, ValueId x, ValueId weight, bool columns, ValueId bias,
                 std::int64_t rows) {
  if (rows == 0 || rows > cpu::kMaxCodedRows) return false;
  const auto b = coded_weight(l, weight, columns);
  if (!b) return false;
  return lower_product(l, "gemm_coded", x, bias,
                       [=](auto& pool, const float* from, float* to, const cpu::Epilogue& e) {
                         b->multiply(pool, from, rows, to, b->n(), e);
                       });
}

}  // namespace

std::shared_ptr<const PackedMatrix> packed_rows(Lowering& l, ValueId weight, std::int64_t n,
                                                std::int64_t k) {
  return l.model().packed<PackedMatrix>(weight, kRowsAreOutputs, [&] {
    const float* data = l.constant(weight)->data<float>().data();
    return PackedMatrix(l.model().pool, MatrixView::row_major(data, n, k).transposed());
  });
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
  const SlotId x = l.plain(op.x), weight = l.plain(op.weight);
  const SlotId bias = op.bias ? l.plain(op.bias) : SlotId();
  const SlotId y = l.make(l.result());
  std::vector<SlotId> reads{x, weight};
  if (bias) reads.push_back(bias);
  return l.step("gemm", reads, {y}, [=](Frame& f) {
    cpu::Epilogue e;
    if (bias) e.bias = f.f32(bias);
    cpu::gemm(f.pool(), MatrixView::row_major(f.f32(x), rows, w[1]),
              MatrixView::row_major(f.f32(weight), w[0], w[1]).transposed(), f.f32(y), w[0], e);
    return Status();
  });
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
  cpu::BatchedMatrices m;
  m.a = matrix(dx, op.transpose_x && l.dims(op.x).size() > 1);
  m.b = matrix(dy, op.transpose_y && l.dims(op.y).size() > 1);
  if (m.a.cols != m.b.rows || m.a.cols == 0) return false;

  const bool one_y = product(dy) == m.b.rows * m.b.cols;
  if (one_y && l.is_weight(op.y) && m.a.col_stride == 1) {
    const std::int64_t rows = l.count(op.x) / m.a.cols;
    if (l.dims(op.y).size() == 2 && lower_coded(l, op.x, op.y, !op.transpose_y, {}, rows))
      return true;
    auto b = l.model().packed<PackedMatrix>(op.y, op.transpose_y ? kRowsAreOutputs : kRowsAreInputs,
                                            [&] {
                                              MatrixView view = m.b;
                                              view.data = l.constant(op.y)->data<float>().data();
                                              return PackedMatrix(l.model().pool, view);
                                            });
    return lower_packed(l, op.x, std::move(b), {}, rows);
  }

  const Dims bx(dx.begin(), dx.end() - 2), by(dy.begin(), dy.end() - 2);
  const auto batch = ir::broadcast(ir::make_shape(bx), ir::make_shape(by));
  if (!batch) return false;
  const Dims bd = ir::static_dims(*batch);
  const cpu::Broadcast shape(bd, {bx, by});
  const std::int64_t a_size = m.a.rows * m.a.cols, b_size = m.b.rows * m.b.cols;
  const std::int64_t count = product(bd);
  for (std::int64_t r = 0; r < (count ? shape.rows() : 0); ++r)
    for (std::int64_t i = 0; i < shape.row(); ++i) {
      m.a_offsets.push_back((shape.offset(0, r) + i * shape.step(0)) * a_size);
      m.b_offsets.push_back((shape.offset(1, r) + i * shape.step(1)) * b_size);
    }
  const SlotId x = l.plain(op.x), y = l.plain(op.y);
  const Fused fused = fuse_followers(l, l.result(), Layout::plain);
  const SlotId r = l.make(fused.result);
  std::vector<SlotId> reads{x, y};
  if (fused.residual) reads.push_back(fused.residual);
  return l.step("gemm_batched", reads, {r}, [=](Frame& f) mutable {
    m.a.data = f.f32(x);
    m.b.data = f.f32(y);
    cpu::Epilogue e = fused.epilogue;
    if (fused.residual) e.residual = f.f32(fused.residual);
    cpu::batched_gemm(f.pool(), m, f.f32(r), e);
    return Status();
  });
}

}  // namespace corecast::executor
