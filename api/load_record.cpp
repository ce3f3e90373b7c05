#include "api/load_record.h"

#include <nlohmann/json.hpp>

namespace corecast::api {
namespace {

constexpr const char* kKey = "com.corecast.load";

}  // namespace

void record_load_options(const LoadOptions& options, ir::Metadata& metadata) {
  nlohmann::json record = nlohmann::json::object();
  if (!options.inputs.empty()) record["inputs"] = options.inputs;
  if (!options.outputs.empty()) record["outputs"] = options.outputs;
  if (!options.bake.empty()) record["bake"] = options.bake;
  if (!record.empty()) metadata.user[kKey] = record.dump();
}

LoadOptions recorded_load_options(const ir::Metadata& metadata) {
  const auto it = metadata.user.find(kKey);
  if (it == metadata.user.end()) return {};
  try {
    const auto record = nlohmann::json::parse(it->second);
    LoadOptions options;
    options.inputs = record.value("inputs", options.inputs);
    options.outputs = record.value("outputs", options.outputs);
    options.bake = record.value("bake", options.bake);
    return options;
  } catch (const nlohmann::json::exception&) {
    return {};
  }
}

}  // namespace corecast::api
