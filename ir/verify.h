// The invariants of a Function that its own methods cannot keep on their own.
//
// - use lists and op lists agree with operands, block results and blocks;
// - every operand is defined before its use, in the same or an enclosing block;
// - operands and attributes fit the schema, and inference agrees with the stored types (which may
// be
//   more precise: a constant where inference has a symbol);
// - inputs and outputs have one Feature each, with distinct names.
#pragma once

#include "base/diagnostics.h"
#include "ir/module.h"

namespace corecast::ir {

/// Adds one error (E2111) per broken invariant, with the function as `graph` and the op's text.
void verify(const Function& f, Diagnostics& out);
void verify(const Module& m, Diagnostics& out);
/// The first error.
Status verify(const Function& f);
Status verify(const Module& m);

}  // namespace corecast::ir
