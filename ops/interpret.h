// The interpreter: evaluates a function op by op with the rooms' reference evaluation. Slow and
// obvious; it folds constants and is the oracle for every fast kernel.
#pragma once

#include <functional>

#include "ir/module.h"
#include "ir/named_tensors.h"

namespace corecast::ops {

using ir::NamedTensors;

struct InterpretOptions {
  /// Called with every op result as it is computed.
  std::function<void(ir::ValueId, const ir::Tensor&)> observe;
  /// Applied to every op result before anyone reads it (fp16 mode rounds here); may be empty.
  std::function<ir::Tensor(const ir::Tensor&)> round;
  /// Values of state features, read and written; null: zeros, dropped after the call.
  NamedTensors* states = nullptr;
};

/// Runs `f` on inputs by feature name. Errors: E2102 a missing, unknown or wrongly shaped input.
Result<NamedTensors> interpret(const ir::Function& f, const NamedTensors& inputs,
                               const InterpretOptions& options = {});

/// Evaluates one op on constant operands; empty when an operand is not constant, the op is impure
/// or has blocks, or evaluation fails. Used by the constant folder.
std::optional<ir::Tensors> evaluate_constant(const ir::Function& f, ir::OpId op);

/// Evaluates one op given tensors for its operands (as `lookup` finds them).
Result<ir::Tensors> evaluate_op(const ir::Function& f, ir::OpId op,
                                const std::function<const ir::Tensor*(ir::ValueId)>& lookup);

}  // namespace corecast::ops
