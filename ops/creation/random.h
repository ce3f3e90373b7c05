// Random tensors. Each gets an i32 (or i64) vector `shape`; the parameters' dtype is the result's.
// Not pure: two of them are two draws. The reference draws the same numbers for the same seed (-1,
// "any seed", counts as 0); other engines draw others, so only distributions compare.
#pragma once

#include <cstdint>
#include <string>

#include "ops/op_kind.h"

namespace corecast::op {

struct RandomUniform {
  static constexpr OpKind kind = OpKind::RandomUniform;
  ir::ValueId shape, low, high;
  std::int64_t seed = -1;
};

/// Normal with the given mean and standard deviation.
struct RandomNormal {
  static constexpr OpKind kind = OpKind::RandomNormal;
  ir::ValueId shape, mean, stddev;
  std::int64_t seed = -1;
};

struct RandomBernoulli {
  static constexpr OpKind kind = OpKind::RandomBernoulli;
  ir::ValueId shape, prob;
  std::int64_t seed = -1;
};

/// `size` class numbers, as floats, per row of x [..., classes]: weights, or logarithms of them.
struct RandomCategorical {
  static constexpr OpKind kind = OpKind::RandomCategorical;
  ir::ValueId x;
  std::string mode = "logits";  ///< "logits" or "probs"
  std::int64_t size = 1;
  std::int64_t seed = -1;
};

}  // namespace corecast::op
