#include "compress/report.h"

#include <cmath>
#include <limits>

#include "ir/tensor.h"

namespace corecast::compress {

std::int64_t WeightReport::count() const { return ir::element_count(dims).value_or(0); }

double WeightReport::bits_per_weight() const {
  return count() == 0 ? 0 : static_cast<double>(bytes_after) * 8 / static_cast<double>(count());
}

double WeightReport::sqnr() const {
  return error > 0 ? 10 * std::log10(signal / error) : std::numeric_limits<double>::infinity();
}

double WeightReport::relative_error() const {
  if (error <= 0) return 0;
  return signal > 0 ? std::sqrt(error / signal) : std::numeric_limits<double>::infinity();
}

double WeightReport::optimum_gap() const {
  return bound > 0 ? error / bound - 1 : std::numeric_limits<double>::quiet_NaN();
}

std::size_t Report::bytes_before() const {
  std::size_t n = 0;
  for (const auto& w : weights) n += w.bytes_before;
  return n;
}

std::size_t Report::bytes_after() const {
  std::size_t n = 0;
  for (const auto& w : weights) n += w.bytes_after;
  return n;
}

double Report::bits_per_weight() const {
  double count = static_cast<double>(small_elements), bytes = static_cast<double>(small_bytes);
  for (const auto& w : weights) {
    if (!ir::is_floating(w.dtype)) continue;
    count += static_cast<double>(w.count());
    bytes += static_cast<double>(w.bytes_after);
  }
  return count == 0 ? 0 : bytes * 8 / count;
}

std::size_t Report::compressed() const {
  std::size_t n = 0;
  for (const auto& w : weights) n += w.compressed() ? 1 : 0;
  return n;
}

}  // namespace corecast::compress
