// Inferring types again after a change.
#pragma once

#include "ir/function.h"

namespace corecast::passes {

/// Infers the op's result types again; true when one changed. A constant size that the model
/// declared where inference has only a symbol of its own making (the size depends on data) is kept.
/// An op that no longer fits keeps its types: the verifier reports it.
bool refresh_op(ir::Function& f, ir::OpId op);
/// refresh_op for what depends on v, as far as types change.
void refresh_users(ir::Function& f, ir::ValueId v);
/// refresh_op for every op, in order; true when a type changed.
bool refresh_all(ir::Function& f);

}  // namespace corecast::passes
