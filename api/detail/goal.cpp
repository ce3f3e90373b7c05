#include "api/detail/goal.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "base/strings.h"

namespace corecast::api {
namespace {

namespace fs = std::filesystem;
using compress::Decision;
using compress::Weight;
using compress::WeightCandidates;

/// A sensitivity needs a run of the model for every weight; beyond this many elements to prepare
/// in all, every weight counts alike.
constexpr double kMostPrepared = 4e9;
/// Coded like this a weight shows what an error of it does: large enough to be seen, small enough
/// to stay in the linear range.
constexpr double kShownError = 0.01;  // of the energy

/// What a change does to the outputs: the geometric mean of the samples' errors. Where a model
/// answers a sample with next to nothing, any change is a multiple of that, and where a sample does
/// not reach a weight, nothing shows: neither may outweigh all other samples.
double typical(const std::vector<double>& errors) {
  constexpr double kLeast = 1e-5;
  double logs = 0;
  for (const double e : errors) logs += std::log(std::clamp(e, kLeast, 1.0));
  return errors.empty() ? 0 : std::exp(logs / static_cast<double>(errors.size()));
}

/// Bytes of the package that `module` becomes.
Result<std::uint64_t> package_bytes(const ir::Module& module, const CompressOptions& options) {
  std::string folder = (fs::temp_directory_path() / "corecast-XXXXXX").string();
  if (!::mkdtemp(folder.data()))
    return Error(Code::E5002, cat("cannot create a folder in ", folder));
  SaveOptions save_options;
  save_options.target = options.target;
  save_options.cancelled = options.progress.cancelled;
  save_options.read_back = false;  // only its size is wanted
  save_options.threads = options.threads;
  Diagnostics ignored;
  const auto saved = save(module, folder + "/size.mlpackage", save_options, ignored);
  std::uint64_t bytes = 0;
  std::error_code ec;
  for (const auto& entry : fs::recursive_directory_iterator(folder, ec)) {
    if (entry.is_regular_file(ec)) bytes += entry.file_size(ec);
  }
  fs::remove_all(folder, ec);
  if (!saved) return saved.error();
  return bytes;
}

class Search {
 public:
  Search(ir::Module& module, const CompressOptions& options, const OutputProbe* probe,
         const compress::Context& context)
      : module_(module), options_(options), probe_(probe), context_(context) {}

  Result<Reached> run() {
    weights_ = compress::find_weights(module_);
    TRY(candidates_, compress::measure_candidates(module_, weights_, context_));
    TRY_VOID(measure_sensitivities());
    if (options_.goal.bits_per_weight) return by_bits(*options_.goal.bits_per_weight);
    if (options_.goal.bytes) return by_bytes(*options_.goal.bytes);
    return by_drop(*options_.goal.max_drop);
  }

 private:
  struct Trial {
    ir::Module module;
    compress::Report report;
  };
  Result<Trial> trial(std::size_t budget) const {
    TRY(const auto decisions, compress::choose(candidates_, budget));
    Trial t{module_, {}};
    compress::Context quiet = context_;
    quiet.progress = {};
    TRY(t.report, compress::apply(t.module, weights_, decisions, quiet));
    return t;
  }

  /// Runs the model once for each weight, with that weight alone coded.
  Status measure_sensitivities() {
    if (!probe_) return {};
    double prepared = 0, elements = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      elements += static_cast<double>(weights_[i].count());
    }
    for (const auto& c : candidates_) prepared += c.candidates.size() > 1 ? elements : 0;
    if (prepared > kMostPrepared) return {};
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      WeightCandidates& c = candidates_[i];
      if (context_.stop.requested()) return interrupted_error();
      if (c.candidates.size() < 2 || !(c.signal > 0)) continue;
      if (options_.progress.report) {
        options_.progress.report(cat("measuring the sensitivity of ", weights_[i].name),
                                 static_cast<double>(i) / static_cast<double>(weights_.size()));
      }
      const compress::Candidate* shown = nullptr;
      const auto distance = [&](const compress::Candidate& k) {
        return std::fabs(std::log(std::max(k.error / c.signal, 1e-30) / kShownError));
      };
      for (const auto& k : c.candidates) {
        if (k.scheme.none() || !(k.error > 0)) continue;
        if (!shown || distance(k) < distance(*shown)) shown = &k;
      }
      if (!shown) continue;
      std::vector<Decision> one(weights_.size());
      one[i].scheme = shown->scheme;
      ir::Module changed = module_;
      compress::Context quiet = context_;
      quiet.progress = {};
      TRY_VOID(compress::apply(changed, weights_, one, quiet));
      TRY(const auto errors, probe_->relative_errors(changed));
      c.sensitivity = typical(errors) / (shown->error / c.signal);
    }
    return {};
  }

  /// Bytes that weights of integers and the like take whatever is chosen.
  std::size_t integer_bytes() const {
    std::size_t n = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      if (!ir::is_floating(weights_[i].dtype)) n += candidates_[i].candidates[0].bytes;
    }
    return n;
  }

  Result<Reached> by_bits(double bits) {
    double elements = 0;
    for (const Weight& w : weights_)
      elements += ir::is_floating(w.dtype) ? static_cast<double>(w.count()) : 0;
    const double bytes = std::floor(bits * elements / 8);
    const std::size_t budget = static_cast<std::size_t>(std::max(bytes, 0.0)) + integer_bytes();
    TRY(Trial t, trial(budget));
    module_ = std::move(t.module);
    std::string text = cat(std::round(t.report.bits_per_weight() * 1e4) / 1e4, " of at most ", bits,
                           " bits per weight");
    return Reached{std::move(t.report), std::move(text)};
  }

  Result<Reached> by_bytes(std::uint64_t bytes) {
    const auto range = compress::size_range(candidates_);
    // The rest of the package depends a little on the schemes: what one round shows, the next uses,
    // until 99 % of the size are filled.
    std::uint64_t rest = 0, best_total = 0;
    std::optional<Trial> best;
    for (int round = 0; round < 6; ++round) {
      const std::size_t budget = bytes > rest ? static_cast<std::size_t>(bytes - rest) : 0;
      auto t = trial(round == 0 ? std::max<std::size_t>(budget, range.smallest) : budget);
      if (!t && t.error().code != Code::E4103) return t.error();
      if (!t && !best) {
        return Error(
            Code::E4103,
            cat("a package of ", bytes, " bytes cannot be reached: the smallest has about ",
                range.smallest + rest, ", ", rest, " of them for all but the weights"),
            "raise the size, or prune first");
      }
      if (!t) break;
      TRY(const std::uint64_t total, package_bytes(t->module, options_));
      const std::uint64_t weights = t->report.bytes_after() + t->report.small_bytes;
      std::uint64_t next = total > weights ? total - weights : 0;
      if (total > bytes && next <= rest) next = rest + (total - bytes);
      if (total <= bytes && total > best_total) {
        best = std::move(*t);
        best_total = total;
      }
      const bool full = total <= bytes && (total >= bytes - bytes / 100 || budget >= range.largest);
      if (full || next == rest) break;
      rest = next;
    }
    if (!best) {
      return Error(Code::E4103,
                   cat("a package of ", bytes, " bytes was not reached in six attempts"));
    }
    module_ = std::move(best->module);
    return Reached{std::move(best->report), cat(best_total, " of at most ", bytes, " bytes")};
  }

  Result<Reached> by_drop(const validator::Thresholds& thresholds) {
    const auto range = compress::size_range(candidates_);
    std::size_t low = range.smallest, high = range.largest;
    std::optional<Trial> best;
    std::string why;
    // The outputs' error falls with the budget, nearly always: bisection to 1 % of the size.
    for (std::size_t budget = low;; budget = low + (high - low) / 2) {
      TRY(Trial t, trial(budget));
      TRY(const auto costs, probe_->costs(t.module));
      const auto reason = violated(costs, thresholds);
      if (reason) {
        why = *reason;
        low = budget;
      } else {
        high = budget;
        best = std::move(t);
        if (budget == range.smallest) break;
      }
      if (high - low <= range.largest / 100) break;
    }
    if (!best) {
      return Error(Code::E4103, cat("no compression holds the limits: ", why), "lower the limits");
    }
    module_ = std::move(best->module);
    std::string text =
        cat("the smallest found that holds the limits: ",
            std::round(best->report.bits_per_weight() * 1e3) / 1e3, " bits per weight");
    return Reached{std::move(best->report), std::move(text)};
  }

  ir::Module& module_;
  const CompressOptions& options_;
  const OutputProbe* probe_;
  const compress::Context& context_;
  std::vector<Weight> weights_;
  std::vector<WeightCandidates> candidates_;
};

}  // namespace

Result<Reached> reach_goal(ir::Module& module, const CompressOptions& options,
                           const OutputProbe* probe, const compress::Context& context) {
  return Search(module, options, probe, context).run();
}

}  // namespace corecast::api
