// Sizes that may be known at run time only, and reshapes to them.
#pragma once

#include "converter/coreml/legalise/site.h"

namespace corecast::coreml::legal {

/// A product of sizes of values.
class Extent {
 public:
  Extent(std::int64_t n) : number_(n) {}  // NOLINT(google-explicit-constructor): sizes are numbers
  /// The size of v along `axis` (negative: from the end).
  static Extent of(Site& s, ValueId v, std::int64_t axis);

  bool is_constant() const { return places_.empty(); }
  /// Precondition: is_constant().
  std::int64_t value() const { return number_; }
  friend Extent operator*(Extent a, const Extent& b);

 private:
  friend ValueId runtime_size(Site& s, const Extent& e);
  std::int64_t number_ = 1;
  std::vector<std::pair<ValueId, std::int64_t>> places_;  ///< symbolic factors: value, axis
};

/// The size as an i32 of shape [1].
ValueId runtime_size(Site& s, const Extent& e);
/// i32 [n]; a constant when all sizes are.
ValueId sizes(Site& s, const std::vector<Extent>& shape);
/// x under another shape; the sizes are looked up at run time only where more than one is unknown.
ValueId reshape(Site& s, ValueId x, const std::vector<Extent>& shape);
/// The sizes of v.
std::vector<Extent> extents(Site& s, ValueId v);

}  // namespace corecast::coreml::legal
