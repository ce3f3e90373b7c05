// What range analysis knows of a value.
#pragma once

#include <cstdint>

#include "ir/interval.h"

namespace corecast::passes::numerics {

struct Known {
  ir::Interval range;
  /// How many steps may have widened the range beyond what any input reaches: operands that depend
  /// on one another, sums of products. 0: its ends can be reached.
  unsigned loose = 0;
  bool whole = false;     ///< all elements are whole numbers
  bool measured = false;  ///< the range, or one that it follows from, is what runs have shown
  /// Elements that stand for "nothing" (masks, -inf) are there beside those of the range.
  bool sentinels = false;
  std::uint64_t inputs = 0;  ///< those that it depends on, one bit each; see input_bit

  double largest() const;
  /// The size of the smallest number that is not excluded.
  double smallest() const;
  double width() const { return range.hi - range.lo; }
  bool within(double limit) const { return largest() <= limit; }
};

/// The bit of input i; inputs from the last bit on share it.
inline std::uint64_t input_bit(std::size_t i) { return std::uint64_t{1} << (i < 63 ? i : 63); }

/// Either of them.
Known join(const Known& a, const Known& b);

}  // namespace corecast::passes::numerics
