#include "validator/divergence.h"

#include "base/strings.h"
#include "tests/support/parsed.h"

namespace corecast::validator {
namespace {

using test::parsed;

/// Values v0 to v<n>, each made from the one before; v<odd> differs by what it adds.
ir::Module chain(int n, int odd, std::string_view first = "%s = sin(x=%x)\n %c = cos(x=%x)\n") {
  std::string text = cat("func @main(%x: f32[3]) {\n %one = const splat<f32[]: 0.5>\n",
                         " %two = const splat<f32[]: 0.75>\n ", first, " %v0 = add(x=%s, y=%c)\n");
  for (int i = 1; i <= n; ++i)
    text += cat(" %v", i, " = add(x=%v", i - 1, ", y=", i == odd ? "%two" : "%one", ")\n");
  return parsed(text + cat(" return %v", n, "\n}"));
}

const NamedTensors kSample = {{"x", ir::Tensor::of(std::vector<float>{1, 2, 4})}};

std::optional<Divergence> parted(const ir::Module& source, const ir::Module& candidate,
                                 const NamedTensors& inputs = kSample) {
  return first_divergence(
      source, kSample, candidate, inputs,
      {.precision = executor::Precision::fp32, .pool = shared_pool(1), .allowed = 1e-4});
}

TEST_CASE("divergence: the first value that parts is named") {
  const ir::Module source = chain(40, -1);
  CHECK_FALSE(parted(source, chain(40, -1)));
  for (const int odd : {1, 17, 40}) {
    const auto d = parted(source, chain(40, odd));
    REQUIRE(d);
    CHECK(d->value == cat("v", odd));
    CHECK(d->op == "add");
    CHECK(d->max_rel > 0.01);
  }
}

TEST_CASE("divergence: graphs may have other orders, other values and other ends") {
  const ir::Module source = chain(9, -1);
  const auto d = parted(source, chain(9, 4, "%c = cos(x=%x)\n %t = tan(x=%x)\n %s = sin(x=%x)\n"));
  REQUIRE(d);
  CHECK(d->value == "v4");
  const auto shorter = parted(source, chain(5, 4));
  REQUIRE(shorter);
  CHECK(shorter->value == "v4");
  CHECK(parted(chain(5, -1), chain(9, 4))->value == "v4");
}

TEST_CASE("divergence: none where a run fails") {
  CHECK_FALSE(parted(chain(3, -1), chain(3, 2), {}));
  CHECK_FALSE(parted(chain(3, -1), chain(3, 2), {{"x", ir::Tensor::of(std::vector<float>{1})}}));
}

}  // namespace
}  // namespace corecast::validator
