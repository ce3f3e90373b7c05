#include "validator/values.h"

#include <cmath>
#include <set>

#include "tests/support/catch.h"
#include "validator/random.h"

namespace corecast::validator {
namespace {

using ir::DType;
using ir::Tensor;

InputRole of(Role role) { return {.role = role}; }

Tensor made(const InputRole& role, DType dtype, const std::vector<std::int64_t>& dims,
            std::uint64_t seed = 1) {
  return values_of(role, dtype, dims, {{"T", 9}}, seed);
}

/// Least, most and the largest step between neighbours along the last axis.
struct Look {
  double lo = 1e300, hi = -1e300, step = 0;
};
Look look(const Tensor& t) {
  Look l;
  const std::int64_t row = t.dims().back();
  for (std::int64_t i = 0; i < t.count(); ++i) {
    l.lo = std::min(l.lo, t.at(i));
    l.hi = std::max(l.hi, t.at(i));
    if (i % row) l.step = std::max(l.step, std::fabs(t.at(i) - t.at(i - 1)));
  }
  return l;
}

}  // namespace

TEST_CASE("random numbers are those of every platform") {
  // Computed once by hand from mt19937_64, whose numbers the standard fixes, in exact arithmetic.
  Random random(7);
  double sum = 0, squares = 0;
  constexpr int kCount = 20000;
  for (int i = 0; i < kCount; ++i) {
    const double v = random.normal();
    sum += v, squares += v * v;
  }
  CHECK(std::fabs(sum / kCount) < 0.03);
  CHECK(squares / kCount == Approx(1).margin(0.05));
  Random again(7);
  std::mt19937_64 bits(7);
  CHECK(again.uniform() == static_cast<double>(bits() >> 11) * 0x1p-53);
}

TEST_CASE("every row of a mask keeps something and hides something") {
  for (const DType dtype : {DType::boolean, DType::i32, DType::f32}) {
    for (const std::vector<std::int64_t>& dims :
         {std::vector<std::int64_t>{3, 8}, {2, 1, 5, 5}, {4, 2, 1}, {7}}) {
      InputRole mask = of(Role::mask);
      const Tensor t = made(mask, dtype, dims);
      const std::int64_t row = dims.back() > 1 ? dims.back() : 2;
      for (std::int64_t at = 0; at < t.count(); at += row) {
        CHECK(t.at(at) == 1);
        CHECK(t.at(at + row - 1) == 0);
      }
      mask.hides = true;
      const Tensor other = made(mask, dtype, dims);
      for (std::int64_t i = 0; i < t.count(); ++i) CHECK(other.at(i) == 1 - t.at(i));
    }
  }
  CHECK(made(of(Role::mask), DType::i32, {3, 1, 1}).to_ints().size() == 3);
  CHECK(made(of(Role::mask), DType::i32, {1, 1}).to_ints() == std::vector<std::int64_t>{1});
  const Look added = look(made(of(Role::added_mask), DType::f16, {2, 8}));
  CHECK(added.hi == 0);
  CHECK(added.lo == -10000);
}

TEST_CASE("pictures come in three styles; sounds are smooth, and within their range") {
  for (const std::vector<std::int64_t>& dims :
       {std::vector<std::int64_t>{2, 3, 40, 50}, {1, 40, 50, 3}, {1, 1, 5, 7}, {3, 1, 1}}) {
    InputRole picture = of(Role::picture);
    int plain = 0, normed = 0, noise = 0;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
      const Look l = look(made(picture, DType::f32, dims, seed));
      if (l.lo >= 0 && l.hi <= 1)
        ++plain;
      else if (l.lo >= -2 && l.hi <= 2)
        ++normed;
      else
        ++noise;
    }
    CHECK(plain > 0);
    // Of three numbers noise looks like any other.
    if (dims[0] < 3) CHECK((normed > 0 && noise > 0));
    picture.top = 255;
    const Tensor bytes = made(picture, DType::f32, dims);
    for (std::int64_t i = 0; i < bytes.count(); ++i) {
      CHECK(bytes.at(i) == std::floor(bytes.at(i)));
      if (bytes.at(i) < 0 || bytes.at(i) > 255) FAIL("no byte");
    }
  }
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const Look one = look(made(of(Role::picture), DType::f32, {1, 3, 64, 64}, seed));
    CHECK(one.hi - one.lo > 0.2);
  }
  const Look sound = look(made(of(Role::audio), DType::f32, {2, 16000}));
  CHECK((sound.lo > -0.3 && sound.hi < 0.3));
  CHECK(sound.hi - sound.lo > 0.05);
  CHECK(sound.step < 0.15);
  CHECK(look(made(of(Role::state), DType::f32, {2, 1000})).hi < 0.6);
}

TEST_CASE("whole numbers and lengths keep to their axis; the first length is whole") {
  InputRole role = of(Role::whole);
  role.below = ir::Dim::symbol("T");
  const Tensor ids = made(role, DType::i32, {2000});
  const auto values = ids.to_ints();
  CHECK(*std::min_element(values.begin(), values.end()) == 0);
  CHECK(*std::max_element(values.begin(), values.end()) == 8);
  role.role = Role::length;
  const auto lengths = made(role, DType::i64, {50}).to_ints();
  CHECK(lengths[0] == 9);
  std::set<std::int64_t> single;
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    single.insert(made(role, DType::i64, {1}, seed).to_ints()[0]);
  CHECK(single.size() > 2);
  CHECK(*single.rbegin() == 9);
  CHECK(*std::min_element(lengths.begin(), lengths.end()) == 5);
  CHECK(*std::max_element(lengths.begin(), lengths.end()) == 9);
}

TEST_CASE("equal seeds give equal values, other seeds others") {
  for (const Role r :
       {Role::normal, Role::mask, Role::state, Role::picture, Role::audio, Role::share}) {
    const Tensor a = made(of(r), DType::f32, {2, 3, 20, 20}, 5);
    CHECK(a.identical(made(of(r), DType::f32, {2, 3, 20, 20}, 5)));
    CHECK_FALSE(a.identical(made(of(r), DType::f32, {2, 3, 20, 20}, 6)));
  }
}

TEST_CASE("the safest values keep all and look up the first") {
  CHECK(plain_values_of(of(Role::mask), DType::i32, {3}).to_ints() ==
        std::vector<std::int64_t>{1, 1, 1});
  InputRole hides = of(Role::mask);
  hides.hides = true;
  CHECK(plain_values_of(hides, DType::i32, {2}).to_ints() == std::vector<std::int64_t>{0, 0});
  CHECK(plain_values_of(of(Role::whole), DType::i32, {1}).to_ints() ==
        std::vector<std::int64_t>{0});
}

}  // namespace corecast::validator
