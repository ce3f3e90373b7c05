// Narrowing of element types: the first half of legalisation.
#pragma once

#include "ops/rules.h"
#include "passes/pass.h"

namespace corecast::coreml::legal {

/// Whether the op takes 8-bit integers as they are: quantisation and compressed weights.
bool keeps_small_integers(const ir::OpSchema& schema);

/// Gives every value of `f` an element type that MIL computes with: i64, u64, u32 and the smaller
/// integers become i32, f64 and bf16 become f32. Where the smaller type would have wrapped around,
/// the i32 is wrapped by arithmetic. Inputs and outputs change with their values. True when
/// something changed.
bool narrow_types(ir::Function& f, const ir::Registry& registry, const ops::Rules& rules,
                  passes::PassContext& context);

/// quantize and dequantize become arithmetic where the target lacks them or their integers are not
/// of 8 bits. To be called before narrow_types, which forgets the ranges of small integers.
bool expand_quantization(ir::Function& f, const ir::Registry& registry, const ops::Rules& rules,
                         passes::PassContext& context);

/// Inputs and outputs whose type Core ML has no multi-array for get one that it has, and a cast
/// inside.
bool legalise_interface(ir::Function& f, const ir::Registry& registry, const ops::Rules& rules,
                        passes::PassContext& context);

}  // namespace corecast::coreml::legal
