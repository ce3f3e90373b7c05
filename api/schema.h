// What corecast knows, for machines and for the generated documents.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace corecast::api {

/// "ops" (of the IR), "passes", "recipe" (the JSON Schema of compression recipes), "errors" (the
/// codes), and the name of each frontend that has a list of operators (those that can be imported).
std::vector<std::string> schema_names();

/// As a JSON document, and as a page of Markdown. Errors: E1013 an unknown name.
Result<std::string> schema_json(const std::string& name);
Result<std::string> schema_markdown(const std::string& name);

}  // namespace corecast::api
