#include "executor/cpu/kernels/copy.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "executor/cpu/kernels/kernels.h"

namespace corecast::cpu {

Dims strides_of(const Dims& dims) {
  Dims s(dims.size(), 1);
  for (std::size_t i = dims.size(); i-- > 1;) s[i - 1] = s[i] * dims[i];
  return s;
}

namespace {

/// Axes of size 1 dropped, outer axes by falling destination stride, evenly continuing ones merged.
StridedCopy simplified(const StridedCopy& box) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < box.dims.size(); ++i)
    if (box.dims[i] != 1) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return box.to[a] > box.to[b]; });
  StridedCopy s;
  for (const std::size_t i : order) {
    if (!s.dims.empty() && s.from.back() == box.from[i] * box.dims[i] &&
        s.to.back() == box.to[i] * box.dims[i]) {
      s.dims.back() *= box.dims[i];
      s.from.back() = box.from[i];
      s.to.back() = box.to[i];
    } else {
      s.dims.push_back(box.dims[i]);
      s.from.push_back(box.from[i]);
      s.to.push_back(box.to[i]);
    }
  }
  if (s.dims.empty()) return {{1}, {1}, {1}};
  return s;
}

template <class T>
void copy_row(const T* from, std::int64_t from_step, T* to, std::int64_t to_step, std::int64_t n) {
  if (from_step == 1 && to_step == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(T));
  } else if (from_step == 0 && to_step == 1) {
    std::fill_n(to, n, *from);
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i * to_step] = from[i * from_step];
  }
}

/// rows x cols with contiguous destination rows and contiguous source columns.
template <class T>
void transpose_tile(const T* from, std::int64_t from_col, T* to, std::int64_t to_row,
                    std::int64_t rows, std::int64_t cols) {
  if constexpr (std::is_same_v<T, std::uint32_t>) {
    const auto& k = kernels();
    const std::int64_t w = k.width;
    const auto* x = reinterpret_cast<const float*>(from);
    auto* y = reinterpret_cast<float*>(to);
    const std::int64_t whole_rows = rows / w * w;
    const std::int64_t whole_cols = cols / w * w;
    for (std::int64_t r = 0; r < whole_rows; r += w)
      for (std::int64_t c = 0; c < whole_cols; c += w)
        k.transpose_block(x + c * from_col + r, from_col, y + r * to_row + c, to_row);
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = r < whole_rows ? whole_cols : 0; c < cols; ++c)
        to[r * to_row + c] = from[c * from_col + r];
  } else {
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = 0; c < cols; ++c) to[r * to_row + c] = from[c * from_col + r];
  }
}

template <class T>
void copy_box(ThreadPool& pool, const StridedCopy& s, const T* from, T* to) {
  const std::size_t last = s.dims.size() - 1;
  // A second inner axis that is contiguous in the source makes this a transposition.
  std::size_t across = last;
  if (s.to[last] == 1 && s.from[last] != 1 && s.from[last] != 0)
    for (std::size_t i = 0; i < last; ++i)
      if (s.from[i] == 1 && s.dims[i] >= 4) across = i;
  const bool transposes = across != last;

  Dims outer_dims, outer_from, outer_to;
  for (std::size_t i = 0; i < last; ++i) {
    if (transposes && i == across) continue;
    outer_dims.push_back(s.dims[i]);
    outer_from.push_back(s.from[i]);
    outer_to.push_back(s.to[i]);
  }
  // The transposed axis is cut into strips, so that one big matrix still feeds all threads.
  constexpr std::int64_t kStrip = 64;
  const std::int64_t strips = transposes ? (s.dims[across] + kStrip - 1) / kStrip : 1;
  std::int64_t count = strips;
  for (const auto d : outer_dims) count *= d;
  const std::int64_t work = s.dims[last] * (transposes ? kStrip : 1);
  const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, work));
  pool.parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      std::int64_t rest = i / strips;
      const T* f = from;
      T* t = to;
      for (std::size_t a = outer_dims.size(); a-- > 0;) {
        const std::int64_t at = rest % outer_dims[a];
        rest /= outer_dims[a];
        f += at * outer_from[a];
        t += at * outer_to[a];
      }
      if (!transposes) {
        copy_row(f, s.from[last], t, s.to[last], s.dims[last]);
        continue;
      }
      const std::int64_t first = i % strips * kStrip;
      transpose_tile(f + first, s.from[last], t + first * s.to[across], s.to[across],
                     std::min(kStrip, s.dims[across] - first), s.dims[last]);
    }
  });
}

}  // namespace

void copy_strided(ThreadPool& pool, const StridedCopy& box, std::size_t element_size,
                  const void* from, void* to) {
  for (const auto d : box.dims)
    if (d == 0) return;
  const StridedCopy s = simplified(box);
  switch (element_size) {
    case 1:
      return copy_box(pool, s, static_cast<const std::uint8_t*>(from),
                      static_cast<std::uint8_t*>(to));
    case 2:
      return copy_box(pool, s, static_cast<const std::uint16_t*>(from),
                      static_cast<std::uint16_t*>(to));
    case 4:
      return copy_box(pool, s, static_cast<const std::uint32_t*>(from),
                      static_cast<std::uint32_t*>(to));
    case 8:
      return copy_box(pool, s, static_cast<const std::uint64_t*>(from),
                      static_cast<std::uint64_t*>(to));
    default: CC_UNREACHABLE("element size");
  }
}

void copy_bytes(ThreadPool& pool, const void* from, void* to, std::int64_t bytes) {
  if (from == to) return;
  pool.parallel_for(bytes, 1 << 18, [&](std::int64_t begin, std::int64_t end) {
    std::memcpy(static_cast<char*>(to) + begin, static_cast<const char*>(from) + begin,
                static_cast<std::size_t>(end - begin));
  });
}

void permute(ThreadPool& pool, const Dims& x_dims, const Dims& perm, std::size_t element_size,
             const void* x, void* y) {
  const Dims strides = strides_of(x_dims);
  StridedCopy box;
  for (const auto axis : perm) {
    box.dims.push_back(x_dims[static_cast<std::size_t>(axis)]);
    box.from.push_back(strides[static_cast<std::size_t>(axis)]);
  }
  box.to = strides_of(box.dims);
  copy_strided(pool, box, element_size, x, y);
}

}  // namespace corecast::cpu
