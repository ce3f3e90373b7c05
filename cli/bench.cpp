// corecast bench MODEL [--vs MODEL2]
#include "api/bench.h"

#include <algorithm>
#include <iomanip>
#include <map>
#include <optional>
#include <sstream>

#include "base/strings.h"
#include "cli/command.h"

namespace corecast::cli {
namespace {

struct Options {
  std::string model, other, data, precision = "native", engine = "cpu";
  std::vector<std::string> bake;
  bool steps = false;
  api::LoadOptions load;
  api::BenchOptions bench;
};

struct Share {
  std::string name;
  double ms = 0;  ///< a run
  int steps = 0;
};

/// Steps summed by (op, kernel), the slowest first.
std::vector<Share> by_kernel(const api::BenchResult& r) {
  std::map<std::string, Share> sums;
  for (const auto& s : r.steps) {
    if (s.runs == 0) continue;
    Share& share = sums[cat(s.op_name, "  ", s.kernel)];
    share.ms += s.seconds * 1e3 / static_cast<double>(s.runs);
    ++share.steps;
  }
  std::vector<Share> all;
  for (auto& [name, share] : sums) {
    share.name = name;
    all.push_back(share);
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.ms > b.ms; });
  return all;
}

std::vector<Share> by_step(const api::BenchResult& r) {
  std::vector<Share> all;
  for (const auto& s : r.steps)
    if (s.runs)
      all.push_back({cat(s.op_name, "  ", s.kernel, "  ", s.value),
                     s.seconds * 1e3 / static_cast<double>(s.runs), 1});
  return all;
}

std::string table(const api::BenchResult& r, bool steps) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(3);
  out << r.path << "\n  ms: median " << r.percentile(0.5) << "  p90 " << r.percentile(0.9)
      << "  p99 " << r.percentile(0.99) << "  min " << r.percentile(0) << "  ("
      << r.latencies.size() << " runs"
      << (r.samples > 1 ? cat(" over ", r.samples, " samples") : "") << "; prepared in "
      << r.prepare << ")\n";
  out << "  memory of intermediates: " << r.arena_bytes << " bytes, of which at most "
      << r.live_bytes << " live at once\n";
  const auto shares = steps ? by_step(r) : by_kernel(r);
  double total = 0;
  for (const auto& s : shares) total += s.ms;
  for (const auto& s : shares)
    out << "  " << std::setw(10) << s.ms << " ms " << std::setw(5) << std::setprecision(1)
        << (total > 0 ? 100 * s.ms / total : 0) << " %" << std::setprecision(3) << "  "
        << std::setw(4) << s.steps << "  " << s.name << "\n";
  return out.str();
}

json to_json(const api::BenchResult& r) {
  json steps = json::array();
  for (const auto& s : r.steps)
    steps.push_back({{"op", s.op_name},
                     {"engine", s.engine},
                     {"kernel", s.kernel},
                     {"value", s.value},
                     {"ms", s.runs ? s.seconds * 1e3 / static_cast<double>(s.runs) : 0}});
  return {{"path", r.path},
          {"runs", r.latencies.size()},
          {"samples", r.samples},
          {"prepare_ms", r.prepare},
          {"min_ms", r.percentile(0)},
          {"median_ms", r.percentile(0.5)},
          {"p90_ms", r.percentile(0.9)},
          {"p99_ms", r.percentile(0.99)},
          {"arena_bytes", r.arena_bytes},
          {"live_bytes", r.live_bytes},
          {"steps", std::move(steps)}};
}

Status bench(Options& o, Command& command) {
  TRY_VOID(finish_load_options(o.bake, o.load));
  TRY(o.bench.precision, api::precision_from_name(o.precision));
  TRY(o.bench.engine, api::engine_from_name(o.engine));
  o.bench.threads = command.global().threads;
  o.bench.progress.cancelled = interrupted();
  if (!o.data.empty()) o.bench.data = o.data;
  const auto load = [&](const std::string& path) {
    return api::load_to_run(path, o.load, o.bench.function, command.diagnostics());
  };
  TRY(const api::SizedModel model, load(o.model));
  std::vector<const api::SizedModel*> models{&model};
  std::optional<api::SizedModel> other;
  if (!o.other.empty()) {
    TRY(other, load(o.other));
    models.push_back(&*other);
  }
  TRY(const auto results, api::bench(models, o.bench));
  command.result()["precision"] = o.precision;
  command.result()["engine"] = o.engine;
  for (const auto& r : results) {
    command.say(table(r, o.steps));
    command.result()["models"].push_back(to_json(r));
  }
  if (results.size() == 2 && results[1].percentile(0.5) > 0) {
    const double ratio = results[0].percentile(0.5) / results[1].percentile(0.5);
    command.say(cat("ratio of the medians: ", ratio, "\n"));
    command.result()["ratio"] = ratio;
  }
  command.result()["peak_memory_bytes"] = api::peak_memory_bytes();
  command.say(cat("peak memory of the process: ", api::peak_memory_bytes() >> 20, " MiB\n"));
  return {};
}

}  // namespace

void add_bench(CLI::App& app, const Global& global, int& code) {
  auto o = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("bench", "Times a model, step by step");
  verb->add_option("MODEL", o->model, "ONNX file or Core ML package")->required();
  verb->add_option("--vs", o->other, "A second model, timed by turns with the first")
      ->type_name("MODEL2");
  verb->add_option("--precision", o->precision, "native, fp32 or fp16")
      ->check(CLI::IsMember({"native", "fp32", "fp16"}))
      ->capture_default_str();
  add_engine_option(*verb, o->engine);
  verb->add_option("--function", o->bench.function, "Function of a multi-function package");
  verb->add_option("--runs", o->bench.runs, "Timed runs (default: what fits into --seconds)")
      ->check(CLI::NonNegativeNumber);
  verb->add_option("--seconds", o->bench.seconds, "Time for each model")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb->add_option("--data", o->data, "Samples, run by turns (default: one, generated)")
      ->type_name("X.npz|DIR");
  verb->add_option("--seed", o->bench.seed, "Of generated inputs");
  verb->add_flag("--steps", o->steps, "Every step in running order, instead of sums by kernel");
  add_load_options(*verb, o->load, o->bake);
  verb->callback([o, &global, &code] {
    Command command("bench", global);
    const Status status = bench(*o, command);
    code = command.finish(status);
  });
}

}  // namespace corecast::cli
