#include "compress/encode.h"

#include "compress/goal/goal.h"
#include "compress/sample.h"
#include "tests/compress/made_up_weight.h"
#include "tests/support/catch.h"

namespace corecast::compress {
TEST_CASE("encode: bytes are as planned, for all that goals choose from") {
  ThreadPool pool(2);
  for (const Weight& w : {weight_of({64, 32}, 0, 1), weight_of({32, 64}, 1, 0),
                          weight_of({32, 64, 3, 3}, 0, 1), weight_of({16, 64, 3}, 1, 0)}) {
    const auto loaded = LoadedWeight::read(noise(w), pool);
    REQUIRE(loaded);
    std::vector<Scheme> schemes = candidate_schemes({});
    for (const ir::DType dtype : {ir::DType::i4, ir::DType::u4, ir::DType::u8}) {
      for (const bool symmetric : {true, false}) {
        Scheme s;
        s.quantize = Quantize{dtype, {Granularity::Kind::block, 16}, symmetric};
        schemes.push_back(s);
      }
    }
    for (const Scheme& s : schemes) {
      if (!misfit(s, w).empty()) continue;
      INFO(to_text(s));
      const auto e = encode(*loaded, w, s, {}, pool);
      REQUIRE(e);
      CHECK(e->bytes == planned_bytes(s, w));
      CHECK(e->error >= 0);
      CHECK(e->error < e->signal);
    }
  }
}

TEST_CASE("encode: weights that are not finite are refused, with the first place") {
  ThreadPool pool(2);
  for (const ir::DType dtype : {ir::DType::f16, ir::DType::f32}) {
    ir::Tensor t = ir::Tensor::zeros(dtype, {300, 1000});
    t.set(299'999, std::numeric_limits<double>::infinity());
    t.set(123'456, std::numeric_limits<double>::quiet_NaN());
    const auto loaded = LoadedWeight::read(t, pool);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == Code::E2310);
    CHECK(loaded.error().message.find("123456") != std::string::npos);
  }
  // Squares beyond the range of floats are no fault.
  ir::Tensor large = ir::Tensor::splat(ir::DType::f32, {10, 10}, 1e30);
  const auto loaded = LoadedWeight::read(large, pool);
  REQUIRE(loaded);
  CHECK(loaded->energy() == Approx(1e62));
}

TEST_CASE("sample: whole channels from several places of a large weight") {
  const Weight w = weight_of({4096, 64}, 0, 1);
  ir::Tensor t = ir::Tensor::empty(ir::DType::f16, w.dims);
  for (std::int64_t i = 0; i < t.count(); ++i) t.set(i, static_cast<double>(i / 64 / 16));
  const Sample s = sample_of(t, w, 1 << 14);
  CHECK(s.weight.dims == std::vector<std::int64_t>{256, 64});
  CHECK(s.share == Approx(256.0 / 4096));
  for (std::int64_t i = 0; i < s.tensor.count(); ++i)
    REQUIRE(s.tensor.at(i) == static_cast<double>(i / 64 / 16 * 16));
  CHECK(sample_of(t, w, 1 << 18).share == 1);
  CHECK(sample_of(t, weight_of({4096, 64}, 1, 0), 1 << 14).share == 1);
}

}  // namespace corecast::compress
