#include "validator/metrics.h"

#include <cmath>
#include <limits>

#include "tests/support/catch.h"

namespace corecast::validator {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

ir::Tensor row(const std::vector<float>& values) { return ir::Tensor::of(values); }

}  // namespace

TEST_CASE("metrics of a small example, by hand") {
  // e = (0.5, 0, -1, 0); range = 4 - 1 = 3; sum e^2 = 1.25; sum r^2 = 30.
  const Metrics m = measure(row({1, 2, 3, 4}), row({1.5f, 2, 2, 4}));
  CHECK(m.count == 4);
  CHECK(m.same_shape);
  CHECK(m.max_abs == 1);
  CHECK(m.range == 3);
  CHECK(m.max_rel == Approx(1.0 / 3));
  CHECK(m.rmse == Approx(std::sqrt(1.25 / 4)));
  CHECK(m.psnr == Approx(20 * std::log10(3 / std::sqrt(1.25 / 4))));
  CHECK(m.sqnr == Approx(10 * std::log10(30 / 1.25)));
  // r.c = 1.5 + 4 + 6 + 16 = 27.5; |c|^2 = 2.25 + 4 + 4 + 16 = 26.25
  CHECK(m.cosine == Approx(27.5 / std::sqrt(30 * 26.25)));
  CHECK(m.rows == 1);
  CHECK(m.top1 == 1);
}

TEST_CASE("equal tensors") {
  const Metrics m = measure(row({1, -2, 0}), row({1, -2, 0}));
  CHECK(m.max_abs == 0);
  CHECK(m.max_rel == 0);
  CHECK(std::isinf(m.psnr));
  CHECK(std::isinf(m.sqnr));
  CHECK(m.cosine == Approx(1));
}

TEST_CASE("zeros: signs do not matter, errors count as they are") {
  const Metrics same = measure(row({0, 0}), row({-0.0f, 0}));
  CHECK(same.max_abs == 0);
  CHECK(same.cosine == 1);
  const Metrics off = measure(row({0, 0}), row({0, 0.25f}));
  CHECK(off.range == 0);
  CHECK(off.max_rel == 0.25);
  CHECK(off.cosine == 0);
}

TEST_CASE("a constant reference has its size as range") {
  const Metrics m = measure(row({-4, -4}), row({-4, -5}));
  CHECK(m.range == 4);
  CHECK(m.max_rel == 0.25);
}

TEST_CASE("NaN and infinity are counted where they are on one side only") {
  const Metrics both = measure(row({kNaN, kInf, -kInf, 1}), row({kNaN, kInf, -kInf, 1}));
  CHECK(both.nan_mismatches == 0);
  CHECK(both.inf_mismatches == 0);
  CHECK(both.max_abs == 0);
  const Metrics one = measure(row({kNaN, 1, kInf, kInf, 2}), row({1, kNaN, -kInf, 3, 2}));
  CHECK(one.nan_mismatches == 2);
  CHECK(one.inf_mismatches == 2);
  CHECK(one.max_abs == 0);
  const Metrics all = measure(row({kNaN, kInf}), row({kNaN, kInf}));
  CHECK(all.count == 2);
  CHECK(all.nan_mismatches + all.inf_mismatches == 0);
}

TEST_CASE("empty tensors and shapes that differ") {
  const Metrics empty = measure(row({}), row({}));
  CHECK(empty.count == 0);
  CHECK(empty.same_shape);
  const Metrics other = measure(row({1, 2}), ir::Tensor::of<float>({1, 2}, {2, 1}));
  CHECK_FALSE(other.same_shape);
}

TEST_CASE("rank agreement, row by row") {
  const auto r = ir::Tensor::of<float>({1, 5, 2, 3, 9, 4}, {2, 3});
  const auto c = ir::Tensor::of<float>({1, 4, 2, 9, 3, 4}, {2, 3});
  const Metrics m = measure(r, c);
  CHECK(m.rows == 2);
  CHECK(m.top1 == 0.5);
  CHECK(m.top5 == 1);
  // Ties in the reference count as agreement.
  CHECK(measure(row({7, 7, 1}), row({1, 2, 0})).top1 == 1);
  // The best of seven is the reference's sixth.
  CHECK(measure(row({7, 6, 5, 4, 3, 2, 1}), row({0, 0, 0, 0, 0, 9, 0})).top5 == 0);
  CHECK(measure(row({7, 6, 5, 4, 3, 2, 1}), row({0, 0, 0, 0, 9, 0, 0})).top5 == 1);
  CHECK(measure(row({3}), row({4})).rows == 0);
}

TEST_CASE("integers and halves are compared as numbers") {
  const auto r = ir::Tensor::of<std::int64_t>({1, 2, 3});
  const auto c = ir::Tensor::of<std::int32_t>({1, 2, 5});
  CHECK(measure(r, c).max_abs == 2);
  CHECK(measure(row({1, 2}), row({1, 2}).cast(ir::DType::f16)).max_abs == 0);
}

TEST_CASE("merging keeps the worse, and weights rows") {
  const Metrics a = measure(ir::Tensor::of<float>({1, 2, 1, 2}, {2, 2}),
                            ir::Tensor::of<float>({1, 2, 1, 2}, {2, 2}));
  const Metrics b = measure(row({1, 2}), row({4, 3}));
  const Metrics m = merge(a, b);
  CHECK(m.count == 6);
  CHECK(m.max_abs == 3);
  CHECK(m.rows == 3);
  CHECK(m.top1 == Approx(2.0 / 3));
  CHECK(m.psnr == b.psnr);
  CHECK(merge(Metrics(), b).max_abs == b.max_abs);
  CHECK(merge(b, Metrics()).max_abs == b.max_abs);
}

}  // namespace corecast::validator
