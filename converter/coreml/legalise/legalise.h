// Legalise: from the IR's wide world to what Core ML's MIL of one target accepts.
//
// - dtypes: 64-bit and unsigned 32-bit integers become i32, f64 and bf16 become f32; small integers
//   and bools become i32 where MIL takes no such tensors, at inputs and outputs included;
// - ops without a MIL form, or whose MIL form is narrower than the IR's, become MIL ops that
// compute
//   the same numbers (up to rounding).
//
// Runs as often as one likes: legal functions are left alone.
#pragma once

#include "ops/op_kind.h"
#include "passes/pipeline.h"

namespace corecast::coreml {

/// The pass `legalise`, for PassContext::rules (without a version: any target will do, old forms
/// are preferred).
///
/// Notes and warnings go to PassContext::diagnostics: N3101 a dtype that was narrowed, W3102 a
/// constant whose values do not fit the narrower dtype, N3103 an input or output that changed its
/// dtype, N3105 a scalar input that became a vector of one element, W3104 compressed weights that
/// the target has no form for. Errors: E3003 (unsupported), one diagnostic for each op that the
/// target has no way to express; the pass fails with their summary.
passes::Pass legalise_pass();

/// The passes that a conversion to Core ML may run: those of passes/, and legalise.
const passes::PassList& passes();

/// Whether there is an expansion for ops of this kind (for some of their forms, at least).
bool has_expansion(ir::OpKind kind);

}  // namespace corecast::coreml
