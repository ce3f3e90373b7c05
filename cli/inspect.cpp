// corecast inspect MODEL
#include "api/inspect.h"

#include "cli/command.h"
#include "ir/print.h"

namespace corecast::cli {

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
      const auto features = [](const std::vector<api::FeatureInfo>& list) {
        json all = json::array();
        for (const auto& f : list)
          all.push_back({{"name", f.name}, {"dtype", f.dtype}, {"shape", f.shape}});
        return all;
      };
      j["inputs"] = features(r.inputs);
      j["outputs"] = features(r.outputs);
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
