// Values of a role: masks, pictures, sounds.
#pragma once

#include "ir/interval.h"
#include "ir/tensor.h"
#include "validator/roles.h"

namespace corecast::validator {

/// `sizes` gives numbers to the symbols of the role; equal seeds give equal values on every
/// platform.
ir::Tensor values_of(const InputRole& role, ir::DType dtype, const std::vector<std::int64_t>& dims,
                     const ir::SymbolValues& sizes, std::uint64_t seed);

/// The safest there is: 1 for masks and lengths, the role's own choice, else zeros.
ir::Tensor plain_values_of(const InputRole& role, ir::DType dtype,
                           const std::vector<std::int64_t>& dims);

/// Maps the least element to the lower end, the largest to the upper one, and the others between
/// them, whole numbers to whole numbers. Equal elements go to the middle.
void stretch(ir::Tensor& t, const ir::Interval& range);

}  // namespace corecast::validator
