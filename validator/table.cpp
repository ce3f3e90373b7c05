// The validation table.
#include "base/table.h"

#include "base/strings.h"
#include "validator/validate.h"

namespace corecast::validator {
std::string to_text(const Report& r) {
  std::vector<std::vector<std::string>> rows = {
      {"output", "max abs", "of range", "allowed", "psnr dB", "cosine", "top-1", "verdict"}};
  for (const auto& o : r.outputs) {
    const Metrics& m = o.metrics;
    rows.push_back({o.name, format_number("%.3g", m.max_abs), format_number("%.2e", m.max_rel),
                    format_number("%.2e", o.allowed), format_number("%.1f", m.psnr),
                    format_number("%.6f", m.cosine), m.rows ? format_number("%.3f", m.top1) : "-",
                    o.passed ? "ok" : "FAILED"});
  }
  std::vector<bool> left(rows[0].size(), false);
  left.front() = left.back() = true;
  std::string out = table_text(rows, left);
  for (const auto& o : r.outputs) {
    if (!o.passed) out += cat("  ", o.name, ": ", o.reason, "\n");
  }
  for (const auto& o : r.outputs) {
    if (o.compression > 0)
      out += cat("  ", o.name, ": the compressed weights alone cause ",
                 format_number("%.2e", o.compression), " of the range\n");
  }
  if (r.first_divergence) {
    out += cat("first value to part: ", r.first_divergence->value, " (", r.first_divergence->op,
               "), off by ", format_number("%.2e", r.first_divergence->max_rel), " of its range\n");
  }
  if (!r.self_checked.empty()) out += cat("corecast checked itself: ", r.self_checked, "\n");
  out += cat(r.passed() ? "passed" : "FAILED", ": ", r.candidate, " (", r.precision,
             " model) against ", r.reference, ", ", r.samples,
             r.samples == 1 ? " sample, " : " samples, ",
             r.generated ? "generated inputs" : "given inputs",
             r.self_checked.empty() ? "\n" : ", no independent reference\n");
  return out;
}

}  // namespace corecast::validator
