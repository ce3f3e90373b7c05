// The long text for a code, a deployment target or a compression scheme, from the tables that the
// code itself uses.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace corecast::api {

struct Explanation {
  std::string name;   ///< as it is written: "E2001", "ios17", "palettize"
  std::string topic;  ///< "error", "warning", "note", "target" or "scheme"
  std::string title;  ///< half a line
  std::string text;   ///< what it means, how it comes about, what to do
  /// What the tables say of it: {"exit code", "2"}.
  std::vector<std::pair<std::string, std::string>> facts;
};

/// `name`: a code, a target in any spelling, a scheme; upper and lower case alike.
/// Errors: E1028 with the nearest name.
Result<Explanation> explain(std::string_view name);

/// Everything there is to explain: the codes, the targets, the schemes.
std::vector<std::string> explained_names();

/// Some paragraphs in lines of at most 80 columns.
std::string to_text(const Explanation& explanation);

}  // namespace corecast::api
