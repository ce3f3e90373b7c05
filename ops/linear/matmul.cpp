#include "ops/linear/matmul.h"

#include "ir/function.h"
#include "ops/detail/common.h"
#include "ops/detail/sums.h"
#include "ops/detail/wide.h"

namespace corecast::op {
namespace {

// One operand seen as [*batch, rows, cols], after its transpose flag.
struct Matrix {
  Shape batch;
  Dim rows, cols;
  bool vector = false;
};

Result<Matrix> as_matrix(const Shape& shape, bool left, bool transposed, std::string_view name) {
  if (shape.empty()) return infer_error(name, " must have rank 1 or more, not 0");
  if (shape.size() == 1) {
    if (transposed)
      return infer_error("transpose_", name, " needs rank 2 or more, ", name, " has rank 1");
    return left ? Matrix{{}, 1, shape[0], true} : Matrix{{}, shape[0], 1, true};
  }
  Matrix m{Shape(shape.begin(), shape.end() - 2), shape[shape.size() - 2], shape.back(), false};
  if (transposed) std::swap(m.rows, m.cols);
  return m;
}

Result<DType> result_dtype(DType x, DType y, bool x_constant) {
  if (x == y) return x;
  if (!ir::is_floating(x) || !ir::is_floating(y)) {
    return infer_error("x is ", ir::name_of(x), " and y is ", ir::name_of(y), "; they must match");
  }
  return x_constant ? y : x;  // MIL: the type of the one that is not constant
}

Result<Types> infer(const Matmul& op, InferContext& c) {
  TRY(const Matrix x, as_matrix(c.shape(op.x), true, op.transpose_x, "x"));
  TRY(const Matrix y, as_matrix(c.shape(op.y), false, op.transpose_y, "y"));
  TRY(const DType dtype, result_dtype(c.dtype(op.x), c.dtype(op.y), c.constant(op.x) != nullptr));
  if (!must_equal(x.cols, y.rows)) {
    return infer_error("inner sizes differ: x has ", x.cols.to_string(), ", y has ",
                       y.rows.to_string());
  }
  auto shape = ir::broadcast(x.batch, y.batch);
  if (!shape) {
    return infer_error("batch dims ", ir::to_string(x.batch), " and ", ir::to_string(y.batch),
                       " do not broadcast");
  }
  if (!x.vector) shape->push_back(x.rows);
  if (!y.vector) shape->push_back(y.cols);
  return Types{Type(dtype, std::move(*shape))};
}

// Strides of one operand for the index [*batch, i, k, j] of the sum.
std::vector<std::int64_t> strides_of(const Tensor& t, bool left, bool transposed,
                                     const std::vector<std::int64_t>& batch) {
  auto dims = t.dims();
  if (dims.size() == 1) dims.insert(left ? dims.begin() : dims.end(), 1);
  const auto own = row_major_strides(dims);
  const std::size_t n = dims.size();
  std::int64_t row = own[n - 2], col = own[n - 1];
  if (transposed) std::swap(row, col);
  std::vector<std::int64_t> out(batch.size(), 0);
  for (std::size_t i = 0; i + 2 < n; ++i) {
    if (dims[i] != 1) out[batch.size() - (n - 2) + i] = own[i];
  }
  if (left)
    out.insert(out.end(), {row, col, 0});
  else
    out.insert(out.end(), {0, row, col});
  return out;
}

Result<Tensors> eval(const Matmul& op, EvalContext& c) {
  const Tensor &x = c.tensor(op.x), &y = c.tensor(op.y);
  const Type& type = c.result_type();
  const auto dims = ir::static_dims(type.shape);
  const std::size_t tail = (x.rank() > 1 ? 1u : 0u) + (y.rank() > 1 ? 1u : 0u);
  const std::vector<std::int64_t> batch(dims.begin(),
                                        dims.end() - static_cast<std::ptrdiff_t>(tail));
  const auto sx = strides_of(x, true, op.transpose_x, batch),
             sy = strides_of(y, false, op.transpose_y, batch);
  auto size_of = [](const Tensor& t, bool last) {
    return t.dims()[t.dims().size() - (last ? 1u : 2u)];
  };
  const auto m = x.rank() > 1 ? size_of(x, op.transpose_x) : 1;
  const auto k = size_of(x, x.rank() == 1 || !op.transpose_x);
  const auto n = y.rank() > 1 ? size_of(y, !op.transpose_y) : 1;

  auto outer = batch;
  outer.insert(outer.end(), {m, 1, n});
  return Tensors{with_wide(type.dtype, [&]<class W>(W) {
    const auto vx = load_wide<W>(x), vy = load_wide<W>(y);
    std::vector<W> out;
    for_each_index(outer, [&](const auto& index) {
      const auto ox = dot(index, sx), oy = dot(index, sy);
      const auto kx = sx[batch.size() + 1], ky = sy[batch.size() + 1];
      W sum = 0;
      for (std::int64_t i = 0; i < k; ++i) {
        sum +=
            vx[static_cast<std::size_t>(ox + i * kx)] * vy[static_cast<std::size_t>(oy + i * ky)];
      }
      out.push_back(sum);
    });
    return store_wide(type.dtype, dims, out);
  })};
}

Dim multiply_adds(const Matmul& op, const CostContext& c) {
  const Shape& x = c.shape(op.x);
  return c.result_count() * (x.size() < 2 || !op.transpose_x ? x.back() : x[x.size() - 2]);
}

Interval bounds_of_product(const Matmul& op, const BoundsContext& c) {
  const Shape &x = c.f.type(op.x).shape, &y = c.f.type(op.y).shape;
  const auto terms = (x.size() < 2 || !op.transpose_x ? x.back() : x[x.size() - 2]).upper_bound();
  if (y.size() == 2 && c.f.is_constant(op.y)) {
    const auto rows = y[0].constant(), columns = y[1].constant();
    return weighted_sum_bounds(
        c, op.x, op.y, {},
        op.transpose_y ? WeightLayout{1, *rows, *columns} : WeightLayout{*rows, *columns, 1});
  }
  if (!terms) return {};
  const auto most = static_cast<double>(*terms);
  return sum_bounds(c.of(op.x) * c.of(op.y), 0, most, c.dtype(op.x));
}

}  // namespace

OpSchema matmul_schema() {
  return make_schema<Matmul>(
      {.name = "matmul",
       .doc = "Matrix product over the last two dims: out[*b,i,j] = sum over k of x[*b,i,k] * "
              "y[*b,k,j].",
       .mil = {"matmul"},
       .traits = traits::products(Overflow::both).looked_through(Walk::positions),
       .bounds = bounds_of_product,
       .cost = cost::products(multiply_adds),
       .infer = infer,
       .eval = eval},
      operand<&Matmul::x>("x", kNumbers, "Left factor [*b,M,K], or a row [K]."),
      operand<&Matmul::y>("y", kNumbers, "Right factor [*b,K,N], or a column [K]."),
      attr<&Matmul::transpose_x>("transpose_x", "x is stored as [*b,K,M]."),
      attr<&Matmul::transpose_y>("transpose_y", "y is stored as [*b,N,K]."));
}

}  // namespace corecast::op
