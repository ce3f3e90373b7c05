// Names of values, ops and functions in a program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace corecast::coreml {

/// `name` as a legal identifier that is no reserved word: characters other than letters, digits and
/// '_' become '_', and a name that then starts with a digit gets `prefix` in front. Never empty.
/// The same source name always gives the same result, so that values can be matched across formats.
std::string identifier(std::string_view name, std::string_view prefix = "var_");

/// Hands out names, each once.
class NameTable {
 public:
  /// Takes exactly this name; false when it is taken.
  bool reserve(const std::string& name) { return taken_.insert(name).second; }
  /// `wanted`, or the first free one of `wanted`_0, `wanted`_1, ...
  std::string unique(const std::string& wanted);

 private:
  std::unordered_set<std::string> taken_;
  std::unordered_map<std::string, std::uint64_t> next_;  ///< suffix to try next, per wanted name
};

}  // namespace corecast::coreml
