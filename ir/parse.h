// Reads the text form of the IR that ir/print.h describes. The text is untrusted: every error has
// line and column ("3:14: ..."), nesting and sizes are limited.
#pragma once

#include <string_view>

#include "ir/print.h"

namespace corecast::ir {

struct ParseOptions {
  const TensorTable* references = nullptr;  ///< where `ref<...>` constants are looked up
  int max_depth = 64;                       ///< of nested blocks
  std::int64_t max_constant_bytes = std::int64_t{1} << 30;  ///< all splat, seq and dense together
};

/// Errors: E2110 with line and column. Types after the colon may be left out (they are inferred);
/// where given they must agree with inference and may be more precise. Operands may be positional.
Result<Module> parse_module(std::string_view text, const Registry& registry,
                            const ParseOptions& options = {});
/// A text of exactly one function.
Result<Function> parse_function(std::string_view text, const Registry& registry,
                                const ParseOptions& options = {});

/// Whether a value declared as `a` may hold what inference says is `b`: same kind, dtype and rank,
/// and no two constant dims that differ.
bool compatible(const Type& a, const Type& b);

}  // namespace corecast::ir
