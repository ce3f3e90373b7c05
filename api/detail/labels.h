// Class labels: an output of scores becomes a classifier's.
#pragma once

#include "api/types.h"

namespace corecast::api {

/// One label a line, or a JSON array of texts. Errors: E2001 unreadable, E1015 empty, malformed, or
/// with labels that are not unique.
Result<std::vector<std::string>> read_labels(const std::string& path);

/// Puts the labels on the one output that has as many scores. Errors: E1015 there is none, or more.
Status apply_labels(std::vector<std::string> labels, ir::Module& module);

}  // namespace corecast::api
