// Metrics: how far a candidate output is from its reference.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ir/tensor.h"

namespace corecast::validator {

/// Over the elements that are finite in both, in double precision. With r the reference, c the
/// candidate, e = c - r, and range = max r - min r (or max |r| where all are equal):
struct Metrics {
  std::int64_t count = 0;
  std::int64_t finite = 0;  ///< of them, finite in both: what the numbers below are about
  bool same_shape = true;
  double max_abs = 0;  ///< max |e|
  double max_rel = 0;  ///< max |e| / range; 0 where e is 0
  double rmse = 0;     ///< sqrt(mean e^2)
  double range = 0;
  double psnr = 0;  ///< 20 log10(range / rmse) in dB; infinite when equal
  double sqnr = 0;  ///< 10 log10(sum r^2 / sum e^2) in dB; infinite when equal
  /// The same of r without its mean: what is left of a small signal on a large offset.
  double centred_sqnr = 0;
  double cosine = 1;                ///< r.c / (|r| |c|)
  std::int64_t nan_mismatches = 0;  ///< NaN on one side only
  std::int64_t inf_mismatches = 0;  ///< infinite on one side only, or of the other sign
  /// Of both: those where the candidate has a number and the reference has none.
  std::int64_t reference_specials = 0;
  std::int64_t rows = 0;  ///< vectors along the last axis, of at least two elements
  double top1 = 1;        ///< part of the rows whose largest element is the same
  double top5 = 1;        ///< part of the rows whose best candidate is among the reference's five
  std::int64_t differing = 0;  ///< elements that are not equal

  // Sums over the finite elements, from which merged metrics are computed.
  double sum = 0, sum_of_squares = 0, error_energy = 0;  ///< of r, r^2, e^2
  double low = 0, high = 0;                              ///< the least and the largest r

  /// All finite elements of the reference are one number.
  bool is_constant() const { return finite > 0 && low == high; }
};

/// Tensors of any numeric type. Shapes that differ give same_shape = false and nothing else.
Metrics measure(const ir::Tensor& reference, const ir::Tensor& candidate);

/// For several samples of one output: sqnr and centred_sqnr over all elements, rows weighted, and
/// the worse of both in every other field.
Metrics merge(const Metrics& a, const Metrics& b);

}  // namespace corecast::validator
