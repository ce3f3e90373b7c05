// corecast schema NAME [--markdown]
#include "api/schema.h"

#include "base/strings.h"
#include "cli/command.h"

namespace corecast::cli {

void add_schema(CLI::App& app, const Global& global, int& code) {
  struct Options {
    std::string name;
    bool markdown = false;
  };
  auto o = std::make_shared<Options>();
  CLI::App* verb =
      app.add_subcommand("schema", cat("Prints what corecast knows: ", join(api::schema_names())));
  verb->add_option("NAME", o->name, cat("One of ", join(api::schema_names())))->required();
  verb->add_flag("--markdown", o->markdown, "As a page, not as JSON");
  verb->callback([o, &global, &code] {
    Command command("schema", global);
    const auto text = o->markdown ? api::schema_markdown(o->name) : api::schema_json(o->name);
    if (text && o->markdown) {
      command.say(*text);
    } else if (text) {
      command.result() = json::parse(*text);
      command.say(command.result().dump(2) + "\n");
    }
    code = command.finish(text ? Status() : Status(text.error()));
  });
}

}  // namespace corecast::cli
