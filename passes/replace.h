// Putting one value in the place of another.
#pragma once

#include "ir/context.h"
#include "ir/function.h"

namespace corecast::passes {

/// Sizes of another value's type that replace a value's own where these are expressions.
enum class Sizes : unsigned char {
  none,
  constant,  ///< those that are known there
  all,       ///< and expressions
};

/// What a value takes over with the uses of another.
struct TakesOver {
  bool name = true;  ///< where it has none of its own
  Sizes sizes = Sizes::none;
};

/// `to` takes the place of `from` in all its uses. Where their types differ, those that follow from
/// it are inferred again.
void take_place(ir::Function& f, ir::ValueId from, ir::ValueId to, TakesOver takes_over = {});

/// Makes the uses ones of `to` instead, and infers nothing: for those who put ops between a value
/// and the uses that it had.
void redirect(ir::Function& f, const std::vector<ir::Use>& uses, ir::ValueId to);

/// Each result of the op that is used becomes a constant, under its name; the op goes, whatever it
/// is. Types are inferred again from what is known now. Returns the bytes of the constants made.
std::int64_t become_constants(ir::Function& f, ir::OpId op, ir::Tensors tensors);

}  // namespace corecast::passes
