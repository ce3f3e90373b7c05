// corecast check MODEL [--target T]: everything unsupported or risky, without writing anything.
#include "api/convert.h"
#include "api/targets.h"
#include "base/strings.h"
#include "cli/command.h"

namespace corecast::cli {

void add_check(CLI::App& app, const Global& global, int& code) {
  struct Options {
    std::string model, target;
    std::vector<std::string> bake;
    api::LoadOptions load;
  };
  auto o = std::make_shared<Options>();
  CLI::App* verb =
      app.add_subcommand("check", "Lists everything unsupported or risky, without converting");
  verb->add_option("MODEL", o->model, "ONNX file")->required();
  verb->add_option("--target", o->target, cat("Deployment target: ", api::target_names()));
  add_load_options(*verb, o->load, o->bake);
  verb->callback([o, &global, &code] {
    Global loud = global;
    loud.verbose = true;
    Command command("check", loud);
    const auto check = [&]() -> Status {
      TRY_VOID(finish_load_options(o->bake, o->load));
      api::ConvertOptions options;
      options.load = o->load;
      options.threads = command.global().threads;
      options.measure = false;
      options.progress.cancelled = interrupted();
      TRY(options.target, api::parse_target(o->target));
      TRY(const api::Conversion c, api::convert(o->model, options, command.diagnostics()));
      command.result()["ops"] = c.converted.main().op_count();
      command.say(cat(o->model, ": everything can be converted\n"));
      return {};
    };
    const Status status = check();
    code = command.finish(status);
  });
}

}  // namespace corecast::cli
