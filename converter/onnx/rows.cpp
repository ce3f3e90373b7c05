#include "converter/onnx/rows.h"

#include <map>

#include "ops/activation/activation.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/reduction/reduction.h"

namespace corecast::onnx {

Row find_row(std::string_view domain, std::string_view op_type) {
  using Key = std::pair<std::string_view, std::string_view>;
  static const std::map<Key, Row> rows = {
#define ONNX(domain, OpType, ...) {{domain, #OpType}, __VA_ARGS__},
#include "converter/onnx/onnx_ops.def"
#undef ONNX
  };
  const auto it = rows.find({domain, op_type});
  return it == rows.end() ? nullptr : it->second;
}

}  // namespace corecast::onnx
