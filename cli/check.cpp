// corecast check MODEL [--target T]: everything unsupported or risky, without writing anything.
#include "api/check.h"

#include "api/targets.h"
#include "base/strings.h"
#include "cli/command.h"

namespace corecast::cli {
namespace {

struct Options {
  std::string model, target, precision = "auto", fail_on;
  std::vector<std::string> bake, ranges;
  bool no_run = false;
  api::LoadOptions load;
};

json to_json(const api::Finding& f) {
  return {{"code", name_of(f.code)},
          {"kind", f.kind},
          {"severity", name_of(f.severity)},
          {"node", f.node},
          {"op", f.op},
          {"value", f.value},
          {"low", number(f.low)},
          {"high", number(f.high)},
          {"measured", f.measured},
          {"fp16_only", f.fp16_only},
          {"handled", f.handled},
          {"inputs", f.inputs},
          {"message", f.message},
          {"remedy", f.remedy}};
}

json to_json(const api::InputRange& r) {
  return {{"name", r.name},
          {"low", number(r.low)},
          {"high", number(r.high)},
          {"given", r.given},
          {"reason", r.reason}};
}

std::string place_of(const api::Finding& f) {
  return f.node.empty() ? f.op : cat(f.op, " at node ", f.node);
}

/// One line per kind with a count and its first case; all cases with -v.
void say_findings(const Command& command, const std::vector<api::Finding>& all, Severity severity) {
  std::vector<std::vector<const api::Finding*>> kinds;
  for (const api::Finding& f : all) {
    if (f.severity != severity) continue;
    const auto same = [&](const auto& group) { return group.front()->code == f.code; };
    auto at = std::find_if(kinds.begin(), kinds.end(), same);
    if (at == kinds.end()) at = kinds.insert(at, {{}});
    at->push_back(&f);
  }
  const bool verbose = command.global().verbose;
  for (const auto& group : kinds) {
    const api::Finding& first = *group.front();
    command.say(cat("  ", name_of(first.code), " ", info_of(first.code).title, ": ", group.size(),
                    group.size() == 1 ? " op" : " ops",
                    verbose || group.size() == 1 ? "" : " (-v lists them)", "\n"));
    for (const api::Finding* f : group) {
      if (f != &first && !verbose) break;
      command.say(cat("    ", place_of(*f), ": ", f->message, "\n      help: ", f->remedy, "\n"));
    }
  }
}

void say_report(const Command& command, const std::string& model, const api::CheckReport& report,
                bool converts) {
  command.say(cat(model, ": ",
                  converts ? cat("everything can be converted, ", report.ops, " ops")
                           : std::string("not everything can be converted"),
                  "\n"));
  for (const api::InputRange& r : report.inputs)
    command.say(cat("  ", r.name, ": ", r.low, "..", r.high, " (", r.reason, ")\n"));
  const std::size_t warnings = report.warnings(), notes = report.findings.size() - warnings;
  command.say(warnings == 0 ? "numbers: no risk seen\n" : "numbers: these may go wrong\n");
  say_findings(command, report.findings, Severity::warning);
  if (notes == 0) return;
  if (!command.global().verbose) {
    command.say(cat(notes, notes == 1 ? " note" : " notes", " more (-v lists them)\n"));
    return;
  }
  command.say("notes:\n");
  say_findings(command, report.findings, Severity::note);
}

Result<api::CheckOptions> check_options(Options& o, const Global& global) {
  api::CheckOptions options;
  TRY_VOID(finish_load_options(o.bake, o.load));
  options.convert.load = o.load;
  options.convert.threads = global.threads;
  options.convert.progress.cancelled = interrupted();
  options.convert.measure = false;  // the runs of the check are its own
  options.measure = !o.no_run;
  TRY(options.convert.target, api::parse_target(o.target));
  TRY(options.convert.precision, api::conversion_precision(o.precision));
  TRY(options.ranges, api::parse_ranges(o.ranges));
  return options;
}

/// Whether the gate, if there is one, is passed.
bool run_check(Options& o, Command& command, Status& status) {
  auto options = check_options(o, command.global());
  if (!options) {
    status = options.error();
    return true;
  }
  api::CheckReport report;
  status = api::check(o.model, *options, report, command.diagnostics());
  if (report.inputs.empty() && !status) return true;
  json& result = command.result();
  result["ops"] = report.ops;
  result["measured"] = report.measured;
  result["inputs"] = json::array();
  for (const auto& r : report.inputs) result["inputs"].push_back(to_json(r));
  result["findings"] = json::array();
  for (const auto& f : report.findings) result["findings"].push_back(to_json(f));
  say_report(command, o.model, report, status.has_value());
  // People have read them by now.
  for (const auto& f : report.findings) {
    if (!command.global().json) break;
    Error e = api::to_error(f);
    e.where.file = o.model;
    if (f.severity == Severity::warning)
      command.diagnostics().warning(std::move(e));
    else
      command.diagnostics().note(std::move(e));
  }
  return o.fail_on.empty() || report.warnings() == 0;
}

}  // namespace

void add_check(CLI::App& app, const Global& global, int& code) {
  auto o = std::make_shared<Options>();
  CLI::App* verb =
      app.add_subcommand("check", "Lists everything unsupported or risky, without converting");
  verb->add_option("MODEL", o->model, "ONNX file")->required();
  verb->add_option("--target", o->target, cat("Deployment target: ", api::target_names()));
  verb->add_option("--precision", o->precision, "Of the conversion that is looked ahead to")
      ->check(CLI::IsMember({"fp16", "fp32", "auto"}))
      ->capture_default_str();
  verb->add_option("--range-of", o->ranges,
                   "Smallest and largest value of an input: x=0..255 (repeatable)")
      ->type_name("NAME=LOW..HIGH")
      ->take_all();
  verb->add_flag("--no-run", o->no_run,
                 "Do not run the model on made-up inputs, which shows the numbers deep inside");
  verb->add_option("--fail-on", o->fail_on, "warning: exit with 1 where numbers may go wrong")
      ->check(CLI::IsMember({"warning"}));
  add_load_options(*verb, o->load, o->bake);
  verb->callback([o, &global, &code] {
    Command command("check", global);
    Status status;
    const bool passed = run_check(*o, command, status);
    code = command.finish(status, passed);
  });
}

}  // namespace corecast::cli
