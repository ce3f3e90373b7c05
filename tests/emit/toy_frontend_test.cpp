// A new format through the whole of the API, with nothing changed outside this folder.
#include "api/convert.h"
#include "api/run.h"
#include "ir/print.h"
#include "tests/coreml/temp_folder.h"
#include "tests/emit/toy/toy.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using ir::Tensor;

const char* const kModel = R"({"toy": 1, "inputs": {"x": ["batch", 3]},
  "layers": [
    {"name": "h", "op": "linear", "of": ["x"], "weight": [[1, 0, 2], [0, -1, 1]], "bias": [0.5, 0]},
    {"name": "y", "op": "relu", "of": ["h"]},
    {"name": "p", "op": "softmax", "of": ["y"]}],
  "outputs": ["y", "p"]})";

struct Fixture {
  TempFolder folder;
  Diagnostics diagnostics;
  api::LoadOptions options;
  std::string path = folder / "m.toy.json";
  explicit Fixture(const std::string& text = kModel) {
    write_text(path, text);
    options.frontends = {&toy::frontend()};
  }
  Result<api::Model> load() { return api::load(path, options, diagnostics); }
};

std::vector<double> run(const ir::Module& module, const char* output) {
  auto session = api::Session::make(module, "main", executor::Precision::fp32);
  REQUIRE(session);
  auto out = session->run({{"x", Tensor::of(std::vector<float>{1, 2, 3, 4, 5, -6}, {2, 3})}});
  REQUIRE(out);
  const Tensor& t = out->at(output);
  std::vector<double> values;
  for (std::int64_t i = 0; i < t.count(); ++i) values.push_back(t.at(i));
  return values;
}

}  // namespace

TEST_CASE("a toy model is loaded, converted, written, read back and run") {
  Fixture t;
  auto model = t.load();
  REQUIRE(model);
  CHECK(model->format == "toy");
  CHECK(model->module.source_format == "toy");
  CHECK(model->module.main().symbols.contains("batch"));
  const std::vector<double> expected = {7.5, 1, 0, 0};
  CHECK(run(model->module, "y") == expected);

  api::ConvertOptions convert;
  convert.load = t.options;
  convert.precision = api::Precision::fp32;
  auto done = api::convert(t.path, convert, t.diagnostics);
  REQUIRE(done);
  const std::string package = t.folder / "m.mlpackage";
  REQUIRE(api::save(done->converted, package, {}, t.diagnostics));
  auto back = api::load(package, t.options, t.diagnostics);
  REQUIRE(back);
  CHECK(back->format == api::kPackageFormat);
  CHECK(run(back->module, "y") == expected);
  CHECK_FALSE(t.diagnostics.has_errors());
}

TEST_CASE("options reach a frontend that knows nothing of them") {
  Fixture t;
  t.options.inputs = {"batch=2"};
  t.options.outputs = {"h"};
  auto model = t.load();
  REQUIRE(model);
  const ir::Function& f = model->module.main();
  CHECK(ir::to_string(f.type(f.block(f.entry()).args[0])) == "f32[2,3]");
  CHECK(f.outputs[0].name == "h");
  t.options.outputs = {"nowhere"};
  CHECK(t.load().error().code == Code::E1002);
  t.options = {.inputs = {"z[1,3]"}, .frontends = t.options.frontends};
  CHECK(t.load().error().code == Code::E1002);
}

TEST_CASE("one import names every layer that cannot be read") {
  Fixture t(R"({"toy": 1, "inputs": {"x": [2, 3]}, "layers": [
    {"name": "a", "op": "warp", "of": ["x"]}, {"name": "b", "op": "relu", "of": ["a"]},
    {"name": "c", "op": "add", "of": ["x"]}], "outputs": ["b"]})");
  CHECK_FALSE(t.load());
  REQUIRE(t.diagnostics.all().size() == 2);  // b only reads what failed
  CHECK(t.diagnostics.all()[0].error.where.node == "a");
  CHECK(t.diagnostics.all()[0].error.code == Code::E3001);
  CHECK(t.diagnostics.all()[1].error.where.node == "c");
  CHECK(t.diagnostics.all()[1].error.code == Code::E2005);
}

TEST_CASE("every op knows the layer it came from") {
  Fixture t;
  const auto model = t.load();
  REQUIRE(model);
  const ir::Function& f = model->module.main();
  for (const ir::OpId op : f.ops(f.entry())) {
    REQUIRE(f.op(op).location);
    CHECK(f.op(op).location->node == f.value(f.op(op).results[0]).name);
  }
}

}  // namespace corecast
