// Linear quantisation: every weight becomes a small integer, with a scale (and an offset) per
// block.
#pragma once

#include "base/thread_pool.h"
#include "compress/values.h"

namespace corecast::compress {

enum class ScaleSearch : unsigned char {
  abs_max,  ///< the whole range of each block, as coremltools does
  mse,      ///< the scale (and offset) with the smallest squared error; never worse than abs_max
  /// Half-quadratic (Badri and Shaji, 2023): from the whole range, fits that minimise the robust
  /// error |.|^p, p = 3/4. Outliers keep their place; the squared error may be worse than mse's.
  hqq,
};

struct LinearSpec {
  ir::DType dtype = ir::DType::i8;  ///< i8, u8, i4 or u4
  bool symmetric = true;            ///< no offset (i8, i4), or the middle one (u8: 127, u4: 7)
  ScaleSearch search = ScaleSearch::mse;
  /// Elements of each dim that share a scale, one number per dim; each divides its dim.
  std::vector<std::int64_t> block;
};

/// Integers, scales and offsets of one weight.
struct LinearQuantized {
  std::shared_ptr<ir::OwnedBuffer> data;  ///< packed, of the spec's dtype and the weight's shape
  std::vector<std::int64_t> scale_dims;   ///< dims / block
  std::vector<float> scales;              ///< positive and representable in the weight's dtype
  std::vector<std::int32_t> offsets;      ///< within the spec's dtype; empty: none (all 0)
  /// Sum of importance * (weight - scale * (data - offset))^2, the product rounded to the weight's
  /// dtype as the op does.
  double error = 0;
};

/// Quantises `w` of shape `dims`: data = clip(round_half_even(w / scale) + offset), symmetric modes
/// leaving out the lowest (signed) or highest (unsigned) value. abs_max computes scale, offset and
/// quotient in the weight's dtype, as coremltools does, wherever that does not overflow; a scale
/// that was searched divides in f32. Every element must be finite.
///
/// A block of zeros gets scale 1 and data = offset. A scale that would be zero or denormal in the
/// weight's dtype becomes its smallest normal number; one with which a product could overflow
/// becomes the largest with which none does. Elements of importance 0 do not widen a block's range
/// (a block of nothing else counts as zeros); they are quantised, clipped, all the same.
///
/// The result depends neither on the pool's size nor on the instruction set. Memory: `data`, 4 to 8
/// bytes per block, and the tiles of each thread (the larger of 64 Ki elements and one block, or 32
/// columns, at 14 bytes each); blocks beyond 256 Ki elements are read several times instead.
LinearQuantized quantize_linear(const Values& w, const std::vector<std::int64_t>& dims,
                                const LinearSpec& spec, const Importance& importance,
                                ThreadPool& pool);

}  // namespace corecast::compress
