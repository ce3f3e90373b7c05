// Steps evaluated by an op's room: the fallback for every op without a fast kernel, and the way
// that nested blocks and data-dependent shapes run.
#pragma once

#include "executor/frame.h"
#include "executor/model.h"

namespace corecast::executor {

/// Evaluates the op on the frame's current values. Results are in storage types and rounded as the
/// precision asks.
Result<ir::Tensors> evaluate(Model& model, Frame& frame, ir::OpId op);

/// Runs a step without an engine.
Status run_reference(Model& model, Frame& frame, const Step& step);

/// Evaluates an op on constants alone, before there is a frame. `declared`: in the declared element
/// types and unrounded (compressed weights), else in storage types.
Result<ir::Tensors> evaluate_constants(Model& model, const ConcreteTypes& types, ir::OpId op,
                                       bool declared);

/// Values that the op's nested blocks read from outside.
std::vector<ir::ValueId> captured_values(const ir::Function& f, ir::OpId op);

}  // namespace corecast::executor
