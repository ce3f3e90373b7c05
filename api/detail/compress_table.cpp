// The tables of a compression.
#include <algorithm>
#include <cmath>

#include "api/compress.h"
#include "base/strings.h"
#include "base/table.h"

namespace corecast::api {
namespace {

using compress::WeightReport;

std::string percent(double part) { return format_number("%.2f%%", part * 100); }

std::string shape_text(const std::vector<std::int64_t>& dims) { return join(dims, "x"); }

/// "12.3 MB".
std::string size_text(std::size_t bytes) {
  const double b = static_cast<double>(bytes);
  if (b >= 1e9) return format_number("%.2f GB", b / 1e9);
  if (b >= 1e6) return format_number("%.2f MB", b / 1e6);
  if (b >= 1e3) return format_number("%.1f kB", b / 1e3);
  return cat(bytes, " B");
}

std::string gap_text(const WeightReport& w) {
  const double gap = w.optimum_gap();
  return std::isnan(gap) ? "-" : percent(std::max(gap, 0.0));
}

}  // namespace

std::string to_text(const Compression& c) {
  std::vector<WeightReport> weights = c.report.weights;
  std::stable_sort(weights.begin(), weights.end(), [](const auto& a, const auto& b) {
    if (a.compressed() != b.compressed()) return a.compressed();
    return a.relative_error() > b.relative_error();
  });
  std::vector<std::vector<std::string>> rows = {{"weight", "op", "shape", "scheme", "bits",
                                                 "before", "after", "sqnr dB", "error", "gap",
                                                 "reason"}};
  for (const WeightReport& w : weights) {
    rows.push_back(
        {w.name, join(w.ops, "|"), shape_text(w.dims), w.scheme,
         format_number("%.2f", w.bits_per_weight()), size_text(w.bytes_before),
         size_text(w.bytes_after),
         w.compressed() && std::isfinite(w.sqnr()) ? format_number("%.1f", w.sqnr()) : "-",
         w.compressed() ? percent(w.relative_error()) : "-", gap_text(w), w.reason});
  }
  std::string out =
      table_text(rows, {true, true, true, true, false, false, false, false, false, false, true});
  const auto& r = c.report;
  out += cat(r.compressed(), " of ", r.weights.size(), " weights compressed");
  if (r.small > 0) out += cat(", ", r.small, " small ones left alone");
  out += cat(": ", size_text(r.bytes_before() + r.small_bytes), " -> ",
             size_text(r.bytes_after() + r.small_bytes), ", ",
             format_number("%.3f", r.bits_per_weight()), " bits per weight\n");
  if (!c.goal.empty()) out += cat("goal: ", c.goal, "\n");
  if (c.outputs.empty()) return out;
  std::vector<std::vector<std::string>> costs = {
      {"output", "max abs", "of range", "psnr dB", "sqnr dB", "cosine", "top-1"}};
  for (const OutputCost& o : c.outputs) {
    const auto& m = o.metrics;
    costs.push_back({o.name, format_number("%.3g", m.max_abs), format_number("%.2e", m.max_rel),
                     format_number("%.1f", m.psnr), format_number("%.1f", m.sqnr),
                     format_number("%.6f", m.cosine),
                     m.rows ? format_number("%.3f", m.top1) : "-"});
  }
  out += "cost at the outputs, against the uncompressed model:\n";
  return out + table_text(costs, {true, false, false, false, false, false, false});
}

}  // namespace corecast::api
