// A format made up for the tests, as small as a frontend can be: a JSON list of layers.
//
//   {"toy": 1, "inputs": {"x": ["batch", 3]},
//    "layers": [{"name": "h", "op": "linear", "of": ["x"], "weight": [[1, 0, 2]], "bias": [0.5]},
//               {"name": "y", "op": "relu", "of": ["h"]}],
//    "outputs": ["y"]}
//
// docs/add_a_frontend.md explains it line by line.
#pragma once

#include "converter/frontend.h"

namespace corecast::toy {

const converter::Frontend& frontend();

}  // namespace corecast::toy
