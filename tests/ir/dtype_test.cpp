#include "ir/dtype.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "ir/float16.h"
#include "ir/tensor.h"
#include "tests/support/catch.h"

namespace corecast::ir {
namespace {

constexpr DType kAll[] = {
#define DTYPE(id, text, bits, cls) DType::id,
    CORECAST_DTYPES(DTYPE)
#undef DTYPE
};

/// What a float format's definition says of a code: sign, `exponent` bits, `fraction` bits.
double defined(std::uint32_t code, int exponent, int fraction) {
  const int bias = (1 << (exponent - 1)) - 1;
  const bool negative = (code >> (exponent + fraction)) & 1u;
  const int e = static_cast<int>((code >> fraction) & ((1u << exponent) - 1));
  const double m = std::ldexp(static_cast<double>(code & ((1u << fraction) - 1)), -fraction);
  const double size = e == 0 ? std::ldexp(m, 1 - bias) : std::ldexp(1 + m, e - bias);
  return negative ? -size : size;
}
/// The same where the largest exponent means infinity and NaN.
double defined_ieee(std::uint32_t code, int exponent, int fraction) {
  const auto top = (1u << exponent) - 1;
  if (((code >> fraction) & top) != top) return defined(code, exponent, fraction);
  if (code & ((1u << fraction) - 1)) return std::numeric_limits<double>::quiet_NaN();
  const bool negative = (code >> (exponent + fraction)) & 1u;
  return negative ? -HUGE_VAL : HUGE_VAL;
}

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

/// The code of the nearest of `values` (sorted, code i is values[i], evenness that of i); numbers
/// past the last half step are `values.size()`.
std::size_t nearest(const std::vector<double>& values, double v) {
  const auto at = std::lower_bound(values.begin(), values.end(), v);
  if (at == values.begin()) return 0;
  const auto above = static_cast<std::size_t>(at - values.begin()), below = above - 1;
  const double step = below > 0 ? values[below] - values[below - 1] : values[1];
  const double next = at == values.end() ? values[below] + step : *at;
  const double half = (values[below] + next) / 2;  // exact: the formats are far shorter than double
  return v < half || (v == half && below % 2 == 0) ? below : above;
}

TEST_CASE("dtype: names, bits and limits") {
  std::set<std::string_view> names;
  for (const DType d : kAll) {
    INFO(name_of(d));
    CHECK(names.insert(name_of(d)).second);
    CHECK(dtype_from_name(name_of(d)) == d);
    CHECK(is_sub_byte(d) == (bits_of(d) % 8 != 0));
    if (!is_integer(d)) continue;
    const bool is_signed_type = name_of(d)[0] == 'i';
    CHECK(is_signed(d) == is_signed_type);
    const int bits = bits_of(d);
    CHECK(min_of(d) ==
          (is_signed_type ? (bits == 64 ? INT64_MIN : -(INT64_C(1) << (bits - 1))) : 0));
    CHECK(static_cast<double>(max_of(d)) ==
          std::min(std::ldexp(1.0, bits - (is_signed_type ? 1 : 0)) - 1, 0x1p63));
  }
  CHECK(dtype_from_name("float16") == std::nullopt);
  CHECK(max_of(DType::boolean) == 1);
}

TEST_CASE("dtype: packed sizes round up to a byte, and overflow has none") {
  CHECK(packed_bytes(DType::u3, 8) == 3);
  CHECK(packed_bytes(DType::u3, 9) == 4);
  CHECK(packed_bytes(DType::i1, 0) == 0);
  CHECK(packed_bytes(DType::i1, 1) == 1);
  CHECK(packed_bytes(DType::f64, 5) == 40);
  CHECK(packed_bytes(DType::f64, INT64_MAX / 8) == std::nullopt);
  CHECK(packed_bytes(DType::u8, -1) == std::nullopt);
  CHECK(packed_bytes(DType::string, 1) == std::nullopt);
}

TEST_CASE("dtype: sets") {
  const DTypeSet set = DTypeSet::of(DType::f16, DType::f32) | DTypeSet::of(DType::string);
  CHECK(set.contains(DType::f32));
  CHECK(set.contains(DType::string));
  CHECK_FALSE(set.contains(DType::i32));
  CHECK(set.to_string() == "f16, f32 or str");
  CHECK(DTypeSet().to_string() == "nothing");
}

TEST_CASE("dtype: sub-byte elements lie lowest bits first, without gaps") {
  for (const DType d : {DType::i1, DType::i2, DType::i3, DType::i4, DType::i6, DType::u1, DType::u2,
                        DType::u3, DType::u4, DType::u6}) {
    INFO(name_of(d));
    const int bits = bits_of(d);
    std::minstd_rand random(7);
    constexpr std::int64_t count = 37;
    Tensor t = Tensor::empty(d, {count});
    std::string written(static_cast<std::size_t>(count * bits), '0');  // bit i of the buffer
    std::vector<std::int64_t> values;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto code = static_cast<std::int64_t>(random() % (1u << bits));
      const bool negative = is_signed(d) && code >> (bits - 1);
      values.push_back(negative ? code - (INT64_C(1) << bits) : code);
      t.set_int(i, values.back());
      for (int b = 0; b < bits; ++b)
        written[static_cast<std::size_t>(i * bits + b)] = (code >> b) & 1 ? '1' : '0';
    }
    CHECK(t.to_ints() == values);
    std::string stored;
    for (const std::byte byte : t.bytes())
      for (int b = 0; b < 8; ++b) stored += (std::to_integer<int>(byte) >> b) & 1 ? '1' : '0';
    CHECK(stored.substr(0, written.size()) == written);
    CHECK(stored.find('1', written.size()) == std::string::npos);  // zero-padded
  }
}

TEST_CASE("dtype: 16-bit floats are read as defined") {
  for (std::uint32_t c = 0; c < 0x10000; ++c) {
    const half h{static_cast<std::uint16_t>(c)};
    const bfloat b{static_cast<std::uint16_t>(c)};
    REQUIRE(same(static_cast<double>(to_float(h)), defined_ieee(c, 5, 10)));
    REQUIRE(same(static_cast<double>(to_float(b)), defined_ieee(c, 8, 7)));
  }
}

TEST_CASE("dtype: 8- and 4-bit floats are read as defined") {
  for (std::uint32_t c = 0; c < 256; ++c) {
    const auto code = static_cast<std::uint8_t>(c);
    INFO(c);
    const bool e4m3_nan = (c & 127) == 127;  // its largest exponent holds numbers as well
    REQUIRE(same(static_cast<double>(f8e4m3_to_float(code)),
                 e4m3_nan ? std::nan("") : defined(c, 4, 3)));
    REQUIRE(same(static_cast<double>(f8e5m2_to_float(code)), defined_ieee(c, 5, 2)));
    REQUIRE(same(static_cast<double>(f8e8m0_to_float(code)),
                 c == 255 ? std::nan("") : std::ldexp(1.0, static_cast<int>(c) - 127)));
    if (c < 16) REQUIRE(same(static_cast<double>(f4e2m1_to_float(code)), defined(c, 2, 1)));
  }
}

TEST_CASE("dtype: numbers round to the nearest half, ties to even") {
  std::vector<double> halves;
  for (std::uint32_t c = 0; c < 0x7c00; ++c) halves.push_back(defined(c, 5, 10));
  const auto check = [&](double v) {
    INFO(v);
    const auto code = static_cast<std::uint16_t>(nearest(halves, std::fabs(v)));
    const std::uint16_t expected =
        static_cast<std::uint16_t>(code | (std::signbit(v) ? 0x8000u : 0u));
    REQUIRE(to_half(v).bits == expected);
    if (const auto f = static_cast<float>(v); static_cast<double>(f) == v)
      REQUIRE(to_half(f).bits == expected);
  };
  for (std::size_t c = 0; c + 1 < halves.size(); c += 3) {
    const double tie = (halves[c] + halves[c + 1]) / 2;
    for (const double v : {halves[c], tie, std::nextafter(tie, 0.0), std::nextafter(tie, 1e9)}) {
      check(v);
      check(-v);
    }
    check(static_cast<double>(std::nextafter(static_cast<float>(tie), 0.0F)));
    check(static_cast<double>(std::nextafter(static_cast<float>(tie), 1e9F)));
  }
  for (const double v :
       {65519.0, 65519.999, 65520.0, 65536.0, 1e30, 0x1p-25, 0x1.0001p-25, 0x1p-26})
    check(v);
  CHECK(std::isnan(to_float(to_half(std::nanf("")))));
  CHECK(to_half(HUGE_VAL).bits == 0x7c00);
}

TEST_CASE("dtype: floats round to the nearest bfloat, ties to even") {
  std::minstd_rand random(3);
  for (int i = 0; i < 20000; ++i) {
    const auto code = static_cast<std::uint16_t>(random() % 0x7f7f);
    const float low = to_float(bfloat{code}),
                high = to_float(bfloat{static_cast<std::uint16_t>(code + 1)});
    const double tie = (static_cast<double>(low) + static_cast<double>(high)) / 2;
    const auto f = static_cast<float>(tie);  // exact: one more bit than a bfloat has
    const auto even = static_cast<std::uint16_t>(code + (code & 1));
    REQUIRE(to_bfloat(f).bits == even);
    REQUIRE(to_bfloat(std::nextafter(f, 0.0F)).bits == code);
    REQUIRE(to_bfloat(std::nextafter(f, HUGE_VALF)).bits == code + 1);
    REQUIRE(to_bfloat(-low).bits == (code | 0x8000));
  }
  CHECK(std::isnan(to_float(to_bfloat(std::nanf("")))));
  CHECK(to_bfloat(HUGE_VALF).bits == 0x7f80);
  CHECK(to_bfloat(std::numeric_limits<float>::max()).bits == 0x7f80);
}

TEST_CASE("dtype: numbers round to the nearest small float, ties to even, and saturate") {
  struct Format {
    DType dtype;
    std::vector<double> values;  ///< by code, from 0 up
  };
  Format formats[] = {{DType::f8e4m3, {}}, {DType::f8e5m2, {}}, {DType::f4e2m1, {}}};
  for (std::uint32_t c = 0; c < 127; ++c) formats[0].values.push_back(defined(c, 4, 3));
  for (std::uint32_t c = 0; c < 124; ++c) formats[1].values.push_back(defined(c, 5, 2));
  for (std::uint32_t c = 0; c < 8; ++c) formats[2].values.push_back(defined(c, 2, 1));
  for (const auto& [dtype, values] : formats) {
    INFO(name_of(dtype));
    Tensor t = Tensor::zeros(dtype, {1});
    for (std::size_t c = 0; c + 1 < values.size(); ++c) {
      const double tie = (values[c] + values[c + 1]) / 2;
      for (const double v : {values[c], tie, std::nextafter(tie, 0.0), std::nextafter(tie, 1e9)}) {
        t.set(0, v);
        REQUIRE(t.at(0) == values[nearest(values, v)]);
        t.set(0, -v);
        REQUIRE(t.at(0) == -values[nearest(values, v)]);
      }
    }
    t.set(0, 1e30);
    CHECK(t.at(0) == values.back());
    t.set(0, -1e30);
    CHECK(t.at(0) == -values.back());
  }
}

}  // namespace
}  // namespace corecast::ir
