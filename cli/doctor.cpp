// corecast doctor: what is here, and what a check could use.
#include "api/version.h"
#include "base/isa.h"
#include "base/strings.h"
#include "base/thread_pool.h"
#include "cli/command.h"
#include "validator/runner.h"

namespace corecast::cli {

void add_doctor(CLI::App& app, const Global& global, int& code) {
  CLI::App* verb =
      app.add_subcommand("doctor", "Shows the environment: versions, processor, references found");
  verb->callback([&global, &code] {
    Command command("doctor", global);
    const auto runtime = validator::onnxruntime_runner("");
    const std::string reference = runtime ? (*runtime)->name() : runtime.error().message;
    json& j = command.result();
    j["version"] = api::version();
    j["cores"] = available_cores();
    j["isa"] = name_of(usable_isas().back());
    j["onnxruntime"] = reference;
    command.say(cat("corecast     ", api::version(), "\nprocessor    ",
                    name_of(usable_isas().back()), ", ", available_cores(), " cores\nreference    ",
                    reference, "\n"));
    code = command.finish({});
  });
}

}  // namespace corecast::cli
