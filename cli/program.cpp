#include <algorithm>
#include <cstring>
#include <iostream>
#include <new>

#include "api/version.h"
#include "base/strings.h"
#include "cli/command.h"

namespace corecast::cli {
namespace {

int dispatch(int argc, const char* const* argv) {
  Global global;
  int code = api::kOk;
  CLI::App app(
      "Compiles ONNX models to Core ML packages, runs them anywhere, and proves the numbers.",
      "corecast");
  app.set_version_flag("--version", std::string("corecast ") + api::version());
  app.require_subcommand(1);
  app.fallthrough();
  app.add_flag("--json", global.json, "One JSON document on standard output");
  app.add_flag("-q,--quiet", global.quiet, "No progress, no notes");
  app.add_flag("-v,--verbose", global.verbose, "All notes and warnings one by one, all node names");
  app.add_option("--threads", global.threads, "Threads (default: all cores)")
      ->envname("CORECAST_THREADS")
      ->check(CLI::NonNegativeNumber);
  add_convert(app, global, code);
  add_compress(app, global, code);
  add_decompress(app, global, code);
  add_validate(app, global, code);
  add_run(app, global, code);
  add_bench(app, global, code);
  add_inspect(app, global, code);
  add_check(app, global, code);
  add_explain(app, global, code);
  add_schema(app, global, code);
  add_doctor(app, global, code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return api::kOk;
  } catch (const CLI::CallForVersion&) {
    std::cout << "corecast " << api::version() << "\n";
    return api::kOk;
  } catch (const CLI::ParseError& e) {
    Command command("", global);
    if (app.get_subcommands().empty()) {
      const auto verb = std::find_if(argv + 1, argv + argc,
                                     [](const char* a) { return a[0] != '-' && a[0] != '\0'; });
      std::vector<std::string> verbs;
      for (const CLI::App* sub : app.get_subcommands([](auto*) { return true; }))
        verbs.push_back(sub->get_name());
      const auto near = verb == argv + argc ? std::string() : nearest(*verb, verbs);
      return command.finish(Error(
          Code::E1000,
          verb == argv + argc ? "no verb is given" : cat("there is no verb ", quote(*verb)),
          near.empty() ? cat("the verbs are ", join(verbs)) : cat("did you mean ", near, "?")));
    }
    return command.finish(Error(Code::E1000, e.what(), "corecast VERB --help lists the options"));
  }
  return code;
}

}  // namespace

int run(int argc, const char* const* argv) {
  // The commonest question must not wait for anything.
  if (argc == 2 && std::strcmp(argv[1], "--version") == 0) {
    std::cout << "corecast " << api::version() << "\n";
    return api::kOk;
  }
  try {
    const int code = dispatch(argc, argv);
    std::cout.flush();
    if (std::cout || code != api::kOk) return code;
    std::cerr << "error " << name_of(Code::E5103)
              << ": standard output cannot be written to\n"
                 "  help: is the disk full that it goes to?\n";
    return api::kLimit;
  } catch (const std::bad_alloc&) {
    std::cerr << "error " << name_of(Code::E5000) << ": out of memory\n";
    return api::kLimit;
  } catch (const std::exception& e) {
    std::cerr << "error " << name_of(Code::E9000) << ": " << e.what()
              << "\n  help: this is a bug in corecast; please report it with the model\n";
    return api::kInternal;
  }
}

}  // namespace corecast::cli
