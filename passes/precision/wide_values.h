// Values that leave f16's range on their way back into it: exponentials under a quotient, sums of
// squares under a root, long sums under a mean. In f32 from what makes them large to what brings
// them back, the result is right; in f16 it is an infinity, or 0, or 0/0.
#pragma once

#include <map>

#include "passes/precision/keep_f32.h"

namespace corecast::passes::precision {

/// Bounds of values, found backwards on demand. Constants are looked at through `ranges`.
class Bounds {
 public:
  Bounds(const ir::Function& f, Ranges& ranges) : f_(f), ranges_(ranges) {}
  ir::Interval of(ir::ValueId v) { return of(v, 0); }

 private:
  ir::Interval of(ir::ValueId v, int depth);
  ir::Interval computed(ir::ValueId v, int depth);

  const ir::Function& f_;
  Ranges& ranges_;
  std::unordered_map<ir::ValueId, ir::Interval> known_;
};

/// The ops on such ways, ends included. A value that nothing brings back is none: it is beyond f16
/// in whatever precision it was computed.
std::map<ir::OpId, Kept> ways_out_and_back(const ir::Function& f, Ranges& ranges);

}  // namespace corecast::passes::precision
