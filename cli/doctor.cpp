// corecast doctor: what is here, and what a check could use.
#include "api/version.h"
#include "base/isa.h"
#include "base/strings.h"
#include "base/thread_pool.h"
#include "cli/command.h"
#include "executor/engine.h"
#include "validator/runner.h"

namespace corecast::cli {

namespace {

/// Every engine that can be asked for: where it runs, or why it does not.
std::string engines(json& out) {
  std::string text;
  for (const auto& entry : executor::engine_list()) {
    const executor::EngineInfo info = entry.info();
    const std::string where = info.available ? join(info.devices) : cat("not here: ", info.why_not);
    text += cat(text.empty() ? "engines      " : "             ", entry.name, " (", where, ")\n");
    out.push_back({{"name", entry.name},
                   {"available", info.available},
                   {"devices", info.devices},
                   {"why_not", info.why_not}});
  }
  return text;
}

/// What others compute models with: the version, or why it cannot be asked.
std::string references(json& out) {
  std::string text;
  for (const auto& entry : validator::references()) {
    const auto runtime = entry.open("", {});
    const std::string what = runtime ? (*runtime)->name() : runtime.error().message;
    out[std::string(entry.name)] = what;
    text += cat(text.empty() ? "reference    " : "             ", what, "\n");
  }
  return text;
}

}  // namespace

void add_doctor(CLI::App& app, const Global& global, int& code) {
  CLI::App* verb =
      app.add_subcommand("doctor", "Shows the environment: versions, processor, references found");
  verb->callback([&global, &code] {
    Command command("doctor", global);
    json& j = command.result();
    j["version"] = api::version();
    j["cores"] = available_cores();
    j["isa"] = name_of(usable_isas().back());
    command.say(cat("corecast     ", api::version(), "\nprocessor    ",
                    name_of(usable_isas().back()), ", ", available_cores(), " cores\n",
                    engines(j["engines"]), references(j)));
    code = command.finish({});
  });
}

}  // namespace corecast::cli
