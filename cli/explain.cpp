// corecast explain CODE|TARGET|SCHEME
#include "api/explain.h"

#include "cli/command.h"

namespace corecast::cli {

void add_explain(CLI::App& app, const Global& global, int& code) {
  auto name = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand(
      "explain",
      "Says more about a code (E2001), a deployment target (ios17), a scheme (palettize)");
  verb->add_option("NAME", *name, "Code, target or scheme")->required();
  verb->callback([name, &global, &code] {
    Command command("explain", global);
    const auto explain = [&]() -> Status {
      TRY(const api::Explanation e, api::explain(*name));
      json& j = command.result();
      j = {{"name", e.name}, {"topic", e.topic}, {"title", e.title}, {"text", e.text}};
      j["facts"] = json::array();
      for (const auto& [key, value] : e.facts)
        j["facts"].push_back({{"name", key}, {"value", value}});
      command.say(api::to_text(e));
      return {};
    };
    const Status status = explain();
    code = command.finish(status);
  });
}

}  // namespace corecast::cli
