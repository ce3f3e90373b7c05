// The weights of a module: what could be compressed, how its readers see it, and why not.
#pragma once

#include <string>
#include <vector>

#include "ir/module.h"

namespace corecast::compress {

/// One constant, or one compressed weight, of a function.
struct Weight {
  std::size_t function = 0;
  ir::ValueId value;
  std::string name;              ///< the source model's; never empty
  std::vector<std::string> ops;  ///< names of the ops that read it, sorted
  ir::DType dtype = ir::DType::f32;
  std::vector<std::int64_t> dims;
  /// Output and input channels, as the readers use the weight (rank 2 or more).
  std::int64_t output_axis = 0, input_axis = 1;
  bool axes_agree = true;  ///< false: its readers take different axes as channels
  std::string refusal;     ///< why it cannot be compressed at all; empty: it can
  std::int64_t count() const;
};

/// Every weight that some op reads, in order of first use. Constants below 10 elements, and what
/// only feeds another compressed weight, are no weights.
std::vector<Weight> find_weights(const ir::Module& module);

}  // namespace corecast::compress
