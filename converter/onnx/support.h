// Which of the standard's operators can be imported.
#pragma once

#include <string>
#include <vector>

namespace corecast::onnx {

enum class Support : unsigned char {
  none,
  row,       ///< onnx_ops.def has a row for it
  function,  ///< expanded by the body that the standard gives
};
const char* name_of(Support support);

struct OperatorSupport {
  std::string name;
  int since_version;  ///< of the newest definition
  Support support;
};

/// Every operator of the domain ai.onnx that is not deprecated, alphabetical.
std::vector<OperatorSupport> operator_support();

}  // namespace corecast::onnx
