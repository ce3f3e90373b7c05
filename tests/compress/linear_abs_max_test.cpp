#include "tests/compress/linear_reference.h"
#include "tests/support/catch.h"

using namespace corecast;
using namespace corecast::compress;
using namespace corecast::compress::test;

namespace {

constexpr ir::DType kTypes[] = {ir::DType::i8, ir::DType::u8, ir::DType::i4, ir::DType::u4};

LinearSpec spec_of(ir::DType dtype, bool symmetric, Dims block) {
  return {dtype, symmetric, ScaleSearch::abs_max, std::move(block)};
}

/// Elements whose code, and blocks whose scale or offset, differ from the reference's.
int differences(const Weight& w, const Dims& dims, const LinearSpec& spec,
                const Importance& importance = {}) {
  ThreadPool pool(2);
  const LinearQuantized q = quantize_linear(w.values(), dims, spec, importance, pool);
  const auto blocks = blocks_of(dims, spec.block);
  REQUIRE(q.scales.size() == blocks.size());
  REQUIRE(q.offsets.size() == (spec.symmetric && ir::is_signed(spec.dtype) ? 0 : blocks.size()));
  int different = 0;
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    std::vector<double> x, g;
    for (const std::size_t i : blocks[b]) {
      x.push_back(w.v[i]);
      if (!importance.empty()) g.push_back(importance.of(static_cast<std::int64_t>(i)));
    }
    const Reference expected = abs_max(x, g, spec, w.is_half);
    different += static_cast<double>(q.scales[b]) != expected.scale;
    different += offset_at(q, b) != static_cast<int>(expected.offset);
    for (std::size_t j = 0; j < x.size(); ++j)
      different += code_at(q, spec.dtype, blocks[b][j]) != expected.codes[j];
  }
  CHECK(q.error == Approx(stored_error(q, w, spec, dims, importance)).epsilon(1e-5));
  return different;
}

LinearQuantized one_block(const std::vector<double>& v, bool half, ir::DType dtype, bool symmetric,
                          ScaleSearch search = ScaleSearch::abs_max) {
  const Weight w(v, half);
  ThreadPool pool(1);
  const auto n = static_cast<std::int64_t>(v.size());
  return quantize_linear(w.values(), {n}, {dtype, symmetric, search, {n}}, {}, pool);
}

std::vector<int> codes_of(const LinearQuantized& q, ir::DType dtype, std::size_t n) {
  std::vector<int> codes;
  for (std::size_t i = 0; i < n; ++i) codes.push_back(code_at(q, dtype, i));
  return codes;
}

}  // namespace

TEST_CASE("linear: abs_max is the reference, for every way to cut a weight") {
  struct Cut {
    Dims dims, block;
  };
  const Cut cuts[] = {
      {{6, 96}, {6, 96}},             // one block
      {{6, 96}, {1, 96}},             // rows
      {{3, 600}, {1, 600}},           // long rows
      {{3, 1001}, {1, 1001}},         // long rows that share bytes
      {{37, 64}, {1, 32}},            // short blocks, the last tile not full
      {{5, 21}, {1, 7}},              // of odd length
      {{96, 33}, {96, 1}},            // columns, an odd number
      {{96, 70}, {32, 1}},            // parts of columns
      {{8, 16, 3, 3}, {1, 8, 1, 1}},  // a convolution's input channels, by tap
      {{8, 16, 3, 3}, {1, 8, 3, 3}},  // and with all taps
      {{6, 8, 3, 3}, {6, 1, 3, 3}},   // a transposed convolution's output channels
      {{12, 20}, {3, 5}},             // rectangles
      {{2, 4, 6}, {1, 2, 3}},         // and boxes
      {{2, 4, 6}, {1, 1, 1}},         // single elements
      {{7}, {1}},
      {{}, {}},
  };
  const unsigned seed = GENERATE(1u, 2u);
  const bool half = GENERATE(true, false);
  for (const Cut& cut : cuts) {
    std::int64_t count = 1;
    for (const std::int64_t d : cut.dims) count *= d;
    for (const double sigma : {0.02, 100.0}) {
      const Weight w(normal(count, sigma, seed), half);
      for (const ir::DType dtype : kTypes) {
        for (const bool symmetric : {true, false}) {
          INFO("seed " << seed << " half " << half << " rank " << cut.dims.size() << " count "
                       << count << " sigma " << sigma << " " << ir::name_of(dtype) << " symmetric "
                       << symmetric);
          CHECK(differences(w, cut.dims, spec_of(dtype, symmetric, cut.block)) == 0);
        }
      }
    }
  }
}

TEST_CASE("linear: abs_max of magnitudes of every size") {
  const unsigned seed = 5;
  INFO("seed " << seed);
  for (const bool half : {true, false}) {
    for (int e = -22; e <= 13; ++e) {
      const Weight w(normal(320, std::ldexp(1.0, e), seed + static_cast<unsigned>(e + 30)), half);
      for (const ir::DType dtype : kTypes)
        for (const bool symmetric : {true, false})
          CHECK(differences(w, {10, 32}, spec_of(dtype, symmetric, {1, 32})) == 0);
    }
  }
}

TEST_CASE("linear: elements without importance do not widen the range") {
  const unsigned seed = 9;
  INFO("seed " << seed);
  std::vector<double> v = normal(64 * 32, 1, seed);
  std::vector<float> importance(v.size());
  for (std::size_t i = 0; i < v.size(); ++i) importance[i] = i % 3 == 0 ? 0.f : 1.f + float(i % 5);
  for (std::size_t i = 0; i < v.size(); i += 3) v[i] *= 50;
  std::fill_n(importance.begin() + 32, 32, 0.f);  // a block of which nothing counts
  for (const bool half : {true, false}) {
    const Weight w(v, half);
    for (const Dims& block : {Dims{1, 32}, Dims{64, 1}, Dims{64, 32}, Dims{2, 8}})
      for (const bool symmetric : {true, false})
        CHECK(differences(w, {64, 32}, spec_of(ir::DType::i4, symmetric, block), {importance, 1}) ==
              0);
    // One weight per channel, of rows and of columns.
    const std::span<const float> channels(importance.data(), 32);
    CHECK(differences(w, {64, 32}, spec_of(ir::DType::i8, true, {64, 1}), {channels, 1}) == 0);
    CHECK(differences(w, {64, 32}, spec_of(ir::DType::i8, true, {1, 32}), {channels, 64}) == 0);
  }
  ThreadPool pool(1);
  const Weight w(v, true);
  const LinearQuantized q = quantize_linear(
      w.values(), {64, 32}, spec_of(ir::DType::i4, true, {1, 32}), {importance, 1}, pool);
  CHECK(q.scales[1] == 1);
}

TEST_CASE("linear: a block of zeros") {
  for (const bool half : {true, false}) {
    for (const ScaleSearch search : {ScaleSearch::abs_max, ScaleSearch::mse, ScaleSearch::hqq}) {
      const std::vector<double> zeros = {0.0, -0.0, 0.0};
      LinearQuantized q = one_block(zeros, half, ir::DType::i4, true, search);
      CHECK(q.scales == std::vector<float>{1});
      CHECK(codes_of(q, ir::DType::i4, 3) == std::vector<int>{0, 0, 0});
      CHECK(q.error == 0);
      q = one_block(zeros, half, ir::DType::u4, true, search);
      CHECK(q.offsets == std::vector<std::int32_t>{7});
      CHECK(codes_of(q, ir::DType::u4, 3) == std::vector<int>{7, 7, 7});
      q = one_block(zeros, half, ir::DType::u8, false, search);
      CHECK(q.scales == std::vector<float>{1});
      CHECK(codes_of(q, ir::DType::u8, 3) == std::vector<int>(3, q.offsets[0]));
    }
  }
}

TEST_CASE("linear: ranges beyond what f16 can hold stay finite") {
  for (const ir::DType dtype : kTypes) {
    for (const bool symmetric : {true, false}) {
      for (const ScaleSearch search : {ScaleSearch::abs_max, ScaleSearch::mse, ScaleSearch::hqq}) {
        for (const std::vector<double>& v : {std::vector<double>{-65504, 65504, 1},
                                             {65504, 65504},
                                             {-65504, -65504, -3},
                                             {60000, -60000, 30000, -1, 0},
                                             {65504, 0},
                                             {40000, -10000}}) {
          const LinearQuantized q = one_block(v, true, dtype, symmetric, search);
          const Weight w(v, true);
          const LinearSpec spec{dtype, symmetric, search, {static_cast<std::int64_t>(v.size())}};
          const double error = stored_error(q, w, spec, spec.block);
          INFO(ir::name_of(dtype) << " symmetric " << symmetric << " search "
                                  << static_cast<int>(search) << " first " << v[0] << " scale "
                                  << q.scales[0]);
          CHECK(std::isfinite(error));
          CHECK(q.error == Approx(error).epsilon(1e-5));
          const double step = static_cast<double>(q.scales[0]);
          CHECK(error <= static_cast<double>(v.size()) * step * step);
        }
      }
    }
  }
  const LinearQuantized q = one_block({-60000, 60000, 30000}, true, ir::DType::u8, false);
  CHECK(q.offsets == std::vector<std::int32_t>{128});
  CHECK(static_cast<double>(q.scales[0]) == rounded(120000.0 / 255, true));
}

TEST_CASE("linear: f32 ranges that overflow") {
  const double big = static_cast<double>(std::numeric_limits<float>::max());
  for (const bool symmetric : {true, false}) {
    const std::vector<double> v = {big, -big, big / 2, 0};
    const LinearQuantized q = one_block(v, false, ir::DType::i8, symmetric);
    // With the lowest integer at hand, a longer step would let -128 overflow.
    CHECK(static_cast<double>(q.scales[0]) == Approx(big / (symmetric ? 127 : 128)).epsilon(1e-6));
    CHECK(code_at(q, ir::DType::i8, 0) == 127);
    CHECK(code_at(q, ir::DType::i8, 1) == (symmetric ? -127 : -128));
  }
}

TEST_CASE("linear: scales never are denormal") {
  const LinearQuantized h = one_block({0x1p-24, -0x1p-24, 0}, true, ir::DType::i8, true);
  CHECK(h.scales[0] == 0x1p-14f);
  CHECK(codes_of(h, ir::DType::i8, 3) == std::vector<int>{0, 0, 0});
  const LinearQuantized f = one_block({1e-44, -1e-40}, false, ir::DType::i4, false);
  CHECK(f.scales[0] == std::numeric_limits<float>::min());
}

TEST_CASE("linear: constant blocks and blocks on one side of zero") {
  for (const bool half : {true, false}) {
    LinearQuantized q = one_block({-3, -3, -3, -3}, half, ir::DType::u4, false);
    CHECK(codes_of(q, ir::DType::u4, 4) == std::vector<int>(4, 0));
    CHECK(q.offsets[0] == 15);
    CHECK(static_cast<double>(q.scales[0]) == rounded(3.0 / 15, half));
    q = one_block({1, 2, 15}, half, ir::DType::u4, false);
    CHECK(q.offsets[0] == 0);
    CHECK(codes_of(q, ir::DType::u4, 3) == std::vector<int>{1, 2, 15});
    CHECK(q.error == 0);
    q = one_block({-7, 3.5, 2.5, 0.5, -0.5}, half, ir::DType::i4, true);  // ties go to even
    CHECK(codes_of(q, ir::DType::i4, 5) == std::vector<int>{-7, 4, 2, 0, 0});
  }
}

TEST_CASE("linear: weights without elements") {
  ThreadPool pool(2);
  const Values none(std::span<const float>{});
  const LinearQuantized q =
      quantize_linear(none, {0, 4}, {ir::DType::u4, false, ScaleSearch::mse, {0, 4}}, {}, pool);
  CHECK(q.data->size() == 0);
  CHECK(q.scale_dims == Dims{1, 1});
  CHECK(q.scales.size() == 1);
  CHECK(q.error == 0);
  CHECK(quantize_linear(none, {4, 0}, {ir::DType::i8, true, ScaleSearch::mse, {1, 0}}, {}, pool)
            .scale_dims == Dims{4, 1});
}

TEST_CASE("linear: nibbles are packed lowest first") {
  const LinearQuantized q = one_block({-7, 7, -1}, false, ir::DType::i4, true);
  REQUIRE(q.data->size() == 2);
  CHECK(static_cast<int>(q.data->bytes()[0]) == (0x9 | 0x7 << 4));
  CHECK(static_cast<int>(q.data->bytes()[1]) == 0xf);
}

TEST_CASE("linear: blocks that do not fit are refused") {
  ThreadPool pool(1);
  const std::vector<float> v(6, 1.f);
  CHECK_THROWS_AS(
      quantize_linear(Values(v), {6}, {ir::DType::i8, true, ScaleSearch::mse, {4}}, {}, pool),
      InternalError);
  CHECK_THROWS_AS(
      quantize_linear(Values(v), {6}, {ir::DType::i16, true, ScaleSearch::mse, {6}}, {}, pool),
      InternalError);
}
