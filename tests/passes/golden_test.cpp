// Every file of tests/golden/passes: the pipeline gives the text, and the same numbers as before.
#include "tests/support/golden.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>

#include "converter/coreml/rules.h"
#include "ir/parse.h"
#include "ir/verify.h"
#include "ops/interpret.h"
#include "ops/ops.h"
#include "passes/pipeline.h"
#include "tests/support/catch.h"

using namespace corecast;
using ir::Tensor;

namespace {

/// Deterministic inputs: floats in [-2, 2), integers 0..2; symbols get sizes 2, 3, 4, ...
ops::NamedTensors inputs_of(const ir::Function& f) {
  std::mt19937 random(7);
  ir::SymbolValues sizes;
  ops::NamedTensors out;
  const auto& args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const ir::Type& type = f.type(args[i]);
    if (type.kind == ir::TypeKind::state) continue;
    std::vector<std::int64_t> dims;
    for (const ir::Dim& d : type.shape) {
      for (const auto& s : d.symbols())
        sizes.emplace(s, 2 + static_cast<std::int64_t>(sizes.size()));
      dims.push_back(*d.evaluate(sizes));
    }
    Tensor t = Tensor::zeros(type.dtype, dims);
    for (std::int64_t k = 0; k < t.count(); ++k) {
      const double u = static_cast<double>(random() % 4096) / 1024.0 - 2.0;
      if (is_floating(type.dtype))
        t.set(k, u);
      else
        t.set_int(k, type.dtype == ir::DType::boolean ? random() % 2 : random() % 3);
    }
    out.emplace(f.inputs[i].name, std::move(t));
  }
  return out;
}

/// Empty when equal to within `tolerance` relative to the larger of 1 and the value.
std::string difference(const ops::NamedTensors& want, const ops::NamedTensors& got,
                       double tolerance) {
  for (const auto& [name, a] : want) {
    const auto it = got.find(name);
    if (it == got.end()) return cat("output ", name, " is gone");
    const Tensor& b = it->second;
    if (a.dims() != b.dims()) return cat("output ", name, " has another shape");
    for (std::int64_t i = 0; i < a.count(); ++i) {
      const double x = a.at(i), y = b.at(i);
      const bool equal = x == y || (std::isnan(x) && std::isnan(y));
      if (!equal && !(std::fabs(x - y) <= tolerance * std::max(1.0, std::fabs(x)))) {
        return cat("output ", name, "[", i, "] is ", y, ", was ", x);
      }
    }
  }
  return {};
}

double tolerance_of(const passes::Pipeline& steps) {
  double worst = 0;
  for (const auto& s : steps) {
    if (!s.pass)
      worst = std::max(worst, tolerance_of(s.group));
    else if (s.pass->numerics == passes::Numerics::lossy)
      worst = 1e-2;
    else if (s.pass->numerics == passes::Numerics::reassociating)
      worst = std::max(worst, 1e-5);
  }
  return worst;
}

void run_case(const golden::File& file, golden::Case& c) {
  INFO(c.title);
  auto module = ir::parse_module(c.input, ops::registry());
  if (!module) FAIL(module.error().message);
  REQUIRE(ir::verify(*module).has_value());
  const auto text = file.header.at("pipeline");
  const auto pipeline = passes::parse_pipeline(text);
  if (!pipeline) FAIL(pipeline.error().message);
  const ir::Module before = *module;
  Diagnostics diagnostics;
  passes::PassContext context;
  context.diagnostics = &diagnostics;
  if (const auto it = file.header.find("target"); it != file.header.end()) {
    const auto target = mil::target_from_name(it->second);
    REQUIRE(target.has_value());
    context.rules = coreml::rules_for(target);
  }
  const auto done = passes::run_pipeline(*module, *pipeline, context);
  std::string got;
  if (!done) {
    got = "# error: " + done.error().message + "\n";
  } else {
    for (const auto& d : diagnostics.all())
      got += cat("# ", name_of(d.severity), ": ", d.error.message, "\n");
    got += ir::print(*module);
    const auto again =
        ir::parse_module(ir::print(*module, {.dense_limit = 1 << 20}), ops::registry());
    if (!again) FAIL_CHECK("the result does not parse: " << again.error().message);
  }
  if (golden::updating())
    c.expected = got;
  else
    CHECK(got == c.expected);

  const auto numbers = file.header.find("numbers");
  if (!done || (numbers != file.header.end() && numbers->second.starts_with("skip"))) return;
  double tolerance = tolerance_of(*pipeline);
  if (numbers != file.header.end()) REQUIRE(parse_double(numbers->second, tolerance));
  const auto inputs = inputs_of(before.main());
  const auto want = ops::interpret(before.main(), inputs);
  if (!want) FAIL(want.error().message);
  const auto have = ops::interpret(module->main(), inputs);
  if (!have) FAIL(have.error().message);
  CHECK(difference(*want, *have, tolerance) == "");
}

}  // namespace

TEST_CASE("passes: golden files") {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator("tests/golden/passes")) {
    if (entry.path().extension() == ".ir") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  REQUIRE(!paths.empty());
  for (const auto& path : paths) {
    INFO(path);
    golden::File file = golden::read(path);
    REQUIRE(!file.cases.empty());
    for (auto& c : file.cases) run_case(file, c);
    if (golden::updating()) golden::write(path, file);
  }
}
