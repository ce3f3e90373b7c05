// Which of the standard's operators can be imported.
#pragma once

#include <vector>

#include "converter/frontend.h"

namespace corecast::onnx {

/// Every operator of the domain ai.onnx that is not deprecated, alphabetical.
std::vector<converter::Operator> operators();

}  // namespace corecast::onnx
