#include "ir/tensor.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "tests/support/catch.h"

namespace corecast::ir {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

/// Elements of any bits: NaN with payloads, infinities and subnormals among them.
Tensor any_floats(std::int64_t count) {
  Tensor t = Tensor::empty(DType::f32, {count});
  std::mt19937 random(11);
  for (float& v : t.mutable_data<float>()) {
    const auto bits = static_cast<std::uint32_t>(random());
    // Half of them with exponents that binary16 has.
    v = std::bit_cast<float>(bits & 1 ? bits : (bits & 0x8fffffffu) + 0x34000000u);
  }
  return t;
}

TEST_CASE("tensor: making and reading") {
  const Tensor t = Tensor::of<std::int32_t>({1, -2, 3, 4, 5, 6}, {2, 3});
  CHECK(t.rank() == 2);
  CHECK(t.count() == 6);
  CHECK(t.byte_size() == 24);
  CHECK(t.at_int(1) == -2);
  CHECK(t.at(5) == 6.0);
  CHECK(t.data<std::int32_t>()[2] == 3);
  CHECK_THROWS_AS(t.data<float>(), InternalError);
  CHECK_THROWS_AS(t.at(6), InternalError);
  CHECK_THROWS_AS(t.at(-1), InternalError);
  CHECK(Tensor().count() == 0);
  CHECK(Tensor::scalar(2.5F).rank() == 0);
  CHECK(Tensor::scalar(2.5F).at(0) == 2.5);
  CHECK(Tensor::strings({"a", "b"}, {2}).string_values()[1] == "b");
  CHECK(Tensor::splat(DType::u3, {5}, 9).to_ints() == std::vector<std::int64_t>(5, 7));
  CHECK(t.reshaped({3, 2}).buffer() == t.buffer());
  CHECK_THROWS_AS(t.reshaped({4}), InternalError);
}

TEST_CASE("tensor: sizes that overflow or do not fit their bytes are refused") {
  CHECK(element_count({1 << 20, 1 << 20, 1 << 20, 16}) == std::nullopt);
  CHECK(element_count({INT64_MAX, 0, INT64_MAX}) == std::nullopt);
  CHECK(element_count({0, INT64_MAX}) == 0);
  CHECK(element_count({-1}) == std::nullopt);
  CHECK(element_count({}) == 1);
  CHECK_THROWS_AS(Tensor::zeros(DType::f64, {INT64_MAX / 2}), InternalError);
  CHECK_THROWS_AS(Tensor(DType::f32, {3}, std::make_shared<OwnedBuffer>(11)), InternalError);
}

TEST_CASE("tensor: only what is not shared may be written") {
  Tensor t = Tensor::zeros(DType::f32, {2});
  t.set(1, 3);
  const Tensor copy = t;
  CHECK_THROWS_AS(t.set(0, 1), InternalError);
  CHECK(copy.at(1) == 3);
}

TEST_CASE("tensor: numbers saturate in integers, and NaN is 0") {
  const Tensor x = Tensor::of<float>({-1e30F, -129.9F, -1.5F, 1.5F, 255.9F, 1e30F, kInf, NAN});
  CHECK(x.cast(DType::i8).to_ints() ==
        std::vector<std::int64_t>{-128, -128, -1, 1, 127, 127, 127, 0});
  CHECK(x.cast(DType::u8).to_ints() == std::vector<std::int64_t>{0, 0, 0, 1, 255, 255, 255, 0});
  CHECK(x.cast(DType::i64).at_int(0) == INT64_MIN);
  CHECK(x.cast(DType::i64).at_int(5) == INT64_MAX);
  CHECK(x.cast(DType::u64).data<std::uint64_t>()[5] == UINT64_MAX);
  CHECK(x.cast(DType::boolean).to_ints() == std::vector<std::int64_t>{1, 1, 1, 1, 1, 1, 1, 1});
  CHECK(Tensor::of<std::int32_t>({0, 2}).cast(DType::boolean).to_ints() ==
        std::vector<std::int64_t>{0, 1});
  // Integers among themselves keep their lowest bits.
  CHECK(Tensor::of<std::int32_t>({257, -1, 1 << 20}).cast(DType::u8).to_ints() ==
        std::vector<std::int64_t>{1, 255, 0});
}

TEST_CASE("tensor: casts of large tensors are those of their elements") {
  const Tensor x = any_floats(300001);
  const Tensor halves = x.cast(DType::f16);
  for (std::int64_t i = 0; i < x.count(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    REQUIRE(halves.data<half>()[at].bits == to_half(x.data<float>()[at]).bits);
  }
  for (const DType to : {DType::f16, DType::bf16, DType::f64, DType::i32, DType::u8}) {
    INFO(name_of(to));
    const Tensor lazy = x.lazy_cast(to);
    CHECK(lazy.identical(x.cast(to)));
    std::vector<std::byte> part(8 * 1000), whole(part.size());
    lazy.read(8 * 77, part);
    x.cast(to).read(8 * 77, whole);
    CHECK(part == whole);
  }
  CHECK(halves.cast(DType::f32).cast(DType::f16).identical(halves));
}

TEST_CASE("tensor: identical is bit for bit, of dtype, dims and content") {
  const Tensor a = Tensor::of<float>({0.0F, NAN, 1});
  CHECK(a.identical(Tensor::of<float>({0.0F, NAN, 1})));
  CHECK_FALSE(a.identical(Tensor::of<float>({-0.0F, NAN, 1})));
  CHECK_FALSE(a.identical(a.reshaped({3, 1})));
  CHECK_FALSE(Tensor::of<std::int32_t>({1}).identical(Tensor::of<std::uint32_t>({1})));
  CHECK(Tensor::strings({"x"}, {1}).identical(Tensor::strings({"x"}, {1})));
  CHECK_FALSE(Tensor::strings({"x"}, {1}).identical(Tensor::strings({"y"}, {1})));
  CHECK(Tensor().identical(Tensor()));
  // The last byte of many tiles.
  Tensor big = Tensor::zeros(DType::u8, {(1 << 19) + 1}),
         other = Tensor::zeros(DType::u8, big.dims());
  CHECK(big.identical(other));
  other.set(1 << 19, 1);
  CHECK_FALSE(big.identical(other));
}

TEST_CASE("tensor: bytes at any address") {
  std::vector<std::byte> raw(4 * 3 + 1);
  const float values[] = {1, 2, 3};
  std::memcpy(raw.data() + 1, values, sizeof values);
  class Odd final : public Buffer {
   public:
    explicit Odd(ByteView view) : view_(view) {}
    std::size_t size() const override { return view_.size(); }
    ByteView bytes() const override { return view_; }

   private:
    ByteView view_;
  };
  const Tensor t(DType::f32, {3}, std::make_shared<Odd>(ByteView(raw).subspan(1)));
  CHECK(t.data<float>()[2] == 3.0F);
  CHECK(reinterpret_cast<std::uintptr_t>(t.data<float>().data()) % alignof(float) == 0);
  CHECK(t.at(1) == 2.0);
}

TEST_CASE("tensor: what is made on demand is made once, or part by part") {
  int made = 0;
  const auto buffer = std::make_shared<LazyBuffer>(
      std::size_t{16}, [&](std::size_t offset, std::span<std::byte> out) {
        ++made;
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(offset + i);
      });
  const Tensor t(DType::u8, {16}, buffer);
  std::byte part[3];
  t.read(5, part);
  CHECK(std::to_integer<int>(part[2]) == 7);
  CHECK(t.at(9) == 9);
  CHECK(t.at(10) == 10);
  CHECK(made == 2);  // the part, then the whole
}

}  // namespace
}  // namespace corecast::ir
