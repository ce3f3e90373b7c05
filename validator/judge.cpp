#include "validator/judge.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "base/strings.h"
#include "base/table.h"

namespace corecast::validator {
namespace {

// An fp32 graph may differ from its source by the order of its sums: this much of the output's
// range, more only where the graph is ill-conditioned.
constexpr double kFp32Allowed = 1e-4;
// Two fp32 steps at 1, as implementations of sigmoid and the like differ.
constexpr double kUnitStep = 0x1p-22;
// One fp16 step at the top of the range, where no floor could be drawn. Steps are spread evenly, so
// their mean square is far less.
constexpr double kFp16Step = 0x1p-10, kFp16MeanStep = 0x1p-12;

// How many times what was drawn is explained. A candidate is one more draw: for a false alarm it
// would have to be this much further out than all of them. Early looks are stricter, so looking
// often costs nothing.
struct Margin {
  int draws;
  double factor;
};
constexpr Margin kMargins[] = {{1, 1.0}, {2, 1.2}, {4, 1.5}, {8, 2.0}};
// The largest of few numbers says little of the next one.
constexpr std::int64_t kFewElements = 8;
constexpr double kForFew = 1.5;

double margin(const Evidence& e) {
  double factor = kMargins[0].factor;
  for (const Margin& m : kMargins) {
    if (e.draws >= m.draws) factor = m.factor;
  }
  return e.error.metrics().finite < kFewElements ? factor * kForFew : factor;
}

double allowed_mean(const Evidence& e) {
  const double noise = e.floor ? margin(e) * e.floor->rms : 0;
  if (e.fp16) return e.floor ? noise : kFp16MeanStep;
  return std::max(noise, kFp32Allowed);
}

/// Fewer rows keep their largest element than random rounding leaves them: by more than four
/// standard deviations of the count, so that it is no chance.
bool ranks_worse(const Evidence& e) {
  const Metrics& m = e.error.metrics();
  if (m.rows == 0 || !e.floor || e.floor->rows == 0) return false;
  const double rows = static_cast<double>(m.rows);
  const double expected = (1 - e.floor->top1) * rows;
  return (1 - m.top1) * rows > 2 * expected + 4 * std::sqrt(expected) + 3;
}

// fp16 has no smaller numbers, and functions that are computed next to 1 no smaller ones to tell.
constexpr double kSmallestHalf = 0x1p-24;
bool is_tiny(const Metrics& m) {
  const double most = std::max(std::fabs(m.low), std::fabs(m.high));
  return m.finite > 0 && most > 0 && most < kSmallestHalf;
}

std::string share(double v) { return format_number("%.3g", v); }
std::string decibels(double v) { return format_number("%.1f", v); }

}  // namespace

Ceilings Ceilings::none() {
  constexpr double lowest = -std::numeric_limits<double>::infinity();
  return {.sqnr = lowest, .centred_sqnr = lowest, .agreement = 0};
}

double allowed_error(const Evidence& e) {
  const double noise = e.floor ? margin(e) * e.floor->max_rel : 0;
  double allowed = !e.fp16 ? std::max(noise, kFp32Allowed) : e.floor ? noise : kFp16Step;
  const double range = e.error.metrics().range;
  if (e.unit_scale && range > 0) allowed = std::max(allowed, kUnitStep / range);
  return allowed;
}

bool is_final(const Evidence& e) { return e.draws >= std::end(kMargins)[-1].draws; }

std::optional<std::string> special_elements(const Metrics& m) {
  // What is a number in the candidate alone is said by nothing_compared.
  if (m.nan_mismatches + m.inf_mismatches == m.reference_specials) return std::nullopt;
  if (m.nan_mismatches) return cat(m.nan_mismatches, " elements are NaN on one side only");
  return cat(m.inf_mismatches, " elements are infinite on one side only");
}

std::optional<std::string> beyond_floor(const Evidence& e) {
  if (auto special = special_elements(e.error.metrics())) return special;
  if (const double allowed = allowed_error(e); !(e.error.max_rel() <= allowed))
    return cat("off by ", share(e.error.max_rel()), " of the range, ", share(allowed),
               " is allowed");
  const double mean = e.error.rms();
  if (const double allowed = allowed_mean(e);
      mean > allowed && e.error.metrics().finite >= kFewElements)
    return cat("off by ", share(mean), " of the range in the mean, ", share(allowed),
               " is allowed");
  if (ranks_worse(e))
    return cat("the largest element is another one in ",
               format_number("%.1f", (1 - e.error.metrics().top1) * 100), " % of the rows; ",
               format_number("%.1f", (1 - e.floor->top1) * 100), " % is what rounding does");
  return std::nullopt;
}

std::optional<std::string> below_ceiling(const Metrics& m, bool whole, const Ceilings& ceilings) {
  constexpr std::int64_t kEnoughToVary = 16;
  if (auto special = special_elements(m)) return special;
  if (whole) {
    const double equal =
        m.count ? 1 - static_cast<double>(m.differing) / static_cast<double>(m.count) : 1;
    if (equal >= ceilings.agreement) return std::nullopt;
    return cat("only ", format_number("%.1f", equal * 100), " % of the elements are equal, ",
               format_number("%.0f", ceilings.agreement * 100), " % are wanted");
  }
  if (m.sum_of_squares > 0 && !is_tiny(m) && !(m.sqnr >= ceilings.sqnr))
    return cat("the signal is ", decibels(m.sqnr), " dB above the error, ", decibels(ceilings.sqnr),
               " are wanted");
  if (m.finite >= kEnoughToVary && !m.is_constant() && !is_tiny(m) &&
      !(m.centred_sqnr >= ceilings.centred_sqnr))
    return cat("what varies is ", decibels(m.centred_sqnr), " dB above the error, ",
               decibels(ceilings.centred_sqnr), " are wanted");
  return std::nullopt;
}

std::optional<std::string> nothing_compared(const Metrics& m, bool fixed) {
  if (m.count == 0) return "it has no elements";
  if (m.finite == 0) return "no element is finite";
  if (m.reference_specials > 0)
    return cat(
        m.reference_specials,
        " elements are numbers in the candidate alone: the reference may have left fp32's range");
  if (is_tiny(m)) return "no element reaches 6e-8, the smallest number of fp16";
  if (m.is_constant() && m.finite > 1 && !fixed)
    return cat("all ", m.finite, " elements of the reference are ", m.low);
  return std::nullopt;
}

}  // namespace corecast::validator
