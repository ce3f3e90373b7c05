#include "validator/validate.h"

#include <algorithm>

#include "base/strings.h"
#include "ops/op_kind.h"
#include "validator/divergence.h"
#include "validator/match.h"
#include "validator/noise.h"
#include "validator/rounded.h"
#include "validator/thresholds.h"

namespace corecast::validator {
namespace {

using executor::Precision;

// Floors in fp32: values rounded to 20 of fp32's 24 bits, as sums in another order differ.
constexpr int kFp32Digits = 20;
// How often a weight's rounding is explained: folding it with others first gives another rounding.
constexpr double kWeightFactor = 2.5;
// Likewise two draws of the reference's own rounding.
constexpr double kOwnFactor = 2;
// What was lost to fp16 shows where a value is off by this share of its range.
constexpr double kLost = 0.1;

bool holds_fp16(const ir::Module& m) {
  bool found = false;
  const ir::Function& f = m.main();
  ir::for_each_op(f, [&](ir::OpId o) {
    for (const ir::ValueId r : f.op(o).results) found = found || f.type(r).dtype == ir::DType::f16;
  });
  return found;
}

/// Whether an output comes from a function that is computed next to 1, whatever small number comes
/// out: every implementation has an absolute error of the order of fp32's step at 1.
bool computed_at_unit_scale(const ir::Function& f, std::size_t output) {
  ir::OpId op = f.def(f.block(f.entry()).results[output]);
  while (op && f.op(op).schema->traits.looks_through(ir::Walk::scale)) {
    op = f.def(f.op(op).operands[0]);
  }
  return op && f.op(op).schema->traits.scale == ir::Scale::unit;
}

/// One run of validate(): what computes, and what has been seen so far.
class Validation {
 public:
  Validation(Runner& reference, const ir::Module* source, const ir::Module& candidate,
             const std::vector<NamedTensors>& samples, const Options& options)
      : reference_(reference),
        source_(source),
        candidate_(candidate),
        samples_(samples),
        options_(options),
        fp16_(options.precision == Precision::fp16 ||
              (options.precision == Precision::native && holds_fp16(candidate))) {}

  Result<Report> run() {
    TRY(runner_, embedded_runner(candidate_, options_.precision, options_.pool, options_.stop,
                                 options_.engine));
    report_.precision = fp16_ ? "fp16" : "fp32";
    report_.reference = reference_.name();
    report_.candidate = runner_->name();
    report_.samples = samples_.size();
    report_.ceilings = options_.ceilings;
    report_.accepted = options_.accepted;
    report_.explicit_thresholds = options_.thresholds.any();
    for (const NamedTensors& sample : samples_) given_.push_back(given(sample));
    TRY_VOID(measure_candidate());
    if (options_.expanded) TRY_VOID(measure_compression());
    if (!report_.explicit_thresholds) TRY_VOID(measure_floors());
    TRY_VOID(judge_all());
    TRY_VOID(look_for_places());
    TRY_VOID(options_.stop.check());
    return std::move(report_);
  }

 private:
  /// All that is known of an output besides what is reported.
  struct Output {
    std::string name, candidate_name;
    bool whole = false;  ///< integers or booleans
    bool fixed = false;  ///< depends on no input
    bool unit_scale = false;
    bool same_shape = true;
    std::string element;   ///< that a tolerance refuses
    Distance error;        ///< of the candidate from the reference
    Distance rounding;     ///< of the candidate from itself in exact arithmetic, if expanded
    Distance compression;  ///< of that from the reference
    double worst_error = -1;
    std::size_t worst_sample = 0;
    std::optional<std::string> unexplained;  ///< by rounding
  };

  NamedTensors given(const NamedTensors& sample) const {
    return renamed(sample, candidate_.main(), source_ ? &source_->main() : nullptr);
  }

  Output& output(std::size_t i, const std::string& name, const ir::Tensor& wanted) {
    if (i < outputs_.size()) return outputs_[i];
    Output o;
    o.name = name;
    o.whole = !ir::is_floating(wanted.dtype());
    if (source_ && i < source_->main().outputs.size()) {
      o.fixed = is_fixed(source_->main(), i);
      o.unit_scale = computed_at_unit_scale(source_->main(), i);
    }
    return outputs_.emplace_back(std::move(o));
  }

  Status measure_candidate() {
    for (std::size_t s = 0; s < samples_.size(); ++s) {
      TRY_VOID(options_.stop.check());
      auto wanted = reference_.run(samples_[s]);
      if (!wanted)
        return std::move(wanted).error().in(cat("running the reference (", reference_.name(), ")"));
      auto got = runner_->run(given_[s]);
      if (!got) return std::move(got).error().in("running the candidate");
      const std::vector<std::string> names = output_names(source_, *wanted);
      for (std::size_t i = 0; i < names.size(); ++i)
        TRY_VOID(compare(i, names[i], *wanted, *got, s));
      wanted_.push_back(std::move(*wanted));
      got_.push_back(std::move(*got));
    }
    return {};
  }

  Status compare(std::size_t index, const std::string& name, const NamedTensors& wanted,
                 const NamedTensors& got, std::size_t sample) {
    const auto r = wanted.find(name);
    if (r == wanted.end()) {
      return Error(Code::E1005,
                   cat("the reference (", reference_.name(), ") gives no output ", quote(name)),
                   "values inside the graph need --reference embedded");
    }
    std::string found;
    const ir::Tensor* c = match(got, candidate_.main(), name, index, found);
    if (!c) {
      return Error(Code::E1005, cat("the candidate has no output ", quote(name)),
                   "compare a model with the package converted from it");
    }
    Output& o = output(index, name, r->second);
    o.candidate_name = found;
    const ir::Tensor answer = ranked_as(*c, r->second);
    const Metrics m = measure(r->second, answer);
    o.error.add(m);
    o.same_shape = o.same_shape && m.same_shape;
    // What is no number, or of no shape, is further off than any error.
    const double error =
        !m.same_shape || special_elements(m) ? std::numeric_limits<double>::infinity() : m.max_rel;
    if (error > o.worst_error) o.worst_error = error, o.worst_sample = sample;
    const Thresholds& t = options_.thresholds;
    if (o.element.empty() && (t.atol || t.rtol) && m.same_shape)
      o.element = worst_element(r->second, answer, t);
    return {};
  }

  /// What the compressed weights cost, and what rounding does to what they compute.
  Status measure_compression() {
    TRY(const auto exact,
        embedded_runner(*options_.expanded, Precision::fp32, options_.pool, options_.stop));
    for (std::size_t s = 0; s < samples_.size(); ++s) {
      TRY(const NamedTensors numbers, exact->run(given_[s]));
      for (Output& o : outputs_) {
        const auto e = numbers.find(o.candidate_name);
        const auto r = wanted_[s].find(o.name);
        const auto c = got_[s].find(o.candidate_name);
        if (e == numbers.end() || r == wanted_[s].end() || c == got_[s].end()) continue;
        o.compression.add(measure(r->second, ranked_as(e->second, r->second)));
        o.rounding.add(measure(e->second, ranked_as(c->second, e->second)));
      }
    }
    return {};
  }

  executor::Rounding rounding() const {
    executor::Rounding r;
    const ir::Module* expanded = options_.expanded;
    if (!fp16_) r.digits = kFp32Digits, r.constants = false;
    if (!fp16_ || options_.precision == Precision::fp16)
      r.values = all_floats(expanded ? *expanded : *source_);
    else
      r.values = expanded ? declared_half(*expanded)
                          : rounded_values(*source_, candidate_, options_.naming);
    return r;
  }

  /// Other weights round otherwise: with compressed ones the graph as it was is no measure.
  const std::vector<NamedTensors>& floor_samples() const {
    return options_.expanded ? given_ : samples_;
  }

  Evidence evidence(const Output& o) const {
    Evidence e;
    e.error = options_.expanded ? o.rounding : o.error;
    e.fp16 = fp16_;
    e.unit_scale = o.unit_scale;
    if (noise_) {
      e.floor = noise_->find(options_.expanded ? o.candidate_name : o.name);
      e.draws = noise_->draws();
    }
    return e;
  }

  bool all_explained() {
    bool all = true;
    for (Output& o : outputs_) {
      o.unexplained = o.same_shape ? beyond_floor(evidence(o)) : std::nullopt;
      all = all && (!o.unexplained || o.error.specials());
    }
    return all;
  }

  /// Draws until everything is explained, or enough were drawn.
  Status measure_floors() {
    const ir::Module* graph = options_.expanded ? options_.expanded : source_;
    const bool explained = all_explained();  // by what needs no draws
    if (!graph || (!fp16_ && explained)) return {};
    TRY(noise_, NoiseFloor::make(*graph, rounding(), options_.pool, options_.stop));
    do {
      TRY_VOID(noise_->draw(floor_samples()));
    } while (!all_explained() && !is_final(evidence(outputs_.front())));
    report_.draws = noise_->draws();
    return {};
  }

  /// How far an exact run of a right candidate may be from the reference: by its rounded weights,
  /// and by the reference's own rounding in fp32. Nothing where that cannot be measured.
  Status measure_exactness() {
    if (weights_ || !source_ || options_.expanded) return {};
    executor::Rounding weights;
    weights.values = only_constants(*source_, rounding().values);
    TRY(weights_, NoiseFloor::make(*source_, std::move(weights), options_.pool, options_.stop));
    TRY_VOID(weights_->draw(samples_));
    executor::Rounding fp32{
        .digits = kFp32Digits, .values = all_floats(*source_), .constants = false};
    TRY(own_, NoiseFloor::make(*source_, std::move(fp32), options_.pool, options_.stop));
    TRY_VOID(own_->draw(samples_));
    return own_->draw(samples_);
  }

  Floor exactness_of(const std::string& output) const {
    Floor out;
    const auto raise = [&](const std::optional<NoiseFloor>& noise, double factor) {
      const Floor* f = noise ? noise->find(output) : nullptr;
      if (!f) return;
      out.max_rel = std::max(out.max_rel, factor * f->max_rel);
      out.rms = std::max(out.rms, factor * f->rms);
    };
    raise(weights_, kWeightFactor);
    raise(own_, kOwnFactor);
    return out;
  }

  /// Computes the candidate in fp32: what then agrees with the reference is the right program, and
  /// its error is rounding's, however large.
  Status prove_programs() {
    const auto open = [](const Output& o) { return o.unexplained.has_value(); };
    if (!fp16_ || !std::any_of(outputs_.begin(), outputs_.end(), open)) return {};
    TRY_VOID(measure_exactness());
    TRY(const auto exact, embedded_runner(options_.expanded ? *options_.expanded : candidate_,
                                          Precision::fp32, options_.pool, options_.stop));
    std::vector<Distance> errors(outputs_.size());
    for (std::size_t s = 0; s < samples_.size(); ++s) {
      TRY(const NamedTensors numbers, exact->run(given_[s]));
      for (std::size_t i = 0; i < outputs_.size(); ++i) {
        const auto e = numbers.find(outputs_[i].candidate_name);
        const auto r = wanted_[s].find(outputs_[i].name);
        if (e != numbers.end() && r != wanted_[s].end())
          errors[i].add(measure(r->second, ranked_as(e->second, r->second)));
      }
    }
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      Output& o = outputs_[i];
      if (!open(o)) continue;
      Evidence e{.error = errors[i], .unit_scale = o.unit_scale};
      const Floor exactness = exactness_of(o.name);
      e.floor = &exactness;
      e.draws = 1;
      // With compressed weights this is how the numbers come about: they are right by definition.
      if (options_.expanded || !beyond_floor(e)) o.unexplained.reset();
    }
    return {};
  }

  Status judge_all() {
    TRY_VOID(prove_programs());
    for (Output& o : outputs_) {
      OutputReport& r = report_.outputs.emplace_back();
      r.name = o.name;
      r.candidate_name = o.candidate_name;
      r.metrics = o.error.metrics();
      r.compression = o.compression.max_rel();
      if (options_.expanded) r.compression_sqnr = o.compression.metrics().sqnr;
      const Evidence e = evidence(o);
      r.noise_floor = e.floor ? e.floor->max_rel : 0;
      r.allowed = allowed_error(e) + r.compression;
      judge(o, r);
    }
    return {};
  }

  void judge(const Output& o, OutputReport& r) const {
    const auto say = [&](Verdict verdict, std::string why) {
      r.verdict = verdict;
      r.reason = std::move(why);
    };
    const Metrics& m = r.metrics;
    if (!o.same_shape) return say(Verdict::failed, "the shapes differ");
    if (report_.explicit_thresholds) {
      if (auto special = special_elements(m)) return say(Verdict::failed, *special);
      if (!o.element.empty()) return say(Verdict::failed, o.element);
      if (auto why = violated(m, options_.thresholds); !why.empty())
        return say(Verdict::failed, std::move(why));
    } else {
      if (o.unexplained) return say(Verdict::failed, *o.unexplained);
      if (auto why = below_ceiling(m, o.whole, options_.ceilings))
        return say(fp16_ || options_.expanded ? Verdict::unfit : Verdict::not_judged,
                   fp16_ || options_.expanded
                       ? *why
                       : cat(*why, "; rounding in fp32 alone does that to the reference"));
    }
    if (auto why = nothing_compared(m, o.fixed)) say(Verdict::not_judged, *why);
  }

  const OutputReport* first_of(Verdict verdict) const {
    for (const OutputReport& o : report_.outputs) {
      if (o.verdict == verdict) return &o;
    }
    return nullptr;
  }

  /// Where what is wrong begins.
  Status look_for_places() {
    if (samples_.empty()) return {};
    const auto sample_of = [&](const OutputReport& r) {
      return outputs_[static_cast<std::size_t>(&r - report_.outputs.data())].worst_sample;
    };
    DivergenceOptions look{.naming = options_.naming,
                           .precision = options_.precision,
                           .pool = options_.pool,
                           .stop = options_.stop,
                           .engine = options_.engine};
    if (const OutputReport* failed = first_of(Verdict::failed); failed && source_) {
      look.allowed = 0;
      for (const auto& o : report_.outputs) look.allowed = std::max(look.allowed, o.allowed);
      const std::size_t s = sample_of(*failed);
      report_.first_divergence =
          first_divergence(*source_, samples_[s], candidate_, given_[s], look);
    }
    look.naming = nullptr;
    if (const OutputReport* unfit = first_of(Verdict::unfit); unfit && fp16_) {
      look.allowed = kLost;
      const std::size_t s = sample_of(*unfit);
      report_.first_lost = first_divergence(candidate_, given_[s], candidate_, given_[s], look);
    }
    return {};
  }

  Runner& reference_;
  const ir::Module* const source_;
  const ir::Module& candidate_;
  const std::vector<NamedTensors>& samples_;
  const Options& options_;
  const bool fp16_;
  std::unique_ptr<Runner> runner_;
  std::optional<NoiseFloor> noise_, weights_, own_;
  std::vector<NamedTensors> given_, wanted_, got_;  ///< by sample
  std::vector<Output> outputs_;
  Report report_;
};

}  // namespace

Verdict Report::verdict() const {
  Verdict worst = outputs.empty() ? Verdict::not_judged : Verdict::ok;
  for (const OutputReport& o : outputs) worst = std::max(worst, o.verdict);
  return worst;
}

bool Report::acceptable() const {
  return std::all_of(outputs.begin(), outputs.end(),
                     [&](const auto& o) { return o.passed() || accepted.contains(o.verdict); }) &&
         (!outputs.empty() || accepted.contains(Verdict::not_judged));
}

Result<Report> validate(Runner& reference, const ir::Module* source, const ir::Module& candidate,
                        const std::vector<NamedTensors>& samples, const Options& options) {
  return Validation(reference, source, candidate, samples, options).run();
}

}  // namespace corecast::validator
