// The validation table.
#include <cstdio>

#include "base/strings.h"
#include "validator/validate.h"

namespace corecast::validator {
namespace {

std::string number(const char* format, double v) {
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, format, v);
  // printf follows the locale's decimal point; tables do not.
  for (char* p = buffer; *p; ++p) {
    if (*p == ',') *p = '.';
  }
  return buffer;
}

}  // namespace

std::string to_text(const Report& r) {
  std::vector<std::vector<std::string>> rows = {
      {"output", "max abs", "of range", "allowed", "psnr dB", "cosine", "top-1", "verdict"}};
  for (const auto& o : r.outputs) {
    const Metrics& m = o.metrics;
    rows.push_back({o.name, number("%.3g", m.max_abs), number("%.2e", m.max_rel),
                    number("%.2e", o.allowed), number("%.1f", m.psnr), number("%.6f", m.cosine),
                    m.rows ? number("%.3f", m.top1) : "-", o.passed ? "ok" : "FAILED"});
  }
  std::vector<std::size_t> width(rows[0].size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(width[i] - row[i].size(), ' ');
      line += i == 0 || i + 1 == row.size() ? row[i] + space : space + row[i];
      line += "  ";
    }
    out += std::string(trim(line)) + "\n";
  }
  for (const auto& o : r.outputs) {
    if (!o.passed) out += cat("  ", o.name, ": ", o.reason, "\n");
  }
  if (r.first_divergence) {
    out += cat("first value to part: ", r.first_divergence->value, " (", r.first_divergence->op,
               "), off by ", number("%.2e", r.first_divergence->max_rel), " of its range\n");
  }
  out += cat(r.passed() ? "passed" : "FAILED", ": ", r.candidate, " (", r.precision,
             " model) against ", r.reference, ", ", r.samples,
             r.samples == 1 ? " sample, " : " samples, ",
             r.generated ? "generated inputs" : "given inputs", "\n");
  return out;
}

}  // namespace corecast::validator
