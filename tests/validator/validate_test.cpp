#include "validator/validate.h"

#include <cmath>

#include "base/strings.h"
#include "tests/support/parsed.h"
#include "validator/inputs.h"
#include "validator/noise.h"
#include "validator/rounded.h"

namespace corecast::validator {
namespace {

using test::parsed;

Report judged(const std::string& reference, const std::string& candidate,
              const std::vector<NamedTensors>& samples, const Thresholds& thresholds = {}) {
  const ir::Module r = parsed(reference), c = parsed(candidate);
  const auto runner = embedded_runner(r, executor::Precision::fp32, shared_pool(1)).value();
  Options options;
  options.pool = shared_pool(1);
  options.thresholds = thresholds;
  auto report = validate(*runner, &r, c, samples, options);
  if (!report) FAIL(report.error().to_string());
  return *report;
}
Report judged(const std::string& reference, const std::string& candidate,
              const NamedTensors& sample, const Thresholds& thresholds = {}) {
  return judged(reference, candidate, std::vector{sample}, thresholds);
}

constexpr const char* kDouble = "func @main(%x: f32[3]) {\n %y = add(x=%x, y=%x)\n return %y\n}";

std::string scaled(const std::string& by) {
  return "func @main(%x: f32[3]) {\n %k = const dense<f32[]: " + by +
         ">\n %y = mul(x=%x, y=%k)\n return %y\n}";
}

const NamedTensors kSample = {{"x", ir::Tensor::of(std::vector<float>{1, 2, 4})}};

}  // namespace

TEST_CASE("equal graphs pass, graphs that differ do not, and the place is named") {
  CHECK(judged(kDouble, scaled("2.0"), kSample).passed());
  const Report bad = judged(kDouble, scaled("2.5"), kSample);
  CHECK_FALSE(bad.passed());
  REQUIRE(bad.outputs.size() == 1);
  CHECK(bad.outputs[0].metrics.max_abs == Approx(2));
  CHECK(bad.outputs[0].metrics.max_rel == Approx(2.0 / 6));
  CHECK(bad.outputs[0].reason.find("of the range") != std::string::npos);
  REQUIRE(bad.first_divergence);
  CHECK(bad.first_divergence->value == "y");
  CHECK(bad.first_divergence->op == "mul");
  CHECK(to_text(bad).find("FAILED") != std::string::npos);
  CHECK(to_text(judged(kDouble, scaled("2.0"), kSample)).find("ok: ") != std::string::npos);
}

TEST_CASE("the place is looked for on the sample that is furthest off") {
  const auto limited = [](const char* beta) {
    return cat("func @main(%x: f32[3]) {\n %h = clip(x=%x) {beta=", beta,
               "}\n %y = add(x=%h, y=%x)\n return %y\n}");
  };
  const auto sample = [](float v) {
    return NamedTensors{{"x", ir::Tensor::of(std::vector<float>{1, 2, v})}};
  };
  const std::vector<NamedTensors> equal = {sample(4), sample(std::nanf("")), sample(4)};
  CHECK(judged(limited("1000.0"), limited("10.0"), equal).passed());
  for (const std::vector<NamedTensors>& samples :
       {std::vector{sample(4), sample(5), sample(900), sample(20)},
        std::vector{sample(900), sample(4)}}) {
    const Report r = judged(limited("1000.0"), limited("10.0"), samples);
    CHECK_FALSE(r.passed());
    REQUIRE(r.first_divergence);
    CHECK(r.first_divergence->value == "h");
    CHECK(r.first_divergence->op == "clip");
  }
}

TEST_CASE("what fp32 may differ by is 1e-4 of the range") {
  CHECK(judged(kDouble, scaled("2.0001"), kSample).passed());
  CHECK_FALSE(judged(kDouble, scaled("2.001"), kSample).passed());
}

TEST_CASE("an output that is NaN on one side only fails") {
  const auto root = [](const char* op) {
    return std::string("func @main(%x: f32[3]) {\n %y = ") + op + "(x=%x)\n return %y\n}";
  };
  const NamedTensors negative = {{"x", ir::Tensor::of(std::vector<float>{-1, 4, 9})}};
  const Report r = judged(root("abs"), root("sqrt"), negative);
  CHECK(r.verdict() == Verdict::failed);
  CHECK(r.outputs[0].metrics.nan_mismatches == 1);
  CHECK(r.outputs[0].reason.find("NaN") != std::string::npos);
  CHECK(judged(root("sqrt"), root("sqrt"), negative).passed());
  // Where only the candidate has a number the reference may have left fp32's range.
  const auto logged = [](const char* body) {
    return cat("func @main(%x: f32[3]) {\n", body, " return %y\n}");
  };
  const NamedTensors far = {{"x", ir::Tensor::of(std::vector<float>{1, 2, 100})}};
  const std::string spelled = logged(" %e = exp(x=%x)\n %y = log(x=%e)\n");
  const std::string safe = logged(" %y = identity(x=%x)\n");
  const Report more = judged(spelled, safe, far);
  CHECK(more.verdict() == Verdict::not_judged);
  CHECK(more.outputs[0].metrics.reference_specials == 1);
  CHECK(judged(safe, spelled, far).verdict() == Verdict::failed);
}

TEST_CASE("a report without outputs has not passed") { CHECK_FALSE(Report().passed()); }

TEST_CASE("explicit thresholds judge instead of the floors") {
  Thresholds t;
  t.max_rel = 0.5;
  CHECK(judged(kDouble, scaled("2.5"), kSample, t).passed());
  t.max_rel = 0.3;
  CHECK_FALSE(judged(kDouble, scaled("2.5"), kSample, t).passed());
  t = {};
  t.atol = 2;
  CHECK(judged(kDouble, scaled("2.5"), kSample, t).passed());
  t.atol = 1.9;
  const Report r = judged(kDouble, scaled("2.5"), kSample, t);
  CHECK_FALSE(r.passed());
  CHECK(r.outputs[0].reason == "element 2 is 10, the reference 8");
  t = {};
  t.rtol = 0.25;
  CHECK(judged(kDouble, scaled("2.5"), kSample, t).passed());
  t.rtol = 0.24;
  CHECK_FALSE(judged(kDouble, scaled("2.5"), kSample, t).passed());
}

TEST_CASE("a threshold on elements refuses a NaN") {
  Thresholds t;
  t.atol = 1e9;
  const char* nan = "func @main(%x: f32[3]) {\n %y = sqrt(x=%x)\n return %y\n}";
  const char* number = "func @main(%x: f32[3]) {\n %y = abs(x=%x)\n return %y\n}";
  const NamedTensors negative = {{"x", ir::Tensor::of(std::vector<float>{-1, 4, 9})}};
  CHECK_FALSE(judged(number, nan, negative, t).passed());
}

TEST_CASE("expectations are read, and nothing else") {
  const auto t = parse_expectations(" psnr>=40, top1>=0.995 ,max_rel<=1e-3").value();
  CHECK(t.psnr == 40);
  CHECK(t.top1 == 0.995);
  CHECK(t.max_rel == 1e-3);
  CHECK_FALSE(t.cosine);
  CHECK_FALSE(parse_expectations("").value().any());
  for (const char* text : {"psnr", "psnr>40", "psnr<=40", "max_rel>=1", "speed>=1", "psnr>=high",
                           "psnr>=", ">=4", "psnr>=40;top1>=1"}) {
    CAPTURE(text);
    const auto bad = parse_expectations(text);
    REQUIRE_FALSE(bad);
    CHECK(bad.error().code == Code::E1004);
    CHECK_FALSE(bad.error().help.empty());
  }
}

namespace {

executor::Rounding halves(const ir::Module& m) {
  executor::Rounding r;
  r.values = all_floats(m);
  return r;
}

}  // namespace

TEST_CASE("noise floors: none where nothing rounds, the step where something does") {
  const ir::Module exact = parsed(kDouble);
  const auto floor_of = [&](const NamedTensors& sample, int draws) {
    auto noise = NoiseFloor::make(exact, halves(exact), shared_pool(1)).value();
    for (int i = 0; i < draws; ++i) noise.draw({sample}).value();
    CHECK(noise.draws() == draws);
    REQUIRE(noise.find("y"));
    return *noise.find("y");
  };
  CHECK(floor_of(kSample, 4).max_rel == 0);
  const NamedTensors rounding = {{"x", ir::Tensor::of(std::vector<float>{1, 2, 4.001f})}};
  const Floor some = floor_of(rounding, 4);
  CHECK(some.max_rel > 0);
  CHECK(some.max_rel < 0x1p-9);
  CHECK(some.rms <= some.max_rel);
  CHECK(floor_of(rounding, 8).max_rel >= some.max_rel);
  // Beyond fp16's range the digits still count.
  const NamedTensors large = {{"x", ir::Tensor::of(std::vector<float>{1, 2, 60001})}};
  CHECK(std::isfinite(floor_of(large, 1).max_rel));
}

TEST_CASE("what was not compared is not judged") {
  const auto through = [](const char* op) {
    return cat("func @main(%x: f32[3]) {\n %y = ", op, "(x=%x)\n return %y\n}");
  };
  const NamedTensors negative = {{"x", ir::Tensor::of(std::vector<float>{-1, -4, -9})}};
  const Report zeros = judged(through("relu"), through("relu"), negative);
  CHECK(zeros.verdict() == Verdict::not_judged);
  CHECK(zeros.outputs[0].reason == "all 3 elements of the reference are 0");
  CHECK_FALSE(zeros.passed());
  CHECK_FALSE(zeros.acceptable());
  CHECK(to_text(zeros).find("NOT JUDGED: ") != std::string::npos);
  const Report nans = judged(through("sqrt"), through("sqrt"), negative);
  CHECK(nans.verdict() == Verdict::not_judged);
  CHECK(nans.outputs[0].reason == "no element is finite");
  CHECK(judged(through("relu"), through("relu"), std::vector{negative, kSample}).passed());
  // A number that no input changes says all there is to say.
  const char* fixed =
      "func @main(%x: f32[3]) {\n %k = const splat<f32[3]: 2.0>\n %y = relu(x=%k)\n return %y\n}";
  CHECK(judged(fixed, fixed, negative).passed());
  CHECK(Report().verdict() == Verdict::not_judged);
}

TEST_CASE("what fp16 destroys is unfit, and the place is named") {
  // A small signal on a large offset; halves have a step of 8 there.
  const auto text = [](const char* type, const char* in, const char* out) {
    return cat("func @main(%x: f32[32]) {\n", in, " %k = const splat<", type, "[]: 10000.0>\n",
               " %h = add(x=%a, y=%k)\n %g = sub(x=%h, y=%k)\n", out, " return %y\n}");
  };
  const std::string wide = text("f32", " %a = relu(x=%x)\n", " %y = relu(x=%g)\n");
  const std::string half = text("f16", " %c = cast(x=%x) {dtype=f16}\n %a = relu(x=%c)\n",
                                " %z = relu(x=%g)\n %y = cast(x=%z) {dtype=f32}\n");
  std::vector<float> x(32);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.1f * static_cast<float>(i);
  const NamedTensors sample = {{"x", ir::Tensor::of(x)}};
  const Report r = judged(wide, half, sample);
  CHECK(r.verdict() == Verdict::unfit);
  CHECK(r.outputs[0].reason.find("dB above the error") != std::string::npos);
  REQUIRE(r.first_lost);
  CHECK(r.first_lost->value == "h");
  CHECK_FALSE(r.acceptable());
  Report taken = r;
  taken.accepted = parse_accepted("unfit").value();
  CHECK(taken.acceptable());
  CHECK(to_text(taken).find("UNFIT (accepted): ") != std::string::npos);
  // Another program with the same types is no matter of rounding.
  std::string wrong = half;
  wrong.replace(wrong.find("sub("), 4, "add(");
  CHECK(judged(wide, wrong, sample).verdict() == Verdict::failed);
}

TEST_CASE("halves beyond their range are unfit where the program is right") {
  const auto text = [](bool half) {
    return cat("func @main(%x: f32[20]) {\n",
               half ? " %a = cast(x=%x) {dtype=f16}\n" : " %a = identity(x=%x)\n",
               " %h = mul(x=%a, y=%a)\n",
               half ? " %y = cast(x=%h) {dtype=f32}\n" : " %y = identity(x=%h)\n", " return %y\n}");
  };
  std::vector<float> x(20);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 30.f * static_cast<float>(i);
  const NamedTensors sample = {{"x", ir::Tensor::of(x)}};
  const Report r = judged(text(false), text(true), sample);
  CHECK(r.verdict() == Verdict::unfit);
  CHECK(r.outputs[0].metrics.inf_mismatches > 0);
}

TEST_CASE("accepted words are read, and nothing else") {
  CHECK(parse_accepted("").value().empty());
  CHECK(parse_accepted(" unfit, not-judged").value() ==
        std::set{Verdict::unfit, Verdict::not_judged});
  for (const char* text : {"failed", "ok", "UNFIT", "unfit;not-judged"}) {
    CAPTURE(text);
    CHECK(parse_accepted(text).error().code == Code::E1004);
  }
}

TEST_CASE("generated inputs follow shapes, types, names and use") {
  const ir::Module m = parsed(
      R"(func @main(%x: f32[N,3], %ids: i32[N,4], %attention_mask: i32[N,2], %b: bool[2]) with N=2..8 {
  %table = const splat<f32[5,2]: 1.0>
  %e = gather(x=%table, indices=%ids)
  return %e, %x {name="x2"}, %attention_mask {name="m2"}, %b {name="b2"}
})");
  const auto a = generate_inputs(m.main(), {}).value();
  const auto b = generate_inputs(m.main(), {}).value();
  REQUIRE(a.size() == 4);
  for (const auto& [name, tensor] : a) CHECK(tensor.identical(b.at(name)));
  CHECK(a.at("x").dims() == std::vector<std::int64_t>{2, 3});
  for (const auto id : a.at("ids").to_ints()) CHECK((id >= 0 && id < 5));
  CHECK(a.at("attention_mask").to_ints() == std::vector<std::int64_t>{1, 0, 1, 0});
  InputOptions other;
  other.seed = 1;
  CHECK_FALSE(generate_inputs(m.main(), other).value().at("x").identical(a.at("x")));
  InputOptions sized;
  sized.symbols = {{"N", 5}};
  CHECK(generate_inputs(m.main(), sized).value().at("x").dims()[0] == 5);
  sized.symbols = {{"N", 9}};
  CHECK(generate_inputs(m.main(), sized).error().code == Code::E1003);
  sized.symbols = {{"N", 1}};
  CHECK(generate_inputs(m.main(), sized).error().code == Code::E1003);
  const ir::Module huge =
      parsed("func @main(%x: f32[2147483647,2147483647]) {\n return %x {name=\"y\"}\n}");
  CHECK(generate_inputs(huge.main(), {}).error().code == Code::E5001);
  CHECK(symbol_values(m.main(), 0).at("N") == 2);
  CHECK(symbol_values(m.main(), 2).at("N") == 3);
}

}  // namespace corecast::validator
