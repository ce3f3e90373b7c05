#include "executor/cpu/kernels/gemm.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace corecast::cpu {

namespace {

// Blocking. A K-block of a B panel (512 x 32 floats) and an A block (128 x 512) stay in a 1 MB L2.
constexpr std::int64_t kBlockK = 512;
constexpr std::int64_t kBlockRows = 128;

std::int64_t panel_columns() { return 2 * kernels().width; }

/// Splits `count` into `parts` of nearly equal size; the start of part i.
std::int64_t part_begin(std::int64_t count, std::int64_t parts, std::int64_t i) {
  return count / parts * i + std::min(i, count % parts);
}

/// The micro-kernel reads A row by row, which fails when the rows fall onto the same cache sets.
bool needs_packing(const MatrixView& a) {
  return a.col_stride != 1 || (a.rows > 4 && a.row_stride * 4 % 4096 == 0);
}

/// Rows [row, row + rows), columns [col, col + cols) of A, dense rows `stride` apart.
void pack_rows(const MatrixView& a, std::int64_t row, std::int64_t rows, std::int64_t col,
               std::int64_t cols, float* out, std::int64_t stride) {
  if (a.col_stride == 1) {
    for (std::int64_t r = 0; r < rows; ++r)
      std::memcpy(out + r * stride, a.data + (row + r) * a.row_stride + col,
                  static_cast<std::size_t>(cols) * sizeof(float));
    return;
  }
  const auto& kernel = kernels();
  const std::int64_t w = kernel.width;
  for (std::int64_t r0 = 0; r0 < rows; r0 += w)
    for (std::int64_t c0 = 0; c0 < cols; c0 += w) {
      const float* from = a.data + (row + r0) * a.row_stride + (col + c0) * a.col_stride;
      float* to = out + r0 * stride + c0;
      if (a.row_stride == 1 && r0 + w <= rows && c0 + w <= cols) {
        kernel.transpose_block(from, a.col_stride, to, stride);
        continue;
      }
      for (std::int64_t r = 0; r < std::min(w, rows - r0); ++r)
        for (std::int64_t c = 0; c < std::min(w, cols - c0); ++c)
          to[r * stride + c] = from[r * a.row_stride + c * a.col_stride];
    }
}

struct Product {
  const MatrixView& a;
  const float* b;  ///< packed
  std::int64_t n;
  float* c;
  std::int64_t ldc;
  const Epilogue& epilogue;
};

/// Rows [row, row + rows) times panels [first, last).
void multiply_block(const Product& p, std::int64_t row, std::int64_t rows, std::int64_t first,
                    std::int64_t last) {
  const auto& kernel = kernels();
  const std::int64_t w = kernel.width;
  const std::int64_t k = p.a.cols;
  const std::int64_t k_parts = k <= kBlockK + kBlockK / 4 ? 1 : ceil_div(k, kBlockK);
  const bool pack = needs_packing(p.a);
  const std::int64_t row_parts = ceil_div(rows, kernel.tile_rows);

  for (std::int64_t part = 0; part < k_parts; ++part) {
    const std::int64_t k0 = part_begin(k, k_parts, part);
    const std::int64_t kc = part_begin(k, k_parts, part + 1) - k0;
    const float* a = p.a.data + row * p.a.row_stride + k0;
    std::int64_t a_row = p.a.row_stride;
    if (pack) {
      a_row = round_up(kc, 16) + 16;  // an odd number of cache lines
      float* packed = scratch(Scratch::gemm_a, rows * a_row);
      pack_rows(p.a, row, rows, k0, kc, packed, a_row);
      a = packed;
    }
    const bool final = part == k_parts - 1;
    for (std::int64_t panel = first; panel < last; ++panel) {
      const std::int64_t col = panel * 2 * w;
      const std::int64_t cols = std::min(p.n - col, 2 * w);
      const int vectors = static_cast<int>(ceil_div(cols, w));
      TileArgs t;
      t.a_row = a_row;
      t.b = p.b + col * k + k0 * vectors * w;
      t.k = kc;
      t.c_row = p.ldc;
      t.c_vector = w;
      t.tail = static_cast<int>(cols - (vectors - 1) * w);
      t.accumulate = part > 0;
      t.bias = final && p.epilogue.bias ? p.epilogue.bias + col : nullptr;
      t.lo = final ? p.epilogue.lo : Epilogue{}.lo;
      t.hi = final ? p.epilogue.hi : Epilogue{}.hi;
      for (std::int64_t i = 0; i < row_parts; ++i) {
        const std::int64_t r0 = part_begin(rows, row_parts, i);
        const std::int64_t r1 = part_begin(rows, row_parts, i + 1);
        t.a = a + r0 * a_row;
        t.c = p.c + (row + r0) * p.ldc + col;
        t.row_bias = final && p.epilogue.row_bias ? p.epilogue.row_bias + row + r0 : nullptr;
        t.residual =
            final && p.epilogue.residual ? p.epilogue.residual + (row + r0) * p.ldc + col : nullptr;
        kernel.tile[r1 - r0][vectors](t);
      }
    }
  }
  if (p.epilogue.unary) {
    const std::int64_t col = first * 2 * w;
    const std::int64_t cols = std::min(p.n, last * 2 * w) - col;
    for (std::int64_t r = row; r < row + rows; ++r) {
      float* c = p.c + r * p.ldc + col;
      kernel.unary(*p.epilogue.unary, c, c, cols, p.epilogue.alpha, p.epilogue.beta);
    }
  }
}

void multiply(ThreadPool& pool, const Product& p) {
  const std::int64_t rows = p.a.rows;
  if (rows == 0 || p.n == 0) return;
  const std::int64_t panels = ceil_div(p.n, panel_columns());
  const std::int64_t row_parts = ceil_div(rows, kBlockRows);
  // Enough tasks to balance the threads; a task keeps its A block and sweeps its panels.
  const std::int64_t wanted = ceil_div(std::int64_t{4} * pool.threads(), row_parts);
  const std::int64_t panel_parts = pool.threads() == 1 ? 1 : std::min(panels, wanted);
  const double work =
      static_cast<double>(rows) * static_cast<double>(p.n) * static_cast<double>(p.a.cols);
  const std::int64_t tasks = row_parts * panel_parts;
  const std::int64_t grain = work < 200e3 ? tasks : 1;  // below ~2 us a second thread costs more
  pool.parallel_for(tasks, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t rp = task % row_parts;
      const std::int64_t pp = task / row_parts;
      const std::int64_t r0 = part_begin(rows, row_parts, rp);
      multiply_block(p, r0, part_begin(rows, row_parts, rp + 1) - r0,
                     part_begin(panels, panel_parts, pp), part_begin(panels, panel_parts, pp + 1));
    }
  });
}

}  // namespace

std::int64_t packed_size(std::int64_t k, std::int64_t n) {
  return k * round_up(n, kernels().width);
}

void pack_panel(const MatrixView& b, std::int64_t first_col, float* panel) {
  const auto& kernel = kernels();
  const std::int64_t w = kernel.width;
  const std::int64_t cols = std::min(b.cols - first_col, 2 * w);
  const std::int64_t stride = round_up(cols, w);
  const float* from = b.data + first_col * b.col_stride;
  if (b.col_stride == 1) {
    for (std::int64_t k = 0; k < b.rows; ++k) {
      float* to = panel + k * stride;
      std::memcpy(to, from + k * b.row_stride, static_cast<std::size_t>(cols) * sizeof(float));
      std::fill(to + cols, to + stride, 0.f);
    }
    return;
  }
  for (std::int64_t c0 = 0; c0 < stride; c0 += w)
    for (std::int64_t k0 = 0; k0 < b.rows; k0 += w) {
      if (b.row_stride == 1 && c0 + w <= cols && k0 + w <= b.rows) {
        kernel.transpose_block(from + c0 * b.col_stride + k0, b.col_stride,
                               panel + k0 * stride + c0, stride);
        continue;
      }
      for (std::int64_t k = k0; k < std::min(k0 + w, b.rows); ++k)
        for (std::int64_t c = c0; c < c0 + w; ++c)
          panel[k * stride + c] = c < cols ? from[k * b.row_stride + c * b.col_stride] : 0.f;
    }
}

PackedMatrix::PackedMatrix(ThreadPool& pool, const MatrixView& b)
    : k_(b.rows), n_(b.cols), data_(packed_size(b.rows, b.cols)) {
  const std::int64_t columns = panel_columns();
  pool.parallel_for(ceil_div(n_, columns), 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      pack_panel(b, i * columns, data_.data() + i * columns * k_);
  });
}

void gemm(ThreadPool& pool, const MatrixView& a, const PackedMatrix& b, float* c, std::int64_t ldc,
          const Epilogue& epilogue) {
  CC_CHECK(a.cols == b.k());
  multiply(pool, {a, b.data(), b.n(), c, ldc, epilogue});
}

void gemm(ThreadPool& pool, const MatrixView& a, const MatrixView& b, float* c, std::int64_t ldc,
          const Epilogue& epilogue) {
  CC_CHECK(a.cols == b.rows);
  const std::int64_t columns = panel_columns();
  const std::int64_t panels = ceil_div(b.cols, columns);
  float* packed = scratch(Scratch::gemm_b, packed_size(b.rows, b.cols));
  const std::int64_t grain =
      std::max<std::int64_t>(1, 16384 / (columns * std::max<std::int64_t>(b.rows, 1)));
  pool.parallel_for(panels, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      pack_panel(b, i * columns, packed + i * columns * b.rows);
  });
  multiply(pool, {a, packed, b.cols, c, ldc, epilogue});
}

void batched_gemm(ThreadPool& pool, const BatchedMatrices& m, const float* a_data,
                  const float* b_data, float* c, const Epilogue& epilogue) {
  CC_CHECK(m.a_offsets.size() == m.b_offsets.size());
  const auto count = static_cast<std::int64_t>(m.a_offsets.size());
  const std::int64_t size = m.a.rows * m.b.cols;
  auto one = [&](std::int64_t i) {
    MatrixView a = m.a;
    MatrixView b = m.b;
    a.data = a_data + m.a_offsets[static_cast<std::size_t>(i)];
    b.data = b_data + m.b_offsets[static_cast<std::size_t>(i)];
    Epilogue e = epilogue;
    if (e.residual) e.residual += i * size;
    gemm(pool, a, b, c + i * size, m.b.cols, e);
  };
  if (count < pool.threads()) {
    for (std::int64_t i = 0; i < count; ++i) one(i);
    return;
  }
  pool.parallel_for(count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) one(i);  // inner loops run inline
  });
}

}  // namespace corecast::cpu
