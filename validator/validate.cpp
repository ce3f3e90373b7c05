#include "validator/validate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/strings.h"
#include "ops/op_kind.h"
#include "validator/divergence.h"
#include "validator/noise.h"

namespace corecast::validator {
namespace {

using executor::Precision;

// An fp32 graph may differ from its source by the order of its sums: this much of the output's
// range, more only where the graph is ill-conditioned.
constexpr double kFp32Allowed = 1e-4;
// Two fp32 steps at 1, as implementations of sigmoid and the like differ.
constexpr double kUnitStep = 0x1p-22;
// fp16 errors beyond this multiple of what rounding alone causes are not rounding.
constexpr double kFloorFactor = 2;
// One fp16 step at the top of the range: what any fp16 output may differ by.
constexpr double kFp16Step = 0x1p-10;

bool holds_fp16(const ir::Module& m) {
  bool found = false;
  const ir::Function& f = m.main();
  ir::for_each_op(f, [&](ir::OpId o) {
    for (const ir::ValueId r : f.op(o).results) found = found || f.type(r).dtype == ir::DType::f16;
  });
  return found;
}

const ir::Tensor* match(const NamedTensors& outputs, const ir::Function& f, const std::string& name,
                        std::size_t index, std::string& found) {
  found = name;
  if (const auto it = outputs.find(name); it != outputs.end()) return &it->second;
  // A package may have had to rename; the order of outputs is kept.
  if (index >= f.outputs.size()) return nullptr;
  found = f.outputs[index].name;
  const auto it = outputs.find(found);
  return it == outputs.end() ? nullptr : &it->second;
}

// Values in the order of the candidate's inputs, under its names.
NamedTensors renamed(const NamedTensors& inputs, const ir::Function& f,
                     const ir::Function* source) {
  NamedTensors out;
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    const std::string& name = f.inputs[i].name;
    if (const auto it = inputs.find(name); it != inputs.end()) {
      out.emplace(name, it->second);
    } else if (source && i < source->inputs.size()) {
      if (const auto other = inputs.find(source->inputs[i].name); other != inputs.end())
        out.emplace(name, other->second);
    }
  }
  // Core ML holds 32-bit numbers at its interface.
  const auto& args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    const auto it = out.find(f.inputs[i].name);
    if (it == out.end()) continue;
    const ir::Type& type = f.type(args[i]);
    if (type.is_tensor() && it->second.dtype() != type.dtype)
      it->second = it->second.cast(type.dtype);
    if (it->second.rank() == 0 && type.rank() == 1) it->second = it->second.reshaped({1});
  }
  return out;
}

/// A package may keep a number in a vector of one: the same elements in the reference's shape.
ir::Tensor ranked_as(const ir::Tensor& answer, const ir::Tensor& reference) {
  const bool other = answer.count() == reference.count() && answer.rank() != reference.rank();
  return other ? answer.reshaped(reference.dims()) : answer;
}

/// The largest error, as a share of the range.
double error_of(const ir::Tensor& reference, const ir::Tensor& answer) {
  return measure(reference, ranked_as(answer, reference)).max_rel;
}

std::string worst_element(const ir::Tensor& r, const ir::Tensor& c, const Thresholds& t) {
  for (std::int64_t i = 0; i < r.count(); ++i) {
    const double e = std::fabs(c.at(i) - r.at(i));
    if (e > t.atol.value_or(0) + t.rtol.value_or(0) * std::fabs(r.at(i))) {
      return cat("element ", i, " is ", c.at(i), ", the reference ", r.at(i));
    }
  }
  return {};
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

void judge(OutputReport& o, const Thresholds& t, bool fp16, bool unit_scale) {
  const Metrics& m = o.metrics;
  const auto fail = [&](std::string why) {
    if (o.reason.empty()) o.reason = std::move(why);
  };
  if (!m.same_shape) fail("the shapes differ");
  if (m.nan_mismatches) fail(cat(m.nan_mismatches, " elements are NaN on one side only"));
  if (m.inf_mismatches) fail(cat(m.inf_mismatches, " elements are infinite on one side only"));
  o.allowed = fp16 ? std::max(kFloorFactor * o.noise_floor, kFp16Step)
                   : std::max(o.noise_floor, kFp32Allowed);
  o.allowed += o.compression;
  if (unit_scale && m.range > 0) o.allowed = std::max(o.allowed, kUnitStep / m.range);
  if (t.any()) {
    const auto at_least = [&](const std::optional<double>& bound, double value, const char* name) {
      if (bound && !(value >= *bound)) fail(cat(name, " is ", value, ", below ", *bound));
    };
    at_least(t.psnr, m.psnr, "psnr");
    at_least(t.sqnr, m.sqnr, "sqnr");
    at_least(t.cosine, m.cosine, "cosine");
    at_least(t.top1, m.top1, "top1");
    if (t.max_rel && !(m.max_rel <= *t.max_rel))
      fail(cat("max_rel is ", m.max_rel, ", above ", *t.max_rel));
  } else if (!(m.max_rel <= o.allowed)) {
    fail(cat("off by ", m.max_rel, " of the range, ", o.allowed, " is allowed"));
  }
  o.passed = o.reason.empty();
}

}  // namespace

bool Report::passed() const {
  return !outputs.empty() &&
         std::all_of(outputs.begin(), outputs.end(), [](const auto& o) { return o.passed; });
}

namespace {

/// One run of validate(): what computes, and what has been seen so far.
class Validation {
 public:
  Validation(Runner& reference, const ir::Module* source, const ir::Module& candidate,
             const Options& options)
      : reference_(reference),
        source_(source),
        candidate_(candidate),
        options_(options),
        fp16_(options.precision == Precision::fp16 ||
              (options.precision == Precision::native && holds_fp16(candidate))) {}

  Result<Report> run(const std::vector<NamedTensors>& samples) {
    TRY_VOID(make_runners());
    report_.precision = fp16_ ? "fp16" : "fp32";
    report_.reference = reference_.name();
    report_.candidate = runner_->name();
    report_.samples = samples.size();
    for (sample_ = 0; sample_ < samples.size(); ++sample_) TRY_VOID(add(samples[sample_]));
    TRY_VOID(judge_all(samples));
    if (!report_.passed() && source_ && !samples.empty()) {
      const NamedTensors& sample = samples[worst_sample()];
      double allowed = kFp32Allowed;
      for (const auto& o : report_.outputs) allowed = std::max(allowed, o.allowed);
      report_.first_divergence = first_divergence(*source_, sample, candidate_, given(sample),
                                                  {.precision = options_.precision,
                                                   .pool = options_.pool,
                                                   .allowed = allowed,
                                                   .stop = options_.stop,
                                                   .engine = options_.engine});
    }
    TRY_VOID(options_.stop.check());
    return std::move(report_);
  }

 private:
  Status make_runners() {
    TRY(runner_, embedded_runner(candidate_, options_.precision, options_.pool, options_.stop,
                                 options_.engine));
    if (source_) {
      TRY(noise_, NoiseFloor::make(*source_, options_.pool, options_.stop));
    }
    if (options_.expanded) {
      TRY(expanded_,
          embedded_runner(*options_.expanded, Precision::fp32, options_.pool, options_.stop));
      TRY(expanded_noise_, NoiseFloor::make(*options_.expanded, options_.pool, options_.stop));
    }
    return {};
  }

  const ir::Function* original() const { return source_ ? &source_->main() : nullptr; }
  NamedTensors given(const NamedTensors& sample) const {
    return renamed(sample, candidate_.main(), original());
  }

  /// Runs everything on one sample.
  Status add(const NamedTensors& sample) {
    TRY_VOID(options_.stop.check());
    auto wanted = reference_.run(sample);
    if (!wanted)
      return std::move(wanted).error().in(cat("running the reference (", reference_.name(), ")"));
    const NamedTensors inputs = given(sample);
    auto got = runner_->run(inputs);
    if (!got) return std::move(got).error().in("running the candidate");
    if (noise_ && fp16_) TRY_VOID(noise_->measure_fp16(sample, floors_));
    // Other weights round otherwise: the graph as it was is no measure of their noise.
    if (expanded_noise_ && fp16_) TRY_VOID(expanded_noise_->measure_fp16(inputs, expanded_floors_));
    NamedTensors exact;
    if (expanded_) {
      TRY(exact, expanded_->run(inputs));
    }
    const std::vector<std::string> names = output_names(*wanted);
    for (std::size_t i = 0; i < names.size(); ++i)
      TRY_VOID(compare(names[i], i, *wanted, *got, exact));
    return {};
  }

  std::vector<std::string> output_names(const NamedTensors& wanted) const {
    std::vector<std::string> names;
    if (source_) {
      for (const auto& output : source_->main().outputs) names.push_back(output.name);
    }
    if (names.empty()) {
      for (const auto& [name, tensor] : wanted) names.push_back(name);
    }
    return names;
  }

  Status compare(const std::string& name, std::size_t index, const NamedTensors& wanted,
                 const NamedTensors& got, const NamedTensors& exact) {
    const auto r = wanted.find(name);
    if (r == wanted.end()) {
      return Error(Code::E1005,
                   cat("the reference (", reference_.name(), ") gives no output ", quote(name)),
                   "values inside the graph need --reference embedded");
    }
    std::string candidate_name;
    const ir::Tensor* c = match(got, candidate_.main(), name, index, candidate_name);
    if (!c) {
      return Error(Code::E1005, cat("the candidate has no output ", quote(name)),
                   "compare a model with the package converted from it");
    }
    OutputReport& o = report_of(name);
    o.candidate_name = candidate_name;
    const ir::Tensor answer = ranked_as(*c, r->second);
    const Metrics metrics = measure(r->second, answer);
    o.metrics = merge(o.metrics, metrics);
    remember(name, metrics);
    if (const auto e = exact.find(candidate_name); e != exact.end())
      o.compression = std::max(o.compression, error_of(r->second, e->second));
    if (o.reason.empty() && (options_.thresholds.atol || options_.thresholds.rtol) &&
        o.metrics.same_shape) {
      o.reason = worst_element(r->second, answer, options_.thresholds);
    }
    return {};
  }

  /// Where the output was furthest off: what is no number, or of no shape, is further than any
  /// error.
  void remember(const std::string& name, const Metrics& m) {
    const bool apart = !m.same_shape || m.nan_mismatches > 0 || m.inf_mismatches > 0;
    const double error = apart ? std::numeric_limits<double>::infinity() : m.max_rel;
    const auto [at, fresh] = worst_.try_emplace(name, Worst{error, sample_});
    if (!fresh && error > at->second.error) at->second = {error, sample_};
  }

  /// The sample that shows best what is wrong with the first output that failed.
  std::size_t worst_sample() const {
    for (const OutputReport& o : report_.outputs) {
      if (!o.passed) return worst_.at(o.name).sample;
    }
    return 0;
  }

  OutputReport& report_of(const std::string& name) {
    const auto known = std::find_if(report_.outputs.begin(), report_.outputs.end(),
                                    [&](const auto& o) { return o.name == name; });
    OutputReport& o = known == report_.outputs.end() ? report_.outputs.emplace_back() : *known;
    o.name = name;
    return o;
  }

  Status judge_all(const std::vector<NamedTensors>& samples) {
    const bool beyond = std::any_of(report_.outputs.begin(), report_.outputs.end(),
                                    [](const auto& o) { return o.metrics.max_rel > kFp32Allowed; });
    if (noise_ && !fp16_ && beyond) {
      for (const auto& sample : samples) TRY_VOID(noise_->measure_fp32(sample, floors_));
    }
    for (auto& o : report_.outputs) {
      o.noise_floor = std::max(floors_[o.name], expanded_floors_[o.candidate_name]);
      bool unit_scale = false;
      const ir::Function* f = original();
      for (std::size_t i = 0; f && i < f->outputs.size(); ++i) {
        unit_scale = unit_scale || (f->outputs[i].name == o.name && computed_at_unit_scale(*f, i));
      }
      judge(o, options_.thresholds, fp16_, unit_scale);
    }
    return {};
  }

  Runner& reference_;
  const ir::Module* const source_;
  const ir::Module& candidate_;
  const Options& options_;
  const bool fp16_;
  std::unique_ptr<Runner> runner_, expanded_;
  std::optional<NoiseFloor> noise_, expanded_noise_;
  std::map<std::string, double> floors_, expanded_floors_;
  struct Worst {
    double error;
    std::size_t sample;
  };
  std::map<std::string, Worst> worst_;  ///< by output
  std::size_t sample_ = 0;              ///< that is being compared
  Report report_;
};

}  // namespace

Result<Report> validate(Runner& reference, const ir::Module* source, const ir::Module& candidate,
                        const std::vector<NamedTensors>& samples, const Options& options) {
  return Validation(reference, source, candidate, options).run(samples);
}

Result<Thresholds> parse_expectations(std::string_view text) {
  Thresholds t;
  for (const auto part : split(text, ',')) {
    const auto word = trim(part);
    if (word.empty()) continue;
    const bool upper = word.find("<=") != std::string_view::npos;
    const auto at = word.find(upper ? "<=" : ">=");
    double value;
    if (at == std::string_view::npos || !parse_double(trim(word.substr(at + 2)), value)) {
      return Error(Code::E1004, cat("cannot read the expectation ", quote(word)),
                   "write for example psnr>=40,top1>=0.995");
    }
    const auto name = trim(word.substr(0, at));
    const std::pair<std::string_view, std::optional<double>*> fields[] = {{"psnr", &t.psnr},
                                                                          {"sqnr", &t.sqnr},
                                                                          {"cosine", &t.cosine},
                                                                          {"top1", &t.top1},
                                                                          {"max_rel", &t.max_rel}};
    bool found = false;
    for (const auto& [field, slot] : fields) {
      if (field == name && upper == (field == "max_rel")) *slot = value, found = true;
    }
    if (!found) {
      return Error(Code::E1004, cat("unknown expectation ", quote(word)),
                   "known: psnr>=, sqnr>=, cosine>=, top1>=, max_rel<=");
    }
  }
  return t;
}

}  // namespace corecast::validator
