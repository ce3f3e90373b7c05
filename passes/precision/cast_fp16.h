// The fp16 cast: floating-point ops compute in 16 bits, as the Neural Engine and the GPU do.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "passes/pass.h"
#include "passes/precision/reasons.h"

namespace corecast::passes {

struct CastFp16Options {
  /// Ops that stay in f32: by IR op name ("softmax"), and by regular expression (ECMAScript, whole
  /// match) on the name of a result or of the source node.
  std::set<std::string, std::less<>> keep_kinds;
  std::vector<std::string> keep_names;
  /// Ops of the default function that were found to need fp32, and why.
  std::map<ir::OpId, precision::Kept> measured;
};

/// The pass `cast-fp16`, lossy: f32 ops become f16 ops, with casts where f16 and f32 meet. Features
/// keep their dtypes; constants are cast on demand, so weights are not copied; names stay. An op
/// stays in f32 when the options say so, when it must (a constant outside f16's range), or when MIL
/// has no f16 form.
///
/// Notes: N3201 an op that stays in f32 and why. Errors: E1201 a malformed regular expression.
Pass cast_fp16_pass(CastFp16Options options);
Pass cast_fp16_pass();

}  // namespace corecast::passes
