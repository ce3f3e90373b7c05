// What compression did to every weight, and why some were left alone.
#pragma once

#include <string>
#include <vector>

#include "ir/dtype.h"

namespace corecast::compress {

struct WeightReport {
  std::string name;
  std::vector<std::string> ops;  ///< that read it
  ir::DType dtype = ir::DType::f16;
  std::vector<std::int64_t> dims;
  std::string scheme;                             ///< as text; "none" when left alone
  std::string reason;                             ///< why it was left alone, or chosen
  std::size_t bytes_before = 0, bytes_after = 0;  ///< in the file, alignment included
  double error = 0;                               ///< sum of squared differences
  double signal = 0;                              ///< sum of squares
  double bound = 0;  ///< no table of this size has a smaller error; 0: unknown
  bool compressed() const { return scheme != "none"; }
  std::int64_t count() const;
  double bits_per_weight() const;
  /// In dB; infinity when lossless.
  double sqnr() const;
  /// Square root of error / signal.
  double relative_error() const;
  /// error / bound - 1: at most so much worse than the best tables; NaN where unknown.
  double optimum_gap() const;
};

struct Report {
  std::vector<WeightReport> weights;  ///< in order of first use
  /// Weights of floats below kMinElements that no rule asked for; not listed, but counted below.
  std::int64_t small = 0, small_elements = 0;
  std::size_t small_bytes = 0;
  std::size_t bytes_before() const;
  std::size_t bytes_after() const;
  /// Stored bits per weight over all weights of floats, the small ones included.
  double bits_per_weight() const;
  std::size_t compressed() const;
};

}  // namespace corecast::compress
