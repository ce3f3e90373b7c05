#include "validator/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace corecast::validator {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Agreement of the best element along the last axis. Ties in the reference count as agreement.
void rank_agreement(const std::vector<double>& r, const std::vector<double>& c, std::int64_t width,
                    Metrics& m) {
  if (width < 2) return;
  std::int64_t same = 0, among = 0, rows = 0;
  const auto w = static_cast<std::size_t>(width);
  for (std::size_t at = 0; at + w <= r.size(); at += w) {
    const auto best = std::max_element(c.begin() + static_cast<std::ptrdiff_t>(at),
                                       c.begin() + static_cast<std::ptrdiff_t>(at + w)) -
                      c.begin();
    const double value = r[static_cast<std::size_t>(best)];
    std::int64_t larger = 0;
    for (std::size_t i = at; i < at + w; ++i) larger += r[i] > value ? 1 : 0;
    same += larger == 0 ? 1 : 0;
    among += larger < 5 ? 1 : 0;
    ++rows;
  }
  m.rows = rows;
  m.top1 = rows ? static_cast<double>(same) / static_cast<double>(rows) : 1;
  m.top5 = rows ? static_cast<double>(among) / static_cast<double>(rows) : 1;
}

double decibels(double signal, double noise) {
  return noise == 0 ? kInfinity : 10 * std::log10(signal / noise);
}

/// From the sums.
void set_ratios(Metrics& m) {
  const double mean = m.finite ? m.sum / static_cast<double>(m.finite) : 0;
  // Never below 0 by rounding; 0 where all are equal.
  const double spread = m.low == m.high ? 0 : std::max(0.0, m.sum_of_squares - m.sum * mean);
  m.sqnr = decibels(m.sum_of_squares, m.error_energy);
  m.centred_sqnr = decibels(spread, m.error_energy);
}

}  // namespace

Metrics measure(const ir::Tensor& reference, const ir::Tensor& candidate) {
  Metrics m;
  m.count = reference.count();
  if (reference.dims() != candidate.dims()) {
    m.same_shape = false;
    return m;
  }
  const std::vector<double> r = reference.to_doubles(), c = candidate.to_doubles();
  double low = kInfinity, high = -kInfinity, ee = 0, rr = 0, cc = 0, rc = 0;
  std::int64_t finite = 0;
  for (std::size_t i = 0; i < r.size(); ++i) {
    m.reference_specials += !std::isfinite(r[i]) && std::isfinite(c[i]) ? 1 : 0;
    if (std::isnan(r[i]) || std::isnan(c[i])) {
      m.nan_mismatches += std::isnan(r[i]) != std::isnan(c[i]) ? 1 : 0;
      m.differing += std::isnan(r[i]) != std::isnan(c[i]) ? 1 : 0;
      continue;
    }
    if (std::isinf(r[i]) || std::isinf(c[i])) {
      m.inf_mismatches += r[i] != c[i] ? 1 : 0;
      m.differing += r[i] != c[i] ? 1 : 0;
      continue;
    }
    const double e = c[i] - r[i];
    m.differing += e != 0 ? 1 : 0;
    m.sum += r[i];
    m.max_abs = std::max(m.max_abs, std::fabs(e));
    low = std::min(low, r[i]);
    high = std::max(high, r[i]);
    ee += e * e;
    rr += r[i] * r[i];
    cc += c[i] * c[i];
    rc += r[i] * c[i];
    ++finite;
  }
  m.finite = finite;
  if (finite == 0) {
    m.psnr = m.sqnr = m.centred_sqnr = kInfinity;
    return m;
  }
  m.low = low;
  m.high = high;
  m.sum_of_squares = rr;
  m.error_energy = ee;
  m.range = high > low ? high - low : std::max(std::fabs(high), std::fabs(low));
  // Zeros have no range to take a share of; their errors count as they are.
  m.max_rel = m.max_abs / (m.range > 0 ? m.range : 1);
  m.rmse = std::sqrt(ee / static_cast<double>(finite));
  m.psnr = m.rmse == 0 ? kInfinity : 20 * std::log10(m.range / m.rmse);
  set_ratios(m);
  m.cosine = rr > 0 && cc > 0 ? rc / std::sqrt(rr * cc) : (rr == cc ? 1 : 0);
  rank_agreement(r, c, reference.rank() ? reference.dims().back() : 0, m);
  return m;
}

Metrics merge(const Metrics& a, const Metrics& b) {
  if (a.count == 0) return b;
  if (b.count == 0) return a;
  Metrics m;
  m.count = a.count + b.count;
  m.same_shape = a.same_shape && b.same_shape;
  m.max_abs = std::max(a.max_abs, b.max_abs);
  m.max_rel = std::max(a.max_rel, b.max_rel);
  m.rmse = std::max(a.rmse, b.rmse);
  m.range = std::max(a.range, b.range);
  m.psnr = std::min(a.psnr, b.psnr);
  m.finite = a.finite + b.finite;
  m.differing = a.differing + b.differing;
  m.sum = a.sum + b.sum;
  m.sum_of_squares = a.sum_of_squares + b.sum_of_squares;
  m.error_energy = a.error_energy + b.error_energy;
  m.low = a.finite && b.finite ? std::min(a.low, b.low) : a.finite ? a.low : b.low;
  m.high = a.finite && b.finite ? std::max(a.high, b.high) : a.finite ? a.high : b.high;
  set_ratios(m);
  m.cosine = std::min(a.cosine, b.cosine);
  m.nan_mismatches = a.nan_mismatches + b.nan_mismatches;
  m.inf_mismatches = a.inf_mismatches + b.inf_mismatches;
  m.reference_specials = a.reference_specials + b.reference_specials;
  m.rows = a.rows + b.rows;
  const auto mean = [&](double x, double y) {
    return m.rows ? (x * static_cast<double>(a.rows) + y * static_cast<double>(b.rows)) /
                        static_cast<double>(m.rows)
                  : 1;
  };
  m.top1 = mean(a.top1, b.top1);
  m.top5 = mean(a.top5, b.top5);
  return m;
}

}  // namespace corecast::validator
