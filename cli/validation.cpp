#include "cli/validation.h"

#include "api/run.h"
#include "base/strings.h"

namespace corecast::cli {

void add_validation_options(CLI::App& verb, ValidationFlags& f) {
  verb.add_option("--data,--inputs", f.data,
                  "Inputs: .npz, .npy or a folder of them (default: generated)")
      ->type_name("FILE");
  verb.add_option("--reference", f.reference, "What computes the reference")
      ->check(CLI::IsMember({"auto", "embedded", "onnxruntime"}))
      ->capture_default_str();
  verb.add_option("--seed", f.seed, "Of generated inputs");
  verb.add_option("--range-of", f.ranges,
                  "Smallest and largest value of a generated input: x=0..255 (repeatable)")
      ->type_name("NAME=LOW..HIGH")
      ->take_all();
  verb.add_option("--shapes", f.shapes, "Sets of flexible sizes to try on generated inputs")
      ->check(CLI::Range(1, 3));
  verb.add_option("--atol", f.atol, "Absolute tolerance")->type_name("V");
  verb.add_option("--rtol", f.rtol, "Relative tolerance")->type_name("V");
  verb.add_option("--expect", f.expect, "Thresholds, e.g. psnr>=40,top1>=0.995")->type_name("LIST");
  verb.add_option("--accept", f.accept,
                  "Words beside ok that end with exit code 0: unfit, not-judged")
      ->type_name("LIST");
  verb.add_option("--timeout", f.timeout, "Seconds for a foreign reference");
}

namespace {

Status read_flags(const ValidationFlags& flags, api::ValidateOptions& options) {
  options.load = flags.load;
  options.reference = flags.reference;
  TRY(options.precision, api::precision_from_name(flags.precision));
  TRY(options.engine, api::engine_from_name(flags.engine));
  TRY(options.thresholds, validator::parse_expectations(flags.expect));
  TRY(options.accepted, validator::parse_accepted(flags.accept));
  TRY(options.ranges, api::parse_ranges(flags.ranges));
  const auto tolerance = [](const std::vector<std::string>& texts,
                            std::optional<double>& into) -> Status {
    for (const auto& text : texts) {
      double v;
      if (!parse_double(text, v) || !(v >= 0)) {
        return Error(Code::E1004, cat("cannot read the tolerance ", quote(text)),
                     "give a number such as 1e-3");
      }
      into = v;
    }
    return {};
  };
  TRY_VOID(tolerance(flags.atol, options.thresholds.atol));
  TRY_VOID(tolerance(flags.rtol, options.thresholds.rtol));
  return {};
}

json to_json(const validator::OutputReport& o) {
  const auto& m = o.metrics;
  return {{"name", o.name},
          {"candidate_name", o.candidate_name},
          {"passed", o.passed()},
          {"verdict", validator::name_of(o.verdict)},
          {"reason", o.reason},
          {"max_abs", number(m.max_abs)},
          {"max_rel", number(m.max_rel)},
          {"allowed", number(o.allowed)},
          {"noise_floor", number(o.noise_floor)},
          {"compression", number(o.compression)},
          {"compression_sqnr", number(o.compression_sqnr)},
          {"rmse", number(m.rmse)},
          {"psnr", number(m.psnr)},
          {"sqnr", number(m.sqnr)},
          {"centred_sqnr", number(m.centred_sqnr)},
          {"cosine", number(m.cosine)},
          {"top1", number(m.top1)},
          {"top5", number(m.top5)},
          {"nan_mismatches", m.nan_mismatches},
          {"inf_mismatches", m.inf_mismatches}};
}

}  // namespace

Status check_validation(const ValidationFlags& flags) {
  api::ValidateOptions ignored;
  return read_flags(flags, ignored);
}

Status run_validation(const std::string& reference, const std::string& candidate,
                      const ValidationFlags& flags, Command& command, bool& passed) {
  api::ValidateOptions options;
  TRY_VOID(read_flags(flags, options));
  if (!flags.data.empty()) options.data = flags.data;
  if (!flags.ceilings) options.ceilings = validator::Ceilings::none();
  options.seed = flags.seed;
  options.threads = flags.threads;
  options.shapes = flags.shapes;
  options.timeout_seconds = flags.timeout;
  options.progress.cancelled = interrupted();
  TRY(const validator::Report report,
      api::validate(reference, candidate, options, command.diagnostics()));
  passed = report.acceptable();
  json& r = command.result()["validation"];
  r = {{"passed", report.passed()},
       {"verdict", validator::name_of(report.verdict())},
       {"accepted", passed},
       {"reference", report.reference},
       {"self_checked", report.self_checked},
       {"candidate", report.candidate},
       {"precision", report.precision},
       {"samples", report.samples},
       {"draws", report.draws},
       {"inputs", report.generated ? "generated" : "given"},
       {"inputs_made", report.inputs_made},
       {"sizes_run", report.sizes_run},
       {"ceilings",
        {{"sqnr", number(report.ceilings.sqnr)},
         {"centred_sqnr", number(report.ceilings.centred_sqnr)},
         {"agreement", number(report.ceilings.agreement)}}},
       {"outputs", json::array()}};
  for (const auto& o : report.outputs) r["outputs"].push_back(to_json(o));
  const auto place = [&](const char* name, const std::optional<validator::Divergence>& d) {
    if (d) r[name] = {{"value", d->value}, {"op", d->op}, {"max_rel", number(d->max_rel)}};
  };
  place("first_divergence", report.first_divergence);
  place("first_lost", report.first_lost);
  command.say(validator::to_text(report));
  return {};
}

void add_validate(CLI::App& app, const Global& global, int& code) {
  struct Options {
    std::string reference, candidate;
    std::vector<std::string> bake;
    ValidationFlags flags;
  };
  auto o = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand(
      "validate", "Runs a model and its package side by side and judges the difference");
  verb->add_option("REFERENCE", o->reference, "Source model or package")->required();
  verb->add_option("CANDIDATE", o->candidate, "Package")->required();
  add_load_options(*verb, o->flags.load, o->bake);
  verb->add_option("--precision", o->flags.precision,
                   "How the candidate computes: native, fp32 or fp16")
      ->check(CLI::IsMember({"native", "fp32", "fp16"}))
      ->capture_default_str();
  add_engine_option(*verb, o->flags.engine);
  add_validation_options(*verb, o->flags);
  verb->callback([o, &global, &code] {
    Command command("validate", global);
    o->flags.threads = global.threads;
    bool passed = true;
    Status status = finish_load_options(o->bake, o->flags.load);
    if (status) status = run_validation(o->reference, o->candidate, o->flags, command, passed);
    code = command.finish(status, passed);
  });
}

}  // namespace corecast::cli
