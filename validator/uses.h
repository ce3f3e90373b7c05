// What a graph does with the elements of an input, as far as that tells what they stand for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/function.h"

namespace corecast::validator {

struct Uses {
  std::optional<ir::Dim> rows;     ///< they index an axis of this size (the smallest)
  std::string table;               ///< whose axis that is; empty: it has no name
  bool computed = false;           ///< that is no constant
  bool one_hot = false;            ///< that axis is a one-hot code's
  std::vector<double> equals;      ///< constants that they are compared with
  std::optional<ir::Dim> steps;    ///< they say how much of an axis of this size counts
  bool compared = false;           ///< with something else, by order
  bool multiplied = false;         ///< with computed values
  bool chooses = false;            ///< between values, as a condition
  bool masks_scores = false;       ///< by what is made of them: large numbers for 0 or 1
  bool added_to_scores = false;    ///< as they are, before a softmax
  bool hides = false;              ///< 1 or true hides
  bool initial_state = false;      ///< of a recurrent layer
  bool features = false;           ///< multiplied with a matrix as they are
  int convolved = 0;               ///< the rank at which a convolution reads them; 0: none does
  double offset = 0, divisor = 1;  ///< the largest constant that is taken away, that divides
};

/// Of v, through ops that move elements or change their type.
Uses uses_of(const ir::Function& f, ir::ValueId v);

}  // namespace corecast::validator
