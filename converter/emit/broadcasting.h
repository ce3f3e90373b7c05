// Laying values out so that they broadcast against others, and bringing them to one element type.
#pragma once

#include <functional>

#include "converter/emit/emit.h"

namespace corecast::emit {

/// A vector along `axis` (counts from 0) of values of `rank`: v reshaped to [1, ..., size, ..., 1].
ValueId along_axis(Emit& e, ValueId v, std::int64_t axis, std::int64_t rank);

/// A format's rules for operands of different element types. ONNX has none: operators demand equal
/// types. numpy and PyTorch have tables, in which scalars weigh less than tensors.
struct Operand {
  DType dtype;
  bool scalar;  ///< rank 0, or a number of the source program's
};
using Promotion = std::function<DType(const Operand&, const Operand&)>;

/// The values cast to the type that `rule` finds for all of them, from left to right; those that
/// have it stay as they are. Values of one type are not shown to the rule.
Values promoted(Emit& e, Values values, const Promotion& rule);

}  // namespace corecast::emit
