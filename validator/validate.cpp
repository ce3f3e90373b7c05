#include "validator/validate.h"

#include <algorithm>
#include <cmath>

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

/// The largest error, as a share of the range.
double error_of(const ir::Tensor& reference, ir::Tensor answer) {
  if (answer.count() == reference.count() && answer.rank() != reference.rank())
    answer = answer.reshaped(reference.dims());
  return measure(reference, answer).max_rel;
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
  using ir::OpKind;
  ir::OpId op = f.def(f.block(f.entry()).results[output]);
  constexpr OpKind kMoves[] = {OpKind::Identity, OpKind::Cast,       OpKind::Reshape,
                               OpKind::Squeeze,  OpKind::ExpandDims, OpKind::Transpose};
  const auto moves = [&](OpKind kind) { return f.is(op, kind); };
  while (op && std::any_of(std::begin(kMoves), std::end(kMoves), moves)) {
    op = f.def(f.op(op).operands[0]);
  }
  return op && (f.is(op, OpKind::Sigmoid) || f.is(op, OpKind::Softmax) || f.is(op, OpKind::Tanh));
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

Result<Report> validate(Runner& reference, const ir::Module* source, const ir::Module& candidate,
                        const std::vector<NamedTensors>& samples, const Options& options) {
  const bool fp16 = options.precision == Precision::fp16 ||
                    (options.precision == Precision::native && holds_fp16(candidate));
  Report report;
  report.precision = fp16 ? "fp16" : "fp32";
  report.reference = reference.name();
  report.samples = samples.size();
  TRY(const auto runner, embedded_runner(candidate, options.precision, options.threads));
  report.candidate = runner->name();
  std::optional<NoiseFloor> noise;
  if (source) {
    TRY(noise, NoiseFloor::make(*source, options.threads));
  }
  std::unique_ptr<Runner> expanded;
  std::optional<NoiseFloor> expanded_noise;
  if (options.expanded) {
    TRY(expanded, embedded_runner(*options.expanded, Precision::fp32, options.threads));
    TRY(expanded_noise, NoiseFloor::make(*options.expanded, options.threads));
  }
  std::map<std::string, double> floors, expanded_floors;
  const ir::Function& f = candidate.main();
  const ir::Function* original = source ? &source->main() : nullptr;
  for (const auto& inputs : samples) {
    auto wanted = reference.run(inputs);
    if (!wanted)
      return std::move(wanted).error().in(cat("running the reference (", reference.name(), ")"));
    const NamedTensors given = renamed(inputs, f, original);
    auto got = runner->run(given);
    if (!got) return std::move(got).error().in("running the candidate");
    if (noise && fp16) TRY_VOID(noise->measure_fp16(inputs, floors));
    // Other weights round otherwise: the graph as it was is no measure of their noise.
    if (expanded_noise && fp16) TRY_VOID(expanded_noise->measure_fp16(given, expanded_floors));
    NamedTensors exact;
    if (expanded) {
      TRY(exact, expanded->run(given));
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; original && i < original->outputs.size(); ++i)
      names.push_back(original->outputs[i].name);
    if (names.empty()) {
      for (const auto& [name, tensor] : *wanted) names.push_back(name);
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto r = wanted->find(names[i]);
      if (r == wanted->end()) {
        return Error(
            Code::E1005,
            cat("the reference (", reference.name(), ") gives no output ", quote(names[i])),
            "values inside the graph need --reference embedded");
      }
      std::string candidate_name;
      const ir::Tensor* c = match(*got, f, names[i], i, candidate_name);
      if (!c) {
        return Error(Code::E1005, cat("the candidate has no output ", quote(names[i])),
                     "compare a model with the package converted from it");
      }
      auto known = std::find_if(report.outputs.begin(), report.outputs.end(),
                                [&](const auto& o) { return o.name == names[i]; });
      OutputReport& o = known == report.outputs.end() ? report.outputs.emplace_back() : *known;
      o.name = names[i];
      o.candidate_name = candidate_name;
      ir::Tensor answer = *c;
      if (answer.count() == r->second.count() && answer.rank() != r->second.rank())
        answer = answer.reshaped(r->second.dims());
      o.metrics = merge(o.metrics, measure(r->second, answer));
      if (const auto e = exact.find(candidate_name); e != exact.end())
        o.compression = std::max(o.compression, error_of(r->second, e->second));
      if (o.reason.empty() && (options.thresholds.atol || options.thresholds.rtol) &&
          o.metrics.same_shape) {
        o.reason = worst_element(r->second, answer, options.thresholds);
      }
    }
  }
  const bool beyond = std::any_of(report.outputs.begin(), report.outputs.end(),
                                  [](const auto& o) { return o.metrics.max_rel > kFp32Allowed; });
  if (noise && !fp16 && beyond) {
    for (const auto& inputs : samples) TRY_VOID(noise->measure_fp32(inputs, floors));
  }
  for (auto& o : report.outputs) {
    o.noise_floor = std::max(floors[o.name], expanded_floors[o.candidate_name]);
    bool unit_scale = false;
    for (std::size_t i = 0; original && i < original->outputs.size(); ++i) {
      unit_scale = unit_scale ||
                   (original->outputs[i].name == o.name && computed_at_unit_scale(*original, i));
    }
    judge(o, options.thresholds, fp16, unit_scale);
  }
  if (!report.passed() && source && !samples.empty()) {
    double allowed = kFp32Allowed;
    for (const auto& o : report.outputs) allowed = std::max(allowed, o.allowed);
    report.first_divergence =
        first_divergence(*source, samples[0], candidate, renamed(samples[0], f, original),
                         options.precision, options.threads, allowed);
  }
  return report;
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
