#include "api/check.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "api/detail/input_ranges.h"
#include "api/detail/measured_ranges.h"
#include "base/strings.h"
#include "ops/op_kind.h"
#include "passes/numerics/hazards.h"
#include "passes/pipeline.h"
#include "passes/refresh.h"
#include "validator/inputs.h"

namespace corecast::api {
namespace {

using ir::Interval;
using ir::OpId;
using ir::OpKind;
using ir::ValueId;
using passes::numerics::Assumptions;
using passes::numerics::Hazard;
using passes::numerics::HazardOptions;
using passes::numerics::Ranges;

/// The source without what nobody reads: what is analysed.
Result<ir::Module> cleaned(const ir::Module& source, const SharedPool& pool, Stop stop) {
  ir::Module out = source;
  passes::PassContext context;
  context.pool = pool.get();
  context.stop = stop;
  TRY([[maybe_unused]] const auto runs,
      passes::run_pipeline(out, "dce,refresh-types,fix(canonicalize,fold-constants,cse,dce)",
                           context));
  return out;
}

/// The function with one size for each that is open: the largest that is allowed, else a usual one.
/// As it was where that cannot be.
ir::Function with_sizes(const ir::Function& f) {
  ir::SymbolValues sizes = validator::symbol_values(f, 0);
  for (const auto& [name, range] : f.symbols) {
    if (range.hi >= 0) sizes[name] = range.hi;
  }
  ir::Function out = f;
  for (const ValueId v : f.block(f.entry()).args) {
    ir::Shape shape;
    for (const ir::Dim& d : f.type(v).shape) {
      const auto size = d.evaluate(sizes);
      shape.push_back(size ? ir::Dim(*size) : d);
    }
    ir::Type type = f.type(v);
    type.shape = std::move(shape);
    out.set_type(v, std::move(type));
  }
  passes::refresh_all(out);
  return out;
}

std::string node_of(const ir::Function& f, OpId op) {
  const ir::OpData& d = f.op(op);
  if (d.location && !d.location->node.empty()) return d.location->node;
  return d.results.empty() ? std::string() : f.value(d.results[0]).name;
}

/// What the conversion said, but for what the findings say as well.
void append_but_integers(const Diagnostics& said, Diagnostics& diagnostics) {
  for (const Diagnostic& d : said.all()) {
    if (d.error.code == Code::W4208) continue;
    if (d.severity == Severity::error)
      diagnostics.error(d.error);
    else if (d.severity == Severity::warning)
      diagnostics.warning(d.error);
    else
      diagnostics.note(d.error);
  }
}

/// What became of the source's nodes: whether the converted module computes any of it in f16.
class Converted {
 public:
  explicit Converted(const ir::Function& f) {
    for_each_op(f, [&](OpId id) {
      // A cast stands between an op and its readers under the op's name.
      if (f.is(id, OpKind::Cast)) return;
      bool half = false;
      for (const ValueId v : f.op(id).results)
        half = half || (f.type(v).is_tensor() && f.type(v).dtype == ir::DType::f16);
      const std::string node = node_of(f, id);
      half_[node] |= half;
      const OpKind kind = f.op(id).schema->kind;
      if (kind == OpKind::UpsampleBilinear || kind == OpKind::ResizeBilinear ||
          kind == OpKind::Resize)
        resized_.insert(node);
    });
  }
  /// Computed in fp32, or by other ops altogether.
  bool sees_to(const std::string& node, bool fp16_only) const {
    const auto at = half_.find(node);
    return at == half_.end() || (fp16_only && !at->second);
  }
  /// Left to an op of Core ML, which computes positions as it likes.
  bool leaves_positions_to_core_ml(const std::string& node) const {
    return resized_.contains(node);
  }

 private:
  std::unordered_map<std::string, bool> half_;
  std::unordered_set<std::string> resized_;
};

/// One look at one model.
class Check {
 public:
  Check(const ir::Function& f, const std::vector<InputRange>& inputs, bool fp16,
        const Converted* converted)
      : f_(f), inputs_(inputs), converted_(converted) {
    options_.fp16 = fp16;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      assumptions_.inputs.push_back({inputs[i].low, inputs[i].high});
      if (inputs[i].given) options_.given |= passes::numerics::input_bit(i);
    }
  }
  void take(const MeasuredRanges& measured) {
    assumptions_.measured = [&measured](ValueId v, bool sentinels) -> std::optional<Interval> {
      const auto at = measured.find(v);
      if (at == measured.end()) return std::nullopt;
      return sentinels ? at->second.small : at->second.all;
    };
  }

  void leave_out_floats() { assumptions_.integers_only = true; }

  std::vector<Finding> run(const Stop& stop) {
    const ir::Function sized = with_sizes(f_);
    options_.flexible = &f_;
    const Ranges ranges(sized, assumptions_, stop);
    std::vector<Finding> out;
    for (const Hazard& h : find_hazards(ranges, options_, stop)) out.push_back(finding(sized, h));
    return out;
  }

 private:
  Finding finding(const ir::Function& f, const Hazard& h) const {
    const auto& kind = info_of(h.kind);
    Finding out;
    out.code = kind.code;
    out.kind = std::string(kind.name);
    out.op = h.op ? std::string(f.op(h.op).schema->name) : "input";
    out.node = h.op ? node_of(f, h.op) : f.value(h.value).name;
    out.value = f.value(h.value).name;
    out.low = h.known.range.lo;
    out.high = h.known.range.hi;
    out.measured = h.known.measured;
    out.fp16_only = h.fp16_only;
    bool given = true;
    std::string from;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if ((h.known.inputs & passes::numerics::input_bit(i)) == 0) continue;
      const InputRange& r = inputs_[i];
      given = given && r.given;
      out.inputs.push_back(r.name);
      if (out.inputs.size() <= 3)
        from += cat(from.empty() ? "" : ", ", r.name, " ",
                    passes::numerics::text_of({r.low, r.high}), " (", r.reason, ")");
    }
    out.message = cat(h.what, out.measured ? " (as runs have shown)" : "",
                      from.empty() ? "" : ", from ", from);
    const bool integers =
        h.kind == passes::numerics::Kind::integers || h.kind == passes::numerics::Kind::index;
    out.handled = converted_ && h.op && !integers && converted_->sees_to(out.node, h.fp16_only);
    if (converted_ && h.kind == passes::numerics::Kind::positions)
      out.handled = out.handled || converted_->leaves_positions_to_core_ml(out.node);
    if ((h.minor && !given) || (out.handled && (!given || out.measured)))
      out.severity = Severity::note;
    out.remedy = remedy(h, out, given);
    return out;
  }

  static std::string remedy(const Hazard& h, const Finding& out, bool given) {
    std::string text;
    if (out.handled) {
      text =
          out.fp16_only
              ? "nothing has to be done, the conversion keeps it in fp32; to have it in fp16, "
              : "nothing has to be done, the conversion computes it in another form; elsewhere, ";
    } else if (out.fp16_only) {
      text = "convert with --precision fp32, or ";
    }
    text += info_of(h.kind).remedy;
    if (!given && !out.inputs.empty())
      text += cat("; where the input is smaller, say so: --range-of ", out.inputs.front(), "=0..1");
    return text;
  }

  const ir::Function& f_;
  const std::vector<InputRange>& inputs_;
  const Converted* converted_;
  Assumptions assumptions_;
  HazardOptions options_;
};

/// Of integers alone: no weight is read and nothing runs, so every conversion can afford it.
Result<std::vector<Finding>> integers_beyond_32_bits(const ir::Function& f,
                                                     const std::vector<RangeOf>& given, Stop stop) {
  TRY(const auto inputs, input_ranges(f, given, kIdentifier));
  Check look(f, inputs, false, nullptr);
  look.leave_out_floats();
  std::vector<Finding> out = look.run(stop);
  std::erase_if(out, [](const Finding& found) { return found.code != Code::W4208; });
  return out;
}

}  // namespace

std::size_t CheckReport::warnings() const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [](const Finding& f) { return f.severity == Severity::warning; }));
}

Error to_error(const Finding& finding) {
  Error e(finding.code, finding.message, finding.remedy);
  e.where.node = finding.node;
  e.where.op = finding.op;
  return e;
}

Status check(const std::string& path, const CheckOptions& options, CheckReport& report,
             Diagnostics& diagnostics) {
  LoadOptions read_as = options.convert.load;
  const Stop stop = options.convert.progress.cancelled;
  read_as.stop = stop;
  TRY(const Model model, load(path, read_as, diagnostics));
  TRY(report.inputs, input_ranges(model.module.main(), options.ranges));
  const SharedPool pool = shared_pool(options.convert.threads);
  TRY(ir::Module source, cleaned(model.module, pool, stop));
  Diagnostics said;
  const auto conversion = convert(model, options.convert, said);
  append_but_integers(said, diagnostics);
  std::optional<Converted> converted;
  if (conversion) {
    converted.emplace(conversion->converted.main());
    report.ops = conversion->converted.main().op_count();
  }
  MeasuredRanges measured;
  if (options.measure) measured = measured_ranges(source, report.inputs, pool, stop);
  report.measured = !measured.empty();
  Check look(source.main(), report.inputs, options.convert.precision != Precision::fp32,
             converted ? &*converted : nullptr);
  if (report.measured) look.take(measured);
  report.findings = look.run(stop);
  TRY(const auto integers, integers_beyond_32_bits(source.main(), options.ranges, stop));
  for (const Finding& found : integers) {
    const auto known = [&](const Finding& f) {
      return f.code == found.code && f.node == found.node;
    };
    if (std::none_of(report.findings.begin(), report.findings.end(), known))
      report.findings.push_back(found);
  }
  TRY_VOID(stop.check());
  if (!conversion) return conversion.error();
  return {};
}

void look_at_integers(const ir::Module& source, Stop stop, Diagnostics& diagnostics) {
  std::int64_t narrowed = 0;
  const ir::Function& f = source.main();
  for_each_op(f, [&](OpId id) {
    for (const ValueId v : f.op(id).results) {
      const ir::Type& t = f.type(v);
      const bool wide = t.is_tensor() && ir::is_integer(t.dtype) && ir::bits_of(t.dtype) > 32;
      if (wide && !f.value(v).known) ++narrowed;
    }
  });
  if (narrowed == 0) return;
  diagnostics.note(
      Error(Code::N3106, cat(narrowed, " values of 64-bit integers are computed in 32 bits")));
  const auto found = integers_beyond_32_bits(f, {}, stop);
  if (!found) return;
  for (const Finding& one : *found) diagnostics.warning(to_error(one));
}

}  // namespace corecast::api
