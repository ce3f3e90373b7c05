// Thresholds that a user sets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "validator/metrics.h"

namespace corecast::validator {

/// Explicit thresholds, which judge instead of floors and ceilings; unset ones do not judge.
struct Thresholds {
  std::optional<double> atol, rtol;  ///< |c - r| <= atol + rtol * |r| for every element
  std::optional<double> psnr, sqnr, cosine, top1,
      max_rel;  ///< lower bounds, but max_rel an upper one
  bool any() const { return atol || rtol || psnr || sqnr || cosine || top1 || max_rel; }
};

/// "psnr>=40,top1>=0.995,max_rel<=1e-3". Errors: E1004.
Result<Thresholds> parse_expectations(std::string_view text);

/// Why the bounds on metrics are not held; empty: they are.
std::string violated(const Metrics& m, const Thresholds& t);
/// The first element beyond atol and rtol, of tensors of one shape; empty: there is none.
std::string worst_element(const ir::Tensor& reference, const ir::Tensor& candidate,
                          const Thresholds& t);

}  // namespace corecast::validator
