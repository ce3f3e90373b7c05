// What the words of a validation rest on: rules about one output, each with its reason.
#pragma once

#include <optional>
#include <string>

#include "validator/noise.h"

namespace corecast::validator {

/// What a user would not call good, whatever caused it.
struct Ceilings {
  double sqnr = 20;          ///< dB, over all elements and samples
  double centred_sqnr = 10;  ///< dB, of what varies; asked of 16 elements and more
  double agreement = 0.9;    ///< of whole numbers and booleans: the part that is equal
  /// Everything is of use that is a number where it should be one.
  static Ceilings none();
};

/// What was measured of one output.
struct Evidence {
  Distance error;                ///< from what `floor` was measured around
  const Floor* floor = nullptr;  ///< null: nothing is known
  int draws = 0;                 ///< behind it
  bool fp16 = false;
  /// The output is computed next to 1: every implementation is off by fp32's step there.
  bool unit_scale = false;
};

/// The largest error, as a share of the range, that the floor explains.
double allowed_error(const Evidence& e);
/// Why the error is not explained by rounding; nothing: it is.
std::optional<std::string> beyond_floor(const Evidence& e);
/// Whether more draws may be of use: few explain less.
bool is_final(const Evidence& e);

/// Why these numbers are of no use; nothing: they are. `whole`: of integers or booleans.
std::optional<std::string> below_ceiling(const Metrics& m, bool whole, const Ceilings& ceilings);

/// Why nothing can be said of equal numbers; nothing: enough was compared. `fixed`: the output does
/// not depend on any input.
std::optional<std::string> nothing_compared(const Metrics& m, bool fixed);

/// NaN or infinite where the reference is a number, or an infinity of the other sign.
std::optional<std::string> special_elements(const Metrics& m);

}  // namespace corecast::validator
