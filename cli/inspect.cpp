// corecast inspect MODEL
#include "api/inspect.h"

#include "cli/command.h"
#include "ir/print.h"

namespace corecast::cli {
namespace {

json json_of(const api::FeatureInfo& f) {
  json ranges = json::object();
  for (const auto& [symbol, range] : f.ranges)
    ranges[symbol] = {range.lo, range.hi < 0 ? json() : json(range.hi)};
  json j = {{"name", f.name},
            {"dtype", f.dtype},
            {"shape", f.shape},
            {"ranges", std::move(ranges)},
            {"enumerated", f.enumerated},
            {"default_shape", f.default_shape},
            {"optional", f.optional},
            {"image", nullptr}};
  if (f.image)
    j["image"] = {{"color", f.image->color},
                  {"scale", f.image->pixels.scale},
                  {"bias", f.image->pixels.bias}};
  return j;
}

json json_of(const std::vector<api::FeatureInfo>& list) {
  json all = json::array();
  for (const auto& f : list) all.push_back(json_of(f));
  return all;
}

}  // namespace

void add_inspect(CLI::App& app, const Global& global, int& code) {
  struct Options {
    std::string model;
    std::vector<std::string> bake;
    bool text = false;
    api::LoadOptions load;
  };
  auto o = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("inspect", "Shows what a model is made of");
  verb->add_option("MODEL", o->model, "ONNX file or Core ML package")->required();
  verb->add_flag("--text", o->text, "Print the IR");
  add_load_options(*verb, o->load, o->bake);
  verb->callback([o, &global, &code] {
    Command command("inspect", global);
    const auto inspect = [&]() -> Status {
      TRY_VOID(finish_load_options(o->bake, o->load));
      TRY(const api::Model model, api::load(o->model, o->load, command.diagnostics()));
      const api::Inspection r = api::inspect(model);
      json& j = command.result();
      j["path"] = r.path;
      j["format"] = r.format;
      j["function"] = r.function;
      j["functions"] = r.functions;
      j["inputs"] = json_of(r.inputs);
      j["outputs"] = json_of(r.outputs);
      j["states"] = json_of(r.states);
      j["classifier"] =
          r.classifier ? json{{"output", r.classifier->output}, {"labels", r.classifier->labels}}
                       : json();
      j["ops"] = r.ops;
      j["weight_bytes"] = r.weight_bytes;
      j["parameters"] = r.parameters;
      j["macs"] = r.macs ? json(*r.macs) : json();
      j["target"] = r.target ? json(*r.target) : json();
      j["metadata"] = r.metadata;
      command.say(o->text ? ir::print(model.module) : api::to_text(r));
      return {};
    };
    const Status status = inspect();
    code = command.finish(status);
  });
}

}  // namespace corecast::cli
