#include "converter/onnx/support.h"

#include <onnx/defs/schema.h>

#include <algorithm>
#include <map>

#include "converter/onnx/functions.h"
#include "converter/onnx/rows.h"

namespace corecast::onnx {

using converter::Support;

std::vector<converter::Operator> operators() {
  register_standard_operators();
  std::map<std::string, const proto::OpSchema*> newest;
  const auto all = proto::OpSchemaRegistry::get_all_schemas_with_history();
  for (const auto& schema : all) {
    if (!schema.domain().empty()) continue;
    auto& known = newest[schema.Name()];
    if (!known || schema.SinceVersion() > known->SinceVersion()) known = &schema;
  }
  std::vector<converter::Operator> out;
  for (const auto& [name, schema] : newest) {
    if (schema->deprecated()) continue;
    const bool body = schema->HasFunction() || schema->HasContextDependentFunction();
    out.push_back({name, schema->SinceVersion(),
                   find_row("", name) ? Support::row
                   : body             ? Support::function
                                      : Support::none});
  }
  return out;
}

}  // namespace corecast::onnx
