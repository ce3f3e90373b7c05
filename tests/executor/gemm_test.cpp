#include "executor/cpu/kernels/gemm.h"

#include "tests/executor/random_data.h"

using namespace corecast;
using namespace corecast::cpu;
using namespace corecast::test;

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// A view of random data: plain, transposed, or with padded rows.
MatrixView random_view(std::vector<float>& data, std::int64_t rows, std::int64_t cols,
                       Random& random) {
  const std::int64_t form = random.in(0, 2);
  const std::int64_t extra = form == 2 ? 5 : 0;
  data = random.floats((rows + extra) * (cols + extra) + 1);
  if (form == 1) return {data.data(), rows, cols, 1, rows};
  return {data.data(), rows, cols, cols + extra, 1};
}

double element(const MatrixView& m, std::int64_t r, std::int64_t c) {
  return static_cast<double>(m.data[r * m.row_stride + c * m.col_stride]);
}

}  // namespace

TEST_CASE("gemm: packed and unpacked, any strides, against a double loop") {
  const unsigned seed = fresh_seed();
  CAPTURE(seed);
  ThreadPool pool(2);
  for_each_isa([&] {
    Random random(seed);
    for (int round = 0; round < 60; ++round) {
      const std::int64_t m = random.in(0, 40), n = random.in(0, 100);
      const std::int64_t k = round % 10 == 0 ? random.in(1000, 2100) : random.in(0, 60);
      CAPTURE(m, n, k);
      std::vector<float> a_data, b_data;
      const MatrixView a = random_view(a_data, m, k, random);
      const MatrixView b = random_view(b_data, k, n, random);
      const auto bias = random.floats(n);
      const auto row_bias = random.floats(m);
      const std::int64_t ldc = n + random.in(0, 3);
      const auto residual = random.floats(m * ldc + 1);
      Epilogue e;
      if (round % 2) e.bias = bias.data();
      if (round % 3 == 0) e.row_bias = row_bias.data();
      if (round % 4 == 0) e.residual = residual.data();
      if (round % 5 == 0) e.lo = -1, e.hi = 2;
      if (round % 5 == 1) e.unary = Unary::square;
      std::vector<double> want(at(m * ldc));
      for (std::int64_t i = 0; i < m; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
          double s = 0;
          for (std::int64_t q = 0; q < k; ++q) s += element(a, i, q) * element(b, q, j);
          if (e.bias) s += static_cast<double>(bias[at(j)]);
          if (e.row_bias) s += static_cast<double>(row_bias[at(i)]);
          if (e.residual) s += static_cast<double>(residual[at(i * ldc + j)]);
          s = std::min(std::max(s, static_cast<double>(e.lo)), static_cast<double>(e.hi));
          want[at(i * ldc + j)] = e.unary ? s * s : s;
        }
      std::vector<float> c(at(m * ldc)), d(at(m * ldc));
      gemm(pool, a, PackedMatrix(pool, b), c.data(), ldc, e);
      gemm(pool, a, b, d.data(), ldc, e);
      CHECK(worst_error(c, want, m * ldc) < 3e-4);
      CHECK(worst_error(d, want, m * ldc) < 3e-4);
    }
  });
}

TEST_CASE("gemm: rows 4096 bytes apart are packed first") {
  ThreadPool pool(1);
  Random random(7);
  const std::int64_t m = 20, k = 1024, n = 17;
  const auto a = random.floats(m * k);
  const auto b = random.floats(k * n);
  std::vector<float> c(at(m * n));
  gemm(pool, MatrixView::row_major(a.data(), m, k), MatrixView::row_major(b.data(), k, n), c.data(),
       n);
  double s = 0;
  for (std::int64_t q = 0; q < k; ++q)
    s += static_cast<double>(a[at(19 * k + q)]) * static_cast<double>(b[at(q * n + 16)]);
  CHECK(static_cast<double>(c[at(19 * n + 16)]) == Approx(s).margin(1e-3));
}

TEST_CASE("gemm: batches share an operand; NaN and infinity pass through the clamp") {
  ThreadPool pool(2);
  Random random(3);
  const auto a = random.floats(3 * 4 * 5);
  auto b = random.floats(5 * 6);
  BatchedMatrices m;
  m.a = MatrixView::row_major(a.data(), 4, 5);
  m.b = MatrixView::row_major(b.data(), 5, 6);
  m.a_offsets = {0, 20, 40};
  m.b_offsets = {0, 0, 0};
  std::vector<float> c(72), d(24);
  batched_gemm(pool, m, a.data(), b.data(), c.data());
  gemm(pool, MatrixView::row_major(a.data() + 40, 4, 5), m.b, d.data(), 6);
  CHECK(std::equal(d.begin(), d.end(), c.begin() + 48));

  b[0] = NAN;
  Epilogue relu;
  relu.lo = 0;
  gemm(pool, m.a, m.b, d.data(), 6, relu);
  CHECK(std::isnan(d[0]));
  CHECK(!std::isnan(d[1]));
}
