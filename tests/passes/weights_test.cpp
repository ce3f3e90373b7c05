// Weights transposed while they are read, and the range of large constants.
#include "passes/fuse/weights.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "passes/fuse/transpose.h"
#include "passes/precision/constants.h"
#include "tests/support/catch.h"

namespace corecast::passes {
namespace {

using ir::DType;
using ir::Tensor;

/// Element i is i-th of a sequence that does not repeat soon, of both signs.
Tensor noise(std::vector<std::int64_t> dims) {
  Tensor t = Tensor::empty(DType::f32, std::move(dims));
  std::uint32_t state = 1;
  for (float& v : t.mutable_data<float>()) {
    state = state * 1664525u + 1013904223u;
    v = static_cast<float>(static_cast<std::int32_t>(state)) * 0x1p-26f;
  }
  return t;
}

Tensor naive_transpose(const Tensor& t) {
  const std::int64_t rows = t.dims()[0], columns = t.dims()[1];
  Tensor out = Tensor::empty(DType::f32, {columns, rows});
  const auto from = t.data<float>();
  const auto to = out.mutable_data<float>();
  for (std::int64_t k = 0; k < rows; ++k) {
    for (std::int64_t r = 0; r < columns; ++r)
      to[static_cast<std::size_t>(r * rows + k)] = from[static_cast<std::size_t>(k * columns + r)];
  }
  return out;
}

/// Reads t in parts of `step` elements and says whether it has the bytes of `expected`.
bool reads_as(const Tensor& t, const Tensor& expected, std::size_t step) {
  const std::size_t size = static_cast<std::size_t>(ir::bits_of(t.dtype()) / 8);
  const ByteView bytes = expected.bytes();
  std::vector<std::byte> part(step * size);
  for (std::size_t at = 0; at < bytes.size(); at += part.size()) {
    const std::size_t n = std::min(part.size(), bytes.size() - at);
    t.read(at, std::span(part).first(n));
    if (std::memcmp(part.data(), bytes.data() + at, n) != 0) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("any part of a matrix is transposed, of elements of any size, at any alignment") {
  for (const std::size_t size : {1u, 2u, 4u, 8u}) {
    for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{1, 70},
                                        {70, 1},
                                        {16, 16},
                                        {37, 50},
                                        {64, 48},
                                        {3, 5}}) {
      const std::size_t count = rows * columns;
      std::vector<std::byte> source(count * size + 1), expected(count * size);
      for (std::size_t i = 0; i < source.size(); ++i)
        source[i] = static_cast<std::byte>(i * 167 + i / 256 * 31);
      const ByteView bytes = ByteView(source).subspan(1);
      for (std::size_t k = 0; k < rows; ++k) {
        for (std::size_t r = 0; r < columns; ++r)
          std::memcpy(&expected[(r * rows + k) * size], &bytes[(k * columns + r) * size], size);
      }
      for (std::size_t first = 0; first <= count; first += count < 100 ? 1 : 61) {
        for (std::size_t n = 0; n <= count - first; n += n < 40 ? 1 : 97) {
          std::vector<std::byte> out(n * size, std::byte{0xee});
          fuse::transpose_part({bytes, rows, columns, size}, first, out);
          CAPTURE(size, rows, columns, first, n);
          REQUIRE(std::equal(out.begin(), out.end(),
                             expected.begin() + static_cast<std::ptrdiff_t>(first * size)));
        }
      }
    }
  }
}

TEST_CASE("a part outside the matrix, or not of whole elements, is refused") {
  const std::vector<std::byte> bytes(24);
  std::vector<std::byte> out(8);
  CHECK_THROWS_AS(fuse::transpose_part({bytes, 2, 3, 4}, 5, out), InternalError);
  CHECK_THROWS_AS(fuse::transpose_part({bytes, 2, 2, 4}, 0, out), InternalError);
  CHECK_THROWS_AS(fuse::transpose_part({bytes, 2, 3, 4}, 0, std::span(out).first(7)),
                  InternalError);
}

TEST_CASE("a large transposed weight, cast or not, reads the same in parts of any size") {
  const Tensor weight = noise({701, 533});
  const Tensor view = fuse::transposed(weight), expected = naive_transpose(weight);
  REQUIRE(view.dims() == expected.dims());
  const Tensor half_view = view.lazy_cast(DType::f16), half = expected.cast(DType::f16);
  for (const std::size_t step : {1001u, 16384u, 131072u, 200003u, 701u * 533u}) {
    CAPTURE(step);
    CHECK(reads_as(view, expected, step));
    CHECK(reads_as(half_view, half, step));
  }
  CHECK(fuse::in_any_order(view) == weight.buffer());
  CHECK(fuse::in_any_order(fuse::transposed(view)) == weight.buffer());
  CHECK(fuse::in_any_order(weight) == weight.buffer());
}

TEST_CASE(
    "the range of a large constant is that of its finite elements, on any number of threads") {
  Tensor weight = noise({1024, 701});
  const auto values = weight.mutable_data<float>();
  values[701 * 1000 + 699] = 70000;
  values[3] = -65600;
  values[1024 * 5] = std::numeric_limits<float>::quiet_NaN();
  values[1024 * 5 + 1] = -std::numeric_limits<float>::infinity();
  values[1024 * 600] = std::numeric_limits<float>::infinity();
  for (const int threads : {1, 2, 3}) {
    ThreadPool pool(threads);
    for (const Tensor& t : {weight, fuse::transposed(weight)}) {
      const auto range = precision::half_range(t, pool);
      CHECK(range.most == 70000);
      CHECK(range.least == -65600);
      CHECK(range.count == 1024 * 701);
      CHECK(range.overflows());
    }
  }
}

}  // namespace corecast::passes
