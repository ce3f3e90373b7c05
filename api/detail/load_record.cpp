#include "api/detail/load_record.h"

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
  for (const ImageInput& image : options.images) {
    nlohmann::json entry = {{"name", image.name}, {"layout", image.layout}};
    if (!image.mean.empty()) entry["mean"] = image.mean;
    if (!image.std.empty()) entry["std"] = image.std;
    if (image.range) entry["range"] = {image.range->first, image.range->second};
    record["images"].push_back(std::move(entry));
  }
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
    for (const auto& entry : record.value("images", nlohmann::json::array())) {
      ImageInput image{entry.at("name"),
                       entry.value("mean", std::vector<double>()),
                       entry.value("std", std::vector<double>()),
                       {},
                       entry.at("layout")};
      if (entry.contains("range")) image.range = entry["range"].get<std::pair<double, double>>();
      options.images.push_back(std::move(image));
    }
    return options;
  } catch (const nlohmann::json::exception&) {
    return {};
  }
}

}  // namespace corecast::api
