// The validation table.
#include "base/table.h"

#include <algorithm>

#include "base/strings.h"
#include "validator/validate.h"

namespace corecast::validator {
namespace {

/// "2 samples, generated inputs".
std::string inputs_text(const Report& r) {
  return cat(r.samples, r.samples == 1 ? " sample, " : " samples, ",
             r.generated ? "generated inputs" : "given inputs");
}

/// What the words rest on.
std::string rules_text(const Report& r) {
  if (r.explicit_thresholds) return "judged by the thresholds that were given\n";
  const std::string draws =
      r.draws == 0 ? std::string() : cat("floor: ", r.draws, r.draws == 1 ? " draw; " : " draws; ");
  if (r.ceilings.sqnr < -1e300) return cat(draws, "--max-drop has bounded what is lost\n");
  return cat(draws, "unfit below ", format_number("%g", r.ceilings.sqnr), " dB, or below ",
             format_number("%g", r.ceilings.centred_sqnr), " dB of what varies\n");
}

std::string remedy(const Report& r) {
  if (r.first_lost) {
    return cat("  fp16 loses it first at ", r.first_lost->value, " (", r.first_lost->op, "), ",
               format_number("%.2g", r.first_lost->max_rel),
               " of its range; --precision auto keeps in fp32 what needs it, --precision fp32 "
               "everything\n");
  }
  const bool compressed = std::any_of(r.outputs.begin(), r.outputs.end(),
                                      [](const auto& o) { return o.compression > 0; });
  return compressed
             ? "  more bits, a finer granularity, or --max-drop, which looks for both, help; "
               "--accept unfit takes it as it is\n"
             : "";
}

}  // namespace

std::string to_text(const Report& r) {
  std::vector<std::vector<std::string>> rows = {{"output", "max abs", "of range", "floor",
                                                 "error/floor", "sqnr dB", "cosine", "top-1",
                                                 "verdict"}};
  for (const auto& o : r.outputs) {
    const Metrics& m = o.metrics;
    const bool measured = o.noise_floor > 0;
    rows.push_back({o.name, format_number("%.3g", m.max_abs), format_number("%.2e", m.max_rel),
                    measured ? format_number("%.2e", o.noise_floor) : "-",
                    measured ? format_number("%.2f", m.max_rel / o.noise_floor) : "-",
                    format_number("%.1f", m.sqnr), format_number("%.6f", m.cosine),
                    m.rows ? format_number("%.3f", m.top1) : "-",
                    std::string(title_of(o.verdict))});
  }
  std::vector<bool> left(rows[0].size(), false);
  left.front() = left.back() = true;
  std::string out = table_text(rows, left);
  for (const auto& o : r.outputs) {
    if (!o.passed()) out += cat("  ", o.name, ": ", o.reason, "\n");
  }
  for (const auto& o : r.outputs) {
    if (o.compression > 0)
      out += cat("  ", o.name, ": the compressed weights alone cause ",
                 format_number("%.2e", o.compression), " of the range (",
                 format_number("%.1f", o.compression_sqnr), " dB)\n");
  }
  if (r.verdict() == Verdict::unfit) out += remedy(r);
  if (r.first_divergence) {
    out += cat("first value to part: ", r.first_divergence->value, " (", r.first_divergence->op,
               "), off by ", format_number("%.2e", r.first_divergence->max_rel), " of its range\n");
  }
  out += rules_text(r);
  if (!r.self_checked.empty()) out += cat("corecast checked itself: ", r.self_checked, "\n");
  out += cat(title_of(r.verdict()), r.acceptable() && !r.passed() ? " (accepted)" : "", ": ",
             r.candidate, " (", r.precision, " model) against ", r.reference, ", ", inputs_text(r),
             r.self_checked.empty() ? "\n" : ", no independent reference\n");
  return out;
}

}  // namespace corecast::validator
