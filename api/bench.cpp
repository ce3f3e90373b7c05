#include "api/bench.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace corecast::api {

namespace {

using Clock = std::chrono::steady_clock;
double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

struct Runner {
  Session session;
  std::vector<NamedTensors> samples;
  std::size_t next = 0;

  Status run(Stop stop) {
    TRY_VOID(session.run(samples[next++ % samples.size()], nullptr, stop));
    return {};
  }
};

}  // namespace

double BenchResult::percentile(double share) const {
  if (latencies.empty()) return 0;
  const auto n = static_cast<double>(latencies.size());
  const double rank = std::ceil(std::clamp(share, 0.0, 1.0) * n);
  return latencies[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

std::int64_t peak_memory_bytes() {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#if defined(__APPLE__)
  return usage.ru_maxrss;
#else
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
#endif
}

Result<std::vector<BenchResult>> bench(const std::vector<const SizedModel*>& models,
                                       const BenchOptions& options) {
  std::vector<BenchResult> results;
  std::vector<Runner> runners;
  const Stop stop = options.progress.cancelled;
  const SharedPool pool = shared_pool(options.threads);
  Diagnostics said;  // of values, which no time depends on
  for (const SizedModel* sized : models) {
    const Model& model = sized->model;
    BenchResult& r = results.emplace_back();
    r.path = model.path;
    const auto start = Clock::now();
    TRY(Session session,
        Session::make(model.module, options.function, options.precision, pool, options.engine));
    TRY(auto samples,
        samples_to_run(session.function(), options.data, options.seed, sized->sizes, said));
    r.samples = samples.size();
    Runner& runner = runners.emplace_back(Runner{std::move(session), std::move(samples)});
    TRY_VOID(runner.run(stop));
    r.prepare = ms_since(start);
  }

  constexpr int kMost = 10000;
  const int wanted = options.runs > 0 ? options.runs : kMost;
  const double budget = options.seconds * 1e3 * static_cast<double>(models.size());
  const auto start = Clock::now();
  for (int run = 0; run < wanted; ++run) {
    if (run >= 3 && options.runs == 0 && ms_since(start) > budget) break;
    for (std::size_t i = 0; i < runners.size(); ++i) {
      const auto began = Clock::now();
      TRY_VOID(runners[i].run(stop));
      results[i].latencies.push_back(ms_since(began));
    }
  }

  for (std::size_t i = 0; i < runners.size(); ++i) {
    executor::Plan& plan = runners[i].session.plan();
    plan.start_profile();
    const std::size_t runs = std::clamp<std::size_t>(results[i].latencies.size() / 4, 1, 20);
    for (std::size_t run = 0; run < runs; ++run) {
      TRY_VOID(runners[i].run(stop));
    }
    results[i].steps = plan.profile();
    results[i].arena_bytes = plan.arena_bytes();
    results[i].live_bytes = plan.live_bytes();
    std::sort(results[i].latencies.begin(), results[i].latencies.end());
  }
  return results;
}

}  // namespace corecast::api
