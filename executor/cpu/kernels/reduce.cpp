#include "executor/cpu/kernels/reduce.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "executor/cpu/kernels/buffer.h"

namespace corecast::cpu {

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

RowReduce row_op(Reduction op) {
  switch (op) {
    case Reduction::l1_norm: return RowReduce::sum_abs;
    case Reduction::l2_norm:
    case Reduction::sum_square: return RowReduce::sum_square;
    case Reduction::max: return RowReduce::max;
    case Reduction::min: return RowReduce::min;
    case Reduction::prod: return RowReduce::prod;
    default: return RowReduce::sum;
  }
}

float start_of(RowReduce op) {
  switch (op) {
    case RowReduce::max: return -kInf;
    case RowReduce::min: return kInf;
    case RowReduce::prod: return 1;
    default: return 0;
  }
}

void finish(Reduction op, float* y, std::int64_t n, std::int64_t reduced) {
  for (std::int64_t i = 0; i < n; ++i) {
    if (op == Reduction::mean) y[i] /= static_cast<float>(reduced);
    if (op == Reduction::l2_norm) y[i] = std::sqrt(y[i]);
    if (op == Reduction::log_sum) y[i] = std::log(y[i]);
  }
}

float log_sum_exp(const float* x, std::int64_t n) {
  const auto& k = kernels();
  const float top = k.reduce_row(RowReduce::max, x, n);
  if (!std::isfinite(top)) return top;  // all -inf, an inf, or NaN
  return std::log(k.exp_sum(x, top, nullptr, n)) + top;
}

std::int64_t grain_for(std::int64_t work) {
  return std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, work));
}

/// [outer, n] -> [outer].
void reduce_rows(ThreadPool& pool, Reduction op, const float* x, std::int64_t outer, std::int64_t n,
                 float* y) {
  const auto& k = kernels();
  pool.parallel_for(outer, grain_for(n), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      y[i] = op == Reduction::log_sum_exp ? log_sum_exp(x + i * n, n)
                                          : k.reduce_row(row_op(op), x + i * n, n);
    finish(op, y + begin, end - begin, n);
  });
}

/// [outer, n, inner] -> [outer, inner], inner > 1, in strips of columns.
void reduce_columns(ThreadPool& pool, Reduction op, const float* x, std::int64_t outer,
                    std::int64_t n, std::int64_t inner, float* y) {
  const auto& k = kernels();
  constexpr std::int64_t kStrip = 1024;
  const std::int64_t strips = ceil_div(inner, kStrip);
  pool.parallel_for(outer * strips, grain_for(n * std::min(inner, kStrip)),
                    [&](std::int64_t begin, std::int64_t end) {
                      for (std::int64_t i = begin; i < end; ++i) {
                        const std::int64_t first = i % strips * kStrip;
                        const std::int64_t count = std::min(kStrip, inner - first);
                        const float* from = x + i / strips * n * inner + first;
                        float* to = y + i / strips * inner + first;
                        std::fill_n(to, count, start_of(row_op(op)));
                        for (std::int64_t r = 0; r < n; ++r)
                          k.reduce_into(row_op(op), from + r * inner, to, count);
                        finish(op, to, count, n);
                      }
                    });
}

}  // namespace

void reduce(ThreadPool& pool, Reduction op, const float* x, const Dims& dims,
            const std::vector<bool>& reduced, float* y) {
  // Merge neighbours of one kind.
  Dims sizes;
  std::vector<bool> kinds;
  std::int64_t kept = 1, gone = 1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    (reduced[i] ? gone : kept) *= dims[i];
    if (dims[i] == 1) continue;
    if (!kinds.empty() && kinds.back() == reduced[i]) {
      sizes.back() *= dims[i];
    } else {
      sizes.push_back(dims[i]);
      kinds.push_back(reduced[i]);
    }
  }
  if (kept == 0) return;
  if (gone == 0) {
    const float start = op == Reduction::log_sum_exp ? -kInf : start_of(row_op(op));
    std::fill_n(y, kept, start);
    if (op != Reduction::log_sum_exp) finish(op, y, kept, 0);
    return;
  }
  if (std::find(kinds.begin(), kinds.end(), true) == kinds.end())
    return reduce_rows(pool, op, x, kept, 1, y);
  if (kinds.back() && kinds.size() <= 2) return reduce_rows(pool, op, x, kept, gone, y);
  if (op != Reduction::log_sum_exp && !kinds.back() && kinds.size() <= 3)
    return reduce_columns(pool, op, x, kinds.size() == 3 ? sizes[0] : 1, gone, sizes.back(), y);
  // Otherwise: reduced axes last.
  Dims perm;
  for (const bool kind : {false, true})
    for (std::size_t i = 0; i < kinds.size(); ++i)
      if (kinds[i] == kind) perm.push_back(static_cast<std::int64_t>(i));
  Buffer moved(kept * gone);
  permute(pool, sizes, perm, sizeof(float), x, moved.data());
  reduce_rows(pool, op, moved.data(), kept, gone, y);
}

template <class Index>
void arg_extreme(ThreadPool& pool, Extreme which, const float* x, std::int64_t outer,
                 std::int64_t n, std::int64_t inner, Index* y) {
  const std::int64_t first = which.last ? n - 1 : 0, step = which.last ? -inner : inner;
  pool.parallel_for(outer, grain_for(n * inner), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = begin; o < end; ++o)
      for (std::int64_t i = 0; i < inner; ++i) {
        const float* p = x + (o * n + first) * inner + i;
        std::int64_t best = 0;
        for (std::int64_t k = 1; k < n && p[best * step] == p[best * step]; ++k) {
          const float v = p[k * step];
          const float b = p[best * step];
          if (v != v || (which.largest ? v > b : v < b)) best = k;
        }
        y[o * inner + i] = static_cast<Index>(which.last ? n - 1 - best : best);
      }
  });
}
template void arg_extreme(ThreadPool&, Extreme, const float*, std::int64_t, std::int64_t,
                          std::int64_t, std::int32_t*);
template void arg_extreme(ThreadPool&, Extreme, const float*, std::int64_t, std::int64_t,
                          std::int64_t, std::int64_t*);

void softmax(ThreadPool& pool, const float* x, float* y, std::int64_t outer, std::int64_t n,
             std::int64_t inner) {
  const auto& k = kernels();
  if (outer * n * inner == 0) return;
  if (inner == 1) {
    pool.parallel_for(outer, grain_for(4 * n), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const float* from = x + i * n;
        float* to = y + i * n;
        const float top = k.reduce_row(RowReduce::max, from, n);
        const float total = k.exp_sum(from, top, to, n);
        k.scale_shift(to, 1.f / total, 0.f, to, n);
      }
    });
    return;
  }
  constexpr std::int64_t kStrip = 256;
  const std::int64_t strips = ceil_div(inner, kStrip);
  pool.parallel_for(outer * strips, grain_for(4 * n * std::min(kStrip, inner)),
                    [&](std::int64_t begin, std::int64_t end) {
                      float top[kStrip], total[kStrip];
                      for (std::int64_t i = begin; i < end; ++i) {
                        const std::int64_t first = i % strips * kStrip;
                        const std::int64_t count = std::min(kStrip, inner - first);
                        const std::int64_t at = i / strips * n * inner + first;
                        std::fill_n(top, count, -kInf);
                        std::fill_n(total, count, 0.f);
                        for (std::int64_t r = 0; r < n; ++r)
                          k.reduce_into(RowReduce::max, x + at + r * inner, top, count);
                        for (std::int64_t r = 0; r < n; ++r) {
                          float* to = y + at + r * inner;
                          k.binary(Binary::sub, x + at + r * inner, 1, top, 1, to, count);
                          k.unary(Unary::exp, to, to, count, 0, 0);
                          k.reduce_into(RowReduce::sum, to, total, count);
                        }
                        for (std::int64_t r = 0; r < n; ++r) {
                          float* to = y + at + r * inner;
                          k.binary(Binary::div, to, 1, total, 1, to, count);
                        }
                      }
                    });
}

void log_softmax(ThreadPool& pool, const float* x, float* y, std::int64_t rows, std::int64_t n) {
  const auto& k = kernels();
  pool.parallel_for(rows, grain_for(4 * n), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const float* from = x + i * n;
      const float top = k.reduce_row(RowReduce::max, from, n);
      const float total = std::log(k.exp_sum(from, top, nullptr, n));
      k.scale_shift(from, 1, -top, y + i * n, n);
      k.scale_shift(y + i * n, 1, -total, y + i * n, n);
    }
  });
}

void rms_norm(ThreadPool& pool, const float* x, float* y, std::int64_t rows, std::int64_t n,
              const float* gamma, float epsilon) {
  const auto& k = kernels();
  const auto count = static_cast<float>(n);
  pool.parallel_for(rows, grain_for(2 * n), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const float squares = k.reduce_row(RowReduce::sum_square, x + i * n, n) / count;
      k.normalize(x + i * n, 0, 1.f / std::sqrt(squares + epsilon), gamma, nullptr, y + i * n, n);
    }
  });
}

void layer_norm(ThreadPool& pool, const float* x, float* y, std::int64_t rows, std::int64_t n,
                const float* gamma, const float* beta, float epsilon) {
  const auto& k = kernels();
  const auto count = static_cast<float>(n);
  pool.parallel_for(rows, grain_for(3 * n), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const float* from = x + i * n;
      const float mean = k.reduce_row(RowReduce::sum, from, n) / count;
      const float variance = k.sum_square_diff(from, mean, n) / count;
      k.normalize(from, mean, 1.f / std::sqrt(variance + epsilon), gamma, beta, y + i * n, n);
    }
  });
}

void instance_norm(ThreadPool& pool, const float* x, float* y, std::int64_t rows, std::int64_t area,
                   std::int64_t c, const float* gamma, const float* beta, float epsilon) {
  const auto& k = kernels();
  const auto count = static_cast<float>(area);
  pool.parallel_for(rows, grain_for(3 * area), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const float* from = x + i * area;
      const float mean = k.reduce_row(RowReduce::sum, from, area) / count;
      const float variance = k.sum_square_diff(from, mean, area) / count;
      float* to = y + i * area;
      k.normalize(from, mean, 1.f / std::sqrt(variance + epsilon), nullptr, nullptr, to, area);
      if (gamma || beta)
        k.scale_shift(to, gamma ? gamma[i % c] : 1.f, beta ? beta[i % c] : 0.f, to, area);
    }
  });
}

void scale_channels(ThreadPool& pool, const float* x, float* y, std::int64_t rows,
                    std::int64_t area, std::int64_t c, const float* scale, const float* shift) {
  const auto& k = kernels();
  pool.parallel_for(rows, grain_for(area), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      k.scale_shift(x + i * area, scale[i % c], shift[i % c], y + i * area, area);
  });
}

}  // namespace corecast::cpu
