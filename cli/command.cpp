#include "cli/command.h"

#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>

#include "api/run.h"
#include "base/diagnostic_groups.h"
#include "base/strings.h"

namespace corecast::cli {
namespace {

std::atomic<bool> g_interrupted{false};
std::atomic<bool> g_terminated{false};  // by SIGTERM, which has a code of its own

// The first signal asks, the second does not wait.
void on_signal(int number) {
  if (number == SIGTERM) g_terminated = true;
  if (g_interrupted.exchange(true))
    std::_Exit(number == SIGTERM ? api::kTerminated : api::kInterrupted);
}

json to_json(const Diagnostic& d) {
  const Error& e = d.error;
  return {{"code", name_of(e.code)},
          {"severity", name_of(d.severity)},
          {"message", e.message},
          {"where",
           {{"file", e.where.file},
            {"graph", e.where.graph},
            {"node", e.where.node},
            {"op", e.where.op},
            {"source", e.where.source}}},
          {"help", e.help}};
}

constexpr std::size_t kFewWarnings = 3;  // of one kind, which are printed one by one

// One line for a kind.
void print(const DiagnosticGroup& g) {
  const Diagnostic& d = g.first();
  const std::size_t n = g.members.size();
  std::cerr << name_of(d.severity) << " " << name_of(d.error.code) << ": " << g.to_string();
  if (n > 1) std::cerr << "; -v lists all";
  std::cerr << "\n";
}

// Diagnostics of one kind, op and message are one entry with the names of their nodes.
void print_entries(const std::vector<const Diagnostic*>& all, bool verbose) {
  struct Entry {
    const Diagnostic* first;
    std::vector<std::string> nodes;
  };
  std::vector<Entry> entries;
  std::map<std::string, std::size_t> index;
  for (const Diagnostic* d : all) {
    const std::string key = cat(d->error.code, "|", d->error.where.op, "|", d->error.message);
    const auto [it, fresh] = index.try_emplace(key, entries.size());
    if (fresh) entries.push_back({d, {}});
    if (!d->error.where.node.empty()) entries[it->second].nodes.push_back(d->error.where.node);
  }
  for (const auto& entry : entries) {
    const Error& e = entry.first->error;
    const auto& nodes = entry.nodes;
    std::cerr << name_of(entry.first->severity) << " " << name_of(e.code) << ": ";
    if (!e.where.file.empty()) std::cerr << e.where.file << ": ";
    if (!e.where.op.empty()) std::cerr << e.where.op << ": ";
    std::cerr << e.message;
    if (!nodes.empty()) {
      std::cerr << "\n  " << (nodes.size() == 1 ? "node " : cat(nodes.size(), " nodes: "));
      for (std::size_t i = 0; i < nodes.size() && (i < 5 || verbose); ++i)
        std::cerr << (i ? ", " : "") << nodes[i];
      if (nodes.size() > 5 && !verbose)
        std::cerr << ", and " << nodes.size() - 5 << " more (-v lists them)";
    }
    if (!e.where.source.empty() && verbose) std::cerr << "\n  at " << e.where.source;
    if (!e.help.empty()) std::cerr << "\n  help: " << e.help;
    std::cerr << "\n";
  }
}

// Notes are a line for a kind, and so are warnings of which there are many, unless they are what
// was asked for; errors are always there in full.
void print(const std::vector<Diagnostic>& all, const Global& global, bool all_warnings) {
  std::vector<const Diagnostic*> whole;
  const auto flush = [&] {
    print_entries(whole, global.verbose);
    whole.clear();
  };
  for (const DiagnosticGroup& g : grouped(all)) {
    const Severity severity = g.first().severity;
    if (severity == Severity::note && global.quiet) continue;
    const bool brief =
        !global.verbose &&
        (severity == Severity::note ||
         (severity == Severity::warning && !all_warnings && g.members.size() > kFewWarnings));
    if (!brief) {
      whole.insert(whole.end(), g.members.begin(), g.members.end());
      continue;
    }
    flush();
    print(g);
    const std::string& help = g.first().error.help;
    if (severity == Severity::warning && !help.empty()) std::cerr << "  help: " << help << "\n";
  }
  flush();
}

}  // namespace

void Command::say(const std::string& text) const {
  if (!global_.json) std::cout << text << std::flush;
}

void Command::progress(const std::string& text) const {
  if (!global_.quiet && (interactive() || global_.verbose)) std::cerr << text << "\n";
}

int Command::finish(const Status& status, bool gate_passed) {
  if (!status) {
    const bool listed = status.error().is_summary && diagnostics_.has_errors();
    if (!listed) diagnostics_.error(status.error());
  }
  int code = !status ? api::exit_code(status.error().kind()) : gate_passed ? api::kOk : api::kGate;
  if (code == api::kInterrupted && g_terminated) code = api::kTerminated;
  if (!global_.json) {
    print(diagnostics_.all(), global_, verb_ == "check");
    return code;
  }
  json document = {{"schema_version", 1},
                   {"command", verb_},
                   {"status", !status       ? "error"
                              : gate_passed ? "ok"
                                            : "failed"},
                   {"result", result_},
                   {"diagnostics", json::array()}};
  for (const auto& d : diagnostics_.all()) document["diagnostics"].push_back(to_json(d));
  std::cout << document.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
  return code;
}

json number(double v) {
  if (std::isfinite(v)) return v;
  return std::isnan(v) ? "nan" : v > 0 ? "inf" : "-inf";
}

bool interactive() { return ::isatty(2) && !std::getenv("CI"); }

const std::atomic<bool>* interrupted() {
  static const bool installed = [] {
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    return true;
  }();
  (void)installed;
  return &g_interrupted;
}

void add_engine_option(CLI::App& app, std::string& engine) {
  app.add_option("--engine", engine, cat("What computes: ", join(api::engine_names(), " or ")))
      ->check(CLI::IsMember(api::engine_names()))
      ->capture_default_str();
}

void add_load_options(CLI::App& app, api::LoadOptions& load, std::vector<std::string>& bake) {
  app.add_option("--input", load.inputs,
                 "Shape, size or value of an input: \"x[1,3,224,224]\", \"seq=1..512\", "
                 "\"sr=16000\" (repeatable)")
      ->type_name("SPEC")
      ->take_all();
  app.add_option("--output", load.outputs, "Keep only this output (repeatable)")
      ->type_name("NAME")
      ->take_all();
  app.add_option("--bake", bake, "Make an input a constant: NAME=NUMBER (repeatable)")
      ->type_name("NAME=NUMBER")
      ->take_all();
}

Status finish_load_options(const std::vector<std::string>& bake, api::LoadOptions& load) {
  load.stop = interrupted();
  for (const auto& text : bake) {
    const auto at = text.find('=');
    double value;
    if (at == std::string::npos || at == 0 ||
        !parse_double(trim(std::string_view(text).substr(at + 1)), value)) {
      return Error(Code::E1018, cat("cannot read --bake ", quote(text)),
                   "write NAME=NUMBER, for example sr=16000");
    }
    load.bake[text.substr(0, at)] = value;
  }
  return {};
}

}  // namespace corecast::cli
