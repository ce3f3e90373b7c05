// What every verb shares: options, the JSON envelope, diagnostics, exit codes.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "api/exit_code.h"
#include "api/types.h"

namespace corecast::cli {

using json = nlohmann::json;

/// Options of the whole command line.
struct Global {
  bool json = false, quiet = false, verbose = false;
  int threads = 0;
};

/// One run of a verb: collects diagnostics and the result, prints them once at the end.
class Command {
 public:
  Command(std::string verb, const Global& global) : verb_(std::move(verb)), global_(global) {}

  Diagnostics& diagnostics() { return diagnostics_; }
  const Global& global() const { return global_; }
  json& result() { return result_; }
  /// For people, on standard output; nothing with --json.
  void say(const std::string& text) const;
  /// On standard error, unless --quiet.
  void progress(const std::string& text) const;

  /// Prints diagnostics (and, with --json, the document) and gives the exit code.
  int finish(const Status& status, bool gate_passed = true);

 private:
  std::string verb_;
  const Global& global_;
  Diagnostics diagnostics_;
  json result_ = json::object();
};

/// Numbers for JSON: what is not finite becomes text.
json number(double v);
/// True where people watch standard error.
bool interactive();
/// Set by Ctrl-C.
const std::atomic<bool>* interrupted();

/// Adds the options that say how a model is read.
void add_load_options(CLI::App& app, api::LoadOptions& load, std::vector<std::string>& bake);
/// Adds --engine.
void add_engine_option(CLI::App& app, std::string& engine);
/// Completes them when the verb runs: "name=value" texts, and Ctrl-C. Errors: E1018.
Status finish_load_options(const std::vector<std::string>& bake, api::LoadOptions& load);

/// Each verb registers itself and sets `code` when it has run.
void add_bench(CLI::App& app, const Global& global, int& code);
void add_check(CLI::App& app, const Global& global, int& code);
void add_compress(CLI::App& app, const Global& global, int& code);
void add_convert(CLI::App& app, const Global& global, int& code);
void add_decompress(CLI::App& app, const Global& global, int& code);
void add_doctor(CLI::App& app, const Global& global, int& code);
void add_explain(CLI::App& app, const Global& global, int& code);
void add_inspect(CLI::App& app, const Global& global, int& code);
void add_run(CLI::App& app, const Global& global, int& code);
void add_schema(CLI::App& app, const Global& global, int& code);
void add_validate(CLI::App& app, const Global& global, int& code);

/// The whole program.
int run(int argc, const char* const* argv);

}  // namespace corecast::cli
