#include "api/convert.h"

#include <chrono>

#include "api/check.h"
#include "api/detail/check_written.h"
#include "api/detail/labels.h"
#include "api/detail/narrow.h"
#include "api/detail/pass_check.h"
#include "base/strings.h"
#include "base/table.h"
#include "converter/coreml/legalise/legalise.h"
#include "converter/coreml/mil_writer.h"
#include "converter/coreml/rules.h"
#include "ir/print.h"
#include "passes/pipeline.h"
#include "passes/precision/cast_fp16.h"

namespace corecast::api {
namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Status known_pass(const std::string& name) {
  if (coreml::passes().find(name)) return {};
  std::vector<std::string> names;
  for (const auto& pass : coreml::passes().all()) names.emplace_back(pass.name);
  const auto near = nearest(name, names);
  return Error(
      Code::E1200, cat("there is no pass ", quote(name)),
      near.empty() ? cat("passes: ", join(names)) : cat("did you mean ", quote(near), "?"));
}

/// Of all passes that the options name.
Status known_passes(const ConvertOptions& options) {
  std::vector<std::string> named = options.disabled_passes;
  if (!options.print_ir_after.empty() && options.print_ir_after != "all")
    named.push_back(options.print_ir_after);
  for (const auto& name : named) TRY_VOID(known_pass(name));
  return {};
}

}  // namespace

Result<Conversion> convert(const Model& model, const ConvertOptions& options,
                           Diagnostics& diagnostics) {
  Conversion c{.source = model.module, .converted = model.module};
  if (options.labels) {
    TRY(auto labels, read_labels(*options.labels));
    TRY_VOID(apply_labels(std::move(labels), c.converted));
  }
  const SharedPool pool = shared_pool(options.threads);
  passes::PassContext context;
  context.pool = pool.get();
  context.stop = options.progress.cancelled;
  context.rules = coreml::rules_for(options.target);
  context.diagnostics = &diagnostics;
  context.rewrite_budget = options.rewrite_limit;
  passes::PipelineOptions pipeline;
  pipeline.disabled.insert(options.disabled_passes.begin(), options.disabled_passes.end());
  TRY_VOID(known_passes(options));
  const bool print = options.print && !options.print_ir_after.empty();
  std::optional<PassCheck> check;
  if (options.check_passes)
    check.emplace(c.converted, pool, options.progress.cancelled, diagnostics);
  const auto after = [&](const passes::Pass& pass, const ir::Module& m) {
    if (print && (options.print_ir_after == "all" || options.print_ir_after == pass.name))
      options.print(cat("// after ", pass.name, "\n", ir::print(m)));
    if (check) check->after(pass, m);
  };
  const RunPasses run = [&](ir::Module& m, const passes::Pipeline& steps, Cast what_for) -> Status {
    const auto start = Clock::now();
    passes::PassContext around = context;
    const bool told = what_for == Cast::to_keep;
    if (!told) around.diagnostics = nullptr;
    pipeline.after = told ? after : std::function<void(const passes::Pass&, const ir::Module&)>();
    auto runs = passes::run_pipeline(m, steps, around, pipeline);
    c.passes_ms += ms_since(start);
    if (!runs) return std::move(runs).error().with_file(model.path);
    if (!told) return {};
    context = around;
    for (const auto& r : *runs)
      c.passes.push_back({std::string(r.name), r.seconds * 1e3, r.ops_before - r.ops_after});
    return {};
  };
  const passes::PassList& list = coreml::passes();
  TRY(const passes::Pipeline widening,
      passes::parse_pipeline(passes::standard_pipeline(list, false), list));
  TRY_VOID(run(c.converted, widening, Cast::to_keep));
  if (options.precision == Precision::fp16) {
    const passes::Pass cast = passes::cast_fp16_pass();
    TRY_VOID(run(c.converted, passes::narrowing_pipeline(cast), Cast::to_keep));
  } else if (options.precision == Precision::automatic && !diagnostics.has_errors()) {
    auto report = narrow(c.converted, options, context, pool, run);
    if (!report) return std::move(report).error().with_file(model.path);
    c.precision = std::move(*report);
  }
  if (check) c.passes_checked = check->count();
  if (diagnostics.has_errors()) return diagnostics.summary().with_file(model.path);
  look_at_integers(model.module, options.progress.cancelled, diagnostics);
  return c;
}

Result<Conversion> convert(const std::string& path, const ConvertOptions& options,
                           Diagnostics& diagnostics) {
  const auto start = Clock::now();
  LoadOptions read_as = options.load;
  read_as.stop = options.progress.cancelled;
  TRY(const Model model, load(path, read_as, diagnostics));
  const double import_ms = ms_since(start);
  TRY(Conversion c, convert(model, options, diagnostics));
  c.import_ms = import_ms;
  return c;
}

std::string to_text(const PrecisionReport& r) {
  const auto decibels = [](double v) { return cat(format_number("%.1f", v), " dB"); };
  if (!r.not_measured.empty()) return cat("fp16 by rules, not measured: ", r.not_measured);
  if (r.lost.empty()) return cat("fp16: ", decibels(r.sqnr), " beside fp32");
  if (r.kept == 0) return cat("fp16 loses too much, and no op left in fp32 helps: ", r.lost);
  return cat("fp16 but for ", r.kept, r.kept == 1 ? " op" : " ops", " that ",
             r.kept == 1 ? "needs" : "need", " fp32: ", decibels(r.sqnr), " beside fp32; without, ",
             r.lost);
}

Result<Precision> conversion_precision(std::string_view name) {
  if (name == "fp16") return Precision::fp16;
  if (name == "fp32") return Precision::fp32;
  if (name == "auto") return Precision::automatic;
  return Error(Code::E1009, cat("unknown precision ", quote(name)), "fp16, fp32 or auto");
}

Result<ir::Module> converted(Model model, const ConvertOptions& options, Diagnostics& diagnostics) {
  if (model.format == kPackageFormat) return std::move(model.module);
  TRY(Conversion c, convert(model, options, diagnostics));
  return std::move(c.converted);
}

Result<Saved> save(const ir::Module& module, const std::string& path, const SaveOptions& options,
                   Diagnostics& diagnostics) {
  const auto start = Clock::now();
  ThreadPool pool(thread_count(options.threads));
  coreml::WriteOptions write;
  write.pool = &pool;
  write.target = options.target;
  write.force = options.force;
  if (options.cancelled) write.cancelled = [flag = options.cancelled] { return flag->load(); };
  auto report = coreml::write_package(module, path, write, diagnostics);
  if (!report) return std::move(report).error().with_file(path);
  Saved saved;
  saved.path = path;
  saved.target = report->target;
  saved.target_reason = report->target_reason;
  saved.bytes = report->model_bytes + report->weight_bytes;
  saved.weight_bytes = report->weight_bytes;
  saved.ops = report->ops;
  saved.write_ms = ms_since(start);
  if (options.read_back) {
    TRY(saved.read_back, check_written(module, path));
  }
  return saved;
}

}  // namespace corecast::api
