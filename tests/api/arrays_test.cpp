#include "api/arrays.h"

#include "api/convert.h"
#include "api/detail/load_record.h"
#include "api/run.h"
#include "api/validate.h"
#include "converter/archive/zip.h"
#include "tests/coreml/temp_folder.h"
#include "tests/support/parsed.h"
#include "validator/npy.h"
#include "validator/runner.h"

namespace corecast::api {
namespace {

using ir::DType;
using ir::Tensor;

using test::parsed;

constexpr const char* kTwo =
    "func @main(%a: f32[2], %b: i32[]) {\n return %a {name=\"c\"}, %b {name=\"d\"}\n}";

std::string cast_code(const Tensor& t, DType to) {
  const auto r = lossless_cast(t, to, "x");
  return r ? "ok" : std::string(name_of(r.error().code));
}

}  // namespace

TEST_CASE("arrays on disk: written, read back, never half") {
  TempFolder folder;
  const NamedTensors arrays = {{"a", Tensor::of(std::vector<float>{1, 2})},
                               {"x/y:0", Tensor::of<std::int64_t>({1, 2, 3, 4}, {2, 2})},
                               {"empty", Tensor::zeros(DType::f16, {0, 3})}};
  write_arrays(folder / "a.npz", arrays, false).value();
  const auto back = read_arrays(folder / "a.npz").value();
  REQUIRE(back.size() == 3);
  for (const auto& [name, t] : arrays) CHECK(back.at(name).identical(t));
  CHECK(write_arrays(folder / "a.npz", arrays, false).error().code == Code::E5101);
  write_arrays(folder / "a.npz", {}, true).value();
  CHECK(read_arrays(folder / "a.npz").value().empty());
  CHECK(write_arrays(folder / "none/a.npz", arrays, false).error().code == Code::E5102);
  CHECK(folder.entries() == 1);
}

TEST_CASE("files that are no arrays") {
  TempFolder folder;
  CHECK(read_arrays(folder / "none.npz").error().code == Code::E2001);
  write_text(folder / "text.npz", "hello");
  CHECK(read_arrays(folder / "text.npz").error().code == Code::E2008);
  write_text(folder / "zip.npz", archive::write_zip({{"a.npy", "hello"}}));
  const auto e = read_arrays(folder / "zip.npz").error();
  CHECK(e.code == Code::E2007);
  CHECK(e.message.find("a.npy") != std::string::npos);
  write_text(folder / "one.npy", validator::encode_npy(Tensor::of(std::vector<float>{1})));
  CHECK(read_arrays(folder / "one.npy").value().contains(""));
}

TEST_CASE("one more axis holds samples") {
  const ir::Module m = parsed(kTwo);
  const auto samples = samples_for(m.main(), {{"a", Tensor::of<float>({1, 2, 3, 4, 5, 6}, {3, 2})},
                                              {"b", Tensor::scalar(std::int32_t{7})}})
                           .value();
  REQUIRE(samples.size() == 3);
  CHECK(samples[1].at("a").to_doubles() == std::vector<double>{3, 4});
  CHECK(samples[2].at("b").at(0) == 7);
  const auto code = [&](const NamedTensors& arrays) {
    const auto s = samples_for(m.main(), arrays);
    return s ? "ok" : std::string(name_of(s.error().code));
  };
  const Tensor a = Tensor::of<float>({1, 2, 3, 4}, {2, 2}),
               b = Tensor::of<std::int32_t>({1, 2, 3}, {3});
  CHECK(code({{"a", a}}) == "E1006");
  CHECK(code({{"a", a}, {"b", b}}) == "E1006");  // 2 samples and 3
  CHECK(code({{"a", Tensor::scalar(1.0f)}, {"b", b}}) == "E1006");
  CHECK(code({{"a", a}, {"b", Tensor::scalar(std::int32_t{1})}, {"z", a}}) == "E1006");
  CHECK(samples_for(m.main(), {{"a", Tensor::zeros(DType::f32, {0, 2})},
                               {"b", Tensor::zeros(DType::i32, {0})}})
            .error()
            .code == Code::E1006);
}

TEST_CASE("a scalar is taken for a vector of one, and the other way round") {
  const ir::Module m =
      parsed("func @main(%a: f32[1], %b: i32[]) {\n return %a {name=\"c\"}, %b {name=\"d\"}\n}");
  const auto split = [&](const Tensor& a, const Tensor& b) {
    return samples_for(m.main(), {{"a", a}, {"b", b}}).value();
  };
  const auto one = split(Tensor::scalar(2.0f), Tensor::scalar(std::int32_t{7}));
  REQUIRE(one.size() == 1);
  CHECK(one[0].at("a").identical(Tensor::of(std::vector<float>{2})));
  // Samples of scalars for either.
  const auto two = split(Tensor::of<float>({2, 3}, {2}), Tensor::of<std::int32_t>({7, 8}, {2, 1}));
  REQUIRE(two.size() == 2);
  CHECK(two[1].at("a").identical(Tensor::of(std::vector<float>{3})));
  CHECK(two[1].at("b").identical(Tensor::scalar(std::int32_t{8})));

  Session session = Session::make(m, "", executor::Precision::native).value();
  const auto y =
      session.run({{"a", Tensor::scalar(2.0f)}, {"b", Tensor::of<std::int32_t>({7}, {1})}}).value();
  CHECK(y.at("c").dims() == std::vector<std::int64_t>{1});
  CHECK(y.at("d").dims().empty());
  CHECK(y.at("d").at(0) == 7);
  CHECK(!session.run({{"a", Tensor::of<float>({1, 2}, {2})}, {"b", Tensor::scalar(1)}}));
}

TEST_CASE("casts that lose nothing, and the element that would") {
  CHECK(cast_code(Tensor::of<std::int64_t>({INT32_MAX, INT32_MIN}), DType::i32) == "ok");
  CHECK(cast_code(Tensor::of<std::int64_t>({std::int64_t{INT32_MAX} + 1}), DType::i32) == "E1007");
  CHECK(cast_code(Tensor::of<double>({3.0, -4.0}), DType::i32) == "ok");
  CHECK(cast_code(Tensor::of<double>({3.5}), DType::i32) == "E1007");
  CHECK(cast_code(Tensor::of<double>({std::numeric_limits<double>::quiet_NaN()}), DType::i32) ==
        "E1007");
  CHECK(cast_code(Tensor::of<double>({9223372036854775808.0}), DType::i64) == "E1007");
  CHECK(cast_code(Tensor::of(std::vector<bool>{true, false}), DType::i32) == "ok");
  CHECK(cast_code(Tensor::of<std::int32_t>({0, 1}), DType::boolean) == "ok");
  CHECK(cast_code(Tensor::of<std::int32_t>({2}), DType::boolean) == "E1007");
  CHECK(cast_code(Tensor::of<std::int32_t>({-1}), DType::u8) == "E1007");
  CHECK(cast_code(Tensor::of<float>({0.1f, 65504.0f}), DType::f16) == "ok");
  CHECK(cast_code(Tensor::of<float>({65520.0f}), DType::f16) == "E1007");
  CHECK(cast_code(Tensor::of<float>({std::numeric_limits<float>::infinity()}), DType::f16) == "ok");
  CHECK(cast_code(Tensor::of<double>({1e300}), DType::f32) == "E1007");
  CHECK(cast_code(Tensor::of<std::int64_t>({(std::int64_t{1} << 24) + 1}), DType::f32) == "E1007");
  CHECK(cast_code(Tensor::of<std::int64_t>({1 << 24}), DType::f32) == "ok");
  CHECK(cast_code(Tensor::of<std::int32_t>({70000}), DType::f16) == "E1007");
  CHECK(cast_code(Tensor::strings({"a"}, {1}), DType::f32) == "E1007");
  const auto e = lossless_cast(Tensor::of<double>({0, 0, 0, 0.5, 0, 0}, {2, 3}), DType::i32, "x");
  CHECK(e.error().message.find("element [1,0] is 0.5") != std::string::npos);
}

TEST_CASE("the outputs of samples are stacked") {
  const NamedTensors one = {{"y", Tensor::of<float>({1, 2}, {1, 2})}};
  const NamedTensors two = {{"y", Tensor::of<float>({3, 4}, {1, 2})}};
  CHECK(stacked({one})->at("y").dims() == std::vector<std::int64_t>{1, 2});
  const Tensor y = stacked({one, two})->at("y");
  CHECK(y.dims() == std::vector<std::int64_t>{2, 1, 2});
  CHECK(y.to_doubles() == std::vector<double>{1, 2, 3, 4});
  const NamedTensors longer = {{"y", Tensor::of<float>({3, 4, 5}, {1, 3})}};
  CHECK(stacked({one, longer}).error().code == Code::E1021);
}

TEST_CASE("how a source was read is remembered") {
  LoadOptions options;
  options.inputs = {"x[1,3]", "n=4"};
  options.outputs = {"y"};
  options.bake = {{"sr", 16000}};
  ir::Metadata metadata;
  record_load_options(options, metadata);
  const LoadOptions back = recorded_load_options(metadata);
  CHECK(back.inputs == options.inputs);
  CHECK(back.outputs == options.outputs);
  CHECK(back.bake == options.bake);
  ir::Metadata none;
  record_load_options({}, none);
  CHECK(none.user.empty());
  for (const char* text :
       {"", "{", "[]", "3", "{\"inputs\":3}", "{\"bake\":{\"a\":\"b\"}}", "null"}) {
    metadata.user["com.corecast.load"] = text;
    CAPTURE(text);
    CHECK(recorded_load_options(metadata).inputs.empty());
  }
}

TEST_CASE("sessions: unknown functions and inputs are named") {
  const ir::Module m = parsed(kTwo);
  CHECK(Session::make(m, "nosuch", executor::Precision::fp32).error().code == Code::E1010);
  auto session = Session::make(m, "", executor::Precision::fp32).value();
  const NamedTensors good = {{"a", Tensor::of(std::vector<double>{1, 2})},
                             {"b", Tensor::scalar(std::int64_t{3})}};
  CHECK(session.run(good).value().at("c").to_doubles() == std::vector<double>{1, 2});
  NamedTensors bad = good;
  bad.erase("b");
  CHECK(session.run(bad).error().code == Code::E2102);
  bad = good;
  bad["z"] = good.at("a");
  CHECK(session.run(bad).error().code == Code::E2102);
  bad = good;
  bad["a"] = Tensor::of(std::vector<float>{1, 2, 3});
  CHECK(session.run(bad).error().code == Code::E2102);
  CHECK(precision_from_name("fp64").error().code == Code::E1009);
}

TEST_CASE("names of precisions and references") {
  CHECK(conversion_precision("auto").value() == Precision::automatic);
  CHECK(conversion_precision("native").error().code == Code::E1009);
  ValidateOptions options;
  options.reference = "abacus";
  Diagnostics diagnostics;
  const auto report = validate("no.onnx", "no.mlpackage", options, diagnostics);
  REQUIRE_FALSE(report);
  CHECK(report.error().code == Code::E1024);
  for (const auto& reference : validator::references())
    CHECK(report.error().help.find(reference.name) != std::string::npos);
}

}  // namespace corecast::api
