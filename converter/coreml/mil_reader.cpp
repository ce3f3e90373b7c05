#include "converter/coreml/mil_reader.h"

#if __has_include(<google/protobuf/stubs/logging.h>)
#include <google/protobuf/stubs/logging.h>
#endif

#include <algorithm>
#include <iterator>
#include <limits>

#include "base/strings.h"
#include "converter/coreml/function_reader.h"
#include "ops/ops.h"

namespace corecast::coreml {
namespace {

const char* kind_text(const pb::Model& model) {
  switch (model.kind_case()) {
    case pb::Model::kNeuralNetwork:
    case pb::Model::kNeuralNetworkClassifier:
    case pb::Model::kNeuralNetworkRegressor:
      return "a neural network of the format before ML Programs";
    case pb::Model::kPipeline:
    case pb::Model::kPipelineClassifier:
    case pb::Model::kPipelineRegressor: return "a pipeline of several models";
    case pb::Model::KIND_NOT_SET: return "of a kind that corecast does not know";
    default: return "a classic machine learning model or one of the system's own";
  }
}

Result<pb::Model> parse_model(ByteView bytes) {
  const auto bad = [](const std::string& why) {
    return Error(Code::E2404, "the model file is malformed: " + why,
                 "it is damaged, or is no Core ML model");
  };
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return bad("it is larger than the format allows");
  }
#if __has_include(<google/protobuf/stubs/logging.h>)
  const google::protobuf::LogSilencer quiet;  // the library would print to standard error
#endif
  pb::Model model;
  if (bytes.empty() || !model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return bad("not a model message");
  }
  if (model.kind_case() != pb::Model::kProgram) {
    return Error(Code::E2421, cat("the model is ", kind_text(model)),
                 "corecast reads ML Programs; convert the original model to one");
  }
  if (model.program().version() != 1) {
    return Error(Code::E2421,
                 cat("the program has version ", model.program().version(), ", expected 1"));
  }
  return model;
}

Result<mil::Target> opset_of(const std::string& function, const std::string& opset) {
  for (const auto target : mil::kTargets) {
    if (opset == opset_name(target)) return target;
  }
  return Error(Code::E2421, cat("function ", quote(function), " uses opset ", quote(opset),
                                ", the newest known is ", opset_name(*std::rbegin(mil::kTargets))));
}

void report_unknown(const UnknownOps& unknown, Diagnostics& diagnostics) {
  for (const auto& [type, entry] : unknown.by_type) {
    std::string message = "Core ML op " + quote(type) + " is not supported";
    if (entry.count > 1) message += cat(" (", entry.count, " times, this is the first)");
    diagnostics.error(Error(Code::E2422, std::move(message), {}, entry.first));
  }
}

/// Functions share states by name.
void add_states(const std::vector<ir::StateFeature>& states, ir::Module& module) {
  for (const auto& state : states) {
    const bool known = std::any_of(module.states.begin(), module.states.end(),
                                   [&](const auto& s) { return s.name == state.name; });
    if (!known) module.states.push_back(state);
  }
}

}  // namespace

Result<ir::Module> read_package(const std::string& path, Diagnostics& diagnostics, Stop stop) {
  TRY(auto files, PackageFiles::open(path));
  auto parsed = parse_model(files.model());
  if (!parsed) return std::move(parsed).error().with_file(files.model_path());
  const pb::Model& model = *parsed;
  const auto& description = model.description();

  ir::Module module(ops::registry());
  module.source_format = "coreml";
  module.metadata = read_metadata(description.metadata());
  if (!description.default_function_name().empty())
    module.default_function = description.default_function_name();

  const BuildInfo info = read_build_info(model.program());
  Diagnostics own;
  UnknownOps unknown;
  std::vector<std::string> names;  // maps have no order of their own
  for (const auto& [name, function] : model.program().functions()) names.push_back(name);
  std::sort(names.begin(), names.end());
  for (const auto& name : names) {
    const auto& function = model.program().functions().at(name);
    auto target = opset_of(name, function.opset());
    if (!target) {
      own.error(std::move(target).error().with_file(files.model_path()));
      continue;
    }
    FunctionReader reader({files, *module.registry, info, own, unknown, stop},
                          interface_of(description, name), name, *target);
    reader.read(function);
    if (stop.requested()) return interrupted_error().with_file(files.model_path());
    add_states(reader.states(), module);
    if (reader.class_labels()) module.class_labels = reader.class_labels();
    module.functions.push_back(std::move(reader).take());
  }
  report_unknown(unknown, own);
  if (!own.has_errors() && module.find(module.default_function) == nullptr) {
    if (module.functions.size() != 1) {
      own.error(
          Error(Code::E2405, "the program has no function " + quote(module.default_function)));
    } else {
      module.default_function = module.functions[0].name;
    }
  }
  diagnostics.append(own);
  if (own.has_errors()) return own.summary().with_file(files.model_path());
  return module;
}

}  // namespace corecast::coreml
