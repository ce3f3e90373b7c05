// Putting one value in the place of another.
#pragma once

#include "ir/context.h"
#include "ir/function.h"

namespace corecast::passes {

/// What a value takes over with the uses of another.
struct TakesOver {
  bool name = true;    ///< where it has none of its own
  bool sizes = false;  ///< constant ones where its own type has expressions
};

/// `to` takes the place of `from` in all its uses. Where their types differ, those that follow from
/// it are inferred again.
void take_place(ir::Function& f, ir::ValueId from, ir::ValueId to, TakesOver takes_over = {});

/// Each result of the op that is used becomes a constant, under its name; the op goes, whatever it
/// is. Types are inferred again from what is known now. Returns the bytes of the constants made.
std::int64_t become_constants(ir::Function& f, ir::OpId op, ir::Tensors tensors);

}  // namespace corecast::passes
