// A part of a large weight that stands for the whole when schemes are compared.
#pragma once

#include "compress/weights.h"

namespace corecast::compress {

struct Sample {
  ir::Tensor tensor;
  Weight weight;     ///< with the sample's dims
  double share = 1;  ///< of the weight's elements
};

/// Output channels, some side by side in several places, of at most about `elements` elements; the
/// whole weight where it is no larger, or where its channels do not lie one after the other.
Sample sample_of(const ir::Tensor& tensor, const Weight& weight, std::int64_t elements);

}  // namespace corecast::compress
