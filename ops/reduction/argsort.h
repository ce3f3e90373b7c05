// argsort: the order that sorts x along one axis.
#pragma once

#include <cstdint>

#include "ops/op_kind.h"

namespace corecast::op {

/// Indices (i32, shape of x) of the elements in sorted order; equal elements by index; NaN counts
/// as larger than any number.
struct Argsort {
  static constexpr OpKind kind = OpKind::Argsort;
  ir::ValueId x;
  std::int64_t axis = -1;
  bool ascending = false;
};

}  // namespace corecast::op
