// Elementwise functions with threads and broadcasting.
#pragma once

#include <algorithm>
#include <vector>

#include "base/thread_pool.h"
#include "executor/cpu/kernels/kernels.h"

namespace corecast::cpu {

using Dims = std::vector<std::int64_t>;

/// Below this many elements a second thread costs more than it saves.
inline constexpr std::int64_t kElementGrain = 16384;

/// y = op(x); y may be x.
void unary(ThreadPool& pool, Unary op, const float* x, float* y, std::int64_t n, float alpha = 0,
           float beta = 0);

/// How operands of other shapes are walked for one result: dims that move together are merged, so
/// the last one is a long row in which every operand advances by 0 or 1.
struct Broadcast {
  /// All of `operands` broadcast to `out` (NumPy rules).
  Broadcast(const Dims& out, const std::vector<Dims>& operands);

  Dims dims;                  ///< merged; at least one
  std::vector<Dims> strides;  ///< per operand, in elements, as many as dims
  std::int64_t row() const { return dims.back(); }
  std::int64_t rows() const;
  int step(std::size_t operand) const { return static_cast<int>(strides[operand].back()); }
  /// Where row r starts in an operand.
  std::int64_t offset(std::size_t operand, std::int64_t r) const;

  /// Calls work(first element of y, count, offsets...) for pieces of rows, in parallel.
  template <std::size_t N, class Work>
  void for_rows(ThreadPool& pool, const Work& work) const {
    if (row() == 0) return;
    // Few long rows are cut; many short ones are grouped.
    const std::int64_t cut = rows() < 2 * pool.threads() ? kElementGrain : row();
    const std::int64_t pieces = (row() + cut - 1) / cut;
    const std::int64_t grain = std::max<std::int64_t>(1, kElementGrain / std::min(cut, row()));
    pool.parallel_for(rows() * pieces, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t r = i / pieces;
        const std::int64_t at = i % pieces * cut;
        std::int64_t offsets[N];
        for (std::size_t o = 0; o < N; ++o) offsets[o] = offset(o, r) + at * step(o);
        work(r * row() + at, std::min(cut, row() - at), offsets);
      }
    });
  }
};

void binary(ThreadPool& pool, Binary op, const Broadcast& shape, const float* a, const float* b,
            float* y);

/// y = fn(a, b) for any element types.
template <class A, class B, class Y, class Fn>
void zip(ThreadPool& pool, const Broadcast& shape, const A* a, const B* b, Y* y, const Fn& fn) {
  const int sa = shape.step(0), sb = shape.step(1);
  shape.for_rows<2>(pool, [&](std::int64_t at, std::int64_t n, const std::int64_t(&from)[2]) {
    const A* pa = a + from[0];
    const B* pb = b + from[1];
    Y* to = y + at;
    if (sa && sb)
      for (std::int64_t i = 0; i < n; ++i) to[i] = static_cast<Y>(fn(pa[i], pb[i]));
    else if (sa)
      for (std::int64_t i = 0; i < n; ++i) to[i] = static_cast<Y>(fn(pa[i], *pb));
    else
      for (std::int64_t i = 0; i < n; ++i) to[i] = static_cast<Y>(fn(*pa, pb[i * sb]));
  });
}

/// y = cond ? a : b; operands 0, 1, 2 of the broadcast.
template <class T>
void select(ThreadPool& pool, const Broadcast& shape, const bool* cond, const T* a, const T* b,
            T* y) {
  const int sc = shape.step(0), sa = shape.step(1), sb = shape.step(2);
  shape.for_rows<3>(pool, [&](std::int64_t at, std::int64_t n, const std::int64_t(&from)[3]) {
    for (std::int64_t i = 0; i < n; ++i)
      y[at + i] = cond[from[0] + i * sc] ? a[from[1] + i * sa] : b[from[2] + i * sb];
  });
}

}  // namespace corecast::cpu
