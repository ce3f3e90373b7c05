// Which ops the fp16 cast leaves alone, and why.
#pragma once

#include <map>
#include <unordered_map>

#include "passes/precision/cast_fp16.h"
#include "passes/precision/constants.h"
#include "passes/precision/reasons.h"

namespace corecast::passes::precision {

/// Ranges of the function's f32 constants, each read once.
class Ranges {
 public:
  /// All must outlive this object. Once the stop is requested, ranges may be those of a part.
  Ranges(const ir::Function& f, ThreadPool& pool, const Stop& stop)
      : f_(f), pool_(pool), stop_(stop) {}
  const HalfRange& of(ir::ValueId constant);

 private:
  const ir::Function& f_;
  ThreadPool& pool_;
  const Stop& stop_;
  std::unordered_map<ir::ValueId, HalfRange> known_;
};

/// Reasons to stay in f32, by op; ops that have no f32 operands or cannot change at all are not
/// listed. Errors: E1201 a malformed regular expression in the options.
Result<std::map<ir::OpId, Kept>> ops_to_keep(const ir::Function& f, const CastFp16Options& options,
                                             const ops::Rules& rules, Ranges& ranges);

/// Whether the op cannot take part in the cast: it has no data, or passes on what others made.
bool is_boundary(const ir::Function& f, ir::OpId op);

/// What a finite constant beyond f16's range becomes as operand of the op. A number that is added
/// to mask others out leaves room for a second such number: their sum must not be an infinity.
double limit_for(const ir::Function& f, ir::OpId op);

}  // namespace corecast::passes::precision
