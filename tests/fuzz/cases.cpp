#include "tests/fuzz/cases.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/strings.h"
#include "converter/coreml/legalise/legalise.h"
#include "converter/coreml/mil_reader.h"
#include "converter/coreml/mil_writer.h"
#include "converter/coreml/rules.h"
#include "converter/onnx/import.h"
#include "executor/plan.h"
#include "ir/verify.h"
#include "passes/pipeline.h"
#include "validator/inputs.h"

namespace corecast::fuzz {
namespace {

namespace fs = std::filesystem;

// Runs only what is sure to be quick.
constexpr std::int64_t kLargestValue = 1 << 14;
constexpr std::size_t kMostOps = 400;

void check_error(const Error& e, const char* stage) {
  if (e.message.empty()) throw Failure{cat(stage, ": an error without a message: ", e.code)};
  if (e.kind() == ErrorKind::internal) throw Failure{cat(stage, ": ", e.code, " ", e.message)};
}

void check_all(const Diagnostics& diagnostics, const char* stage) {
  for (const auto& d : diagnostics.all()) check_error(d.error, stage);
}

void check_module(const ir::Module& m, const char* stage) {
  if (const auto ok = ir::verify(m); !ok)
    throw Failure{cat(stage, ": the verifier refuses it: ", ok.error().to_string())};
}

/// Whether every value is small at the default sizes, and nothing loops.
bool is_small(const ir::Function& f) {
  const auto symbols = validator::symbol_values(f, 0);
  std::size_t ops = 0;
  bool small = true;
  const auto fits = [&](ir::ValueId v) {
    std::int64_t count = 1;
    for (const ir::Dim& d : f.type(v).shape) {
      const auto size = d.evaluate(symbols);
      if (!size || *size < 0) return;  // depends on data, which is small
      count = std::min(kLargestValue + 1, count) * std::min(*size, kLargestValue + 1);
    }
    small = small && count <= kLargestValue;
  };
  for (const ir::ValueId v : f.block(f.entry()).args) fits(v);
  ir::for_each_op(f, [&](ir::OpId o) {
    ++ops;
    small = small && f.op(o).schema->name != "while_loop";
    for (const ir::ValueId r : f.op(o).results) fits(r);
    for (const ir::ValueId v : f.op(o).operands)
      if (v) fits(v);
  });
  return small && ops <= kMostOps;
}

bool run_if_small(const ir::Module& m, executor::Precision precision) {
  executor::Options options;
  options.precision = precision;
  options.pool = shared_pool(1);
  auto plan = executor::compile(m, {}, options);
  if (!plan) {
    check_error(plan.error(), "compile");
    return false;
  }
  if (!is_small(m.main())) return false;
  auto inputs = validator::generate_inputs((*plan)->function(), {});
  if (!inputs) {
    check_error(inputs.error(), "inputs");
    return false;
  }
  const auto outputs = (*plan)->run(*inputs);
  if (!outputs) check_error(outputs.error(), "run");
  return outputs.has_value();
}

std::string model_bytes(const std::string& package) {
  std::ifstream in(package + "/Data/com.apple.CoreML/model.mlmodel", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool write(const ir::Module& m, const std::string& package) {
  std::error_code ignored;
  fs::remove_all(package, ignored);
  Diagnostics diagnostics;
  const auto report = coreml::write_package(m, package, {}, diagnostics);
  check_all(diagnostics, "write");
  if (!report) {
    check_error(report.error(), "write");
    if (fs::exists(package)) throw Failure{"write: failed, but left a package behind"};
  }
  return report.has_value();
}

ir::Module read_own(const std::string& package) {
  Diagnostics diagnostics;
  auto back = coreml::read_package(package, diagnostics);
  if (!back) throw Failure{cat("our own package cannot be read: ", back.error().to_string())};
  check_module(*back, "read back");
  return std::move(*back);
}

}  // namespace

Reached try_onnx(const std::string& path, const std::string& scratch, bool fp16) {
  Reached reached;
  Diagnostics diagnostics;
  auto module = onnx::import_model(path, {}, diagnostics);
  check_all(diagnostics, "import");
  if (!module) {
    check_error(module.error(), "import");
    return reached;
  }
  reached.read = true;
  check_module(*module, "import");
  ir::Module converted = *module;
  passes::PassContext context;
  context.rules = coreml::rules_for({});
  context.diagnostics = &diagnostics;
  const auto runs = passes::run_pipeline(
      converted, passes::standard_pipeline(coreml::passes(), fp16), context, {}, coreml::passes());
  check_all(diagnostics, "passes");
  if (!runs) check_error(runs.error(), "passes");
  reached.converted = runs && !diagnostics.has_errors();
  reached.ran = run_if_small(*module, executor::Precision::fp32);
  if (!reached.converted) return reached;
  reached.written = write(converted, scratch + "/a.mlpackage");
  if (!reached.written) return reached;
  run_if_small(read_own(scratch + "/a.mlpackage"), executor::Precision::native);
  return reached;
}

Reached try_package(const std::string& path, const std::string& scratch) {
  Reached reached;
  Diagnostics diagnostics;
  const auto module = coreml::read_package(path, diagnostics);
  check_all(diagnostics, "read");
  if (!module) {
    check_error(module.error(), "read");
    return reached;
  }
  reached.read = reached.converted = true;
  check_module(*module, "read");
  reached.ran = run_if_small(*module, executor::Precision::native);
  const std::string once = scratch + "/a.mlpackage", twice = scratch + "/b.mlpackage";
  reached.written = write(*module, once);
  if (!reached.written) return reached;
  if (!write(read_own(once), twice)) throw Failure{"a package read back cannot be written again"};
  if (model_bytes(once) == model_bytes(twice)) return reached;
  // The first reading may have decided something, such as a bound; then it must stay so.
  if (!write(read_own(twice), once)) throw Failure{"a package read back cannot be written again"};
  if (model_bytes(once) != model_bytes(twice))
    throw Failure{"a package changes whenever it is read and written"};
  return reached;
}

}  // namespace corecast::fuzz
