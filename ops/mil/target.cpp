#include "ops/mil/target.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace corecast::mil {
namespace {

struct Row {
  std::string_view ios, macos, opset;
  int spec;
};

// clang-format off
constexpr Row kRows[] = {
    {"ios15", "macos12", "CoreML5", 6},
    {"ios16", "macos13", "CoreML6", 7},
    {"ios17", "macos14", "CoreML7", 8},
    {"ios18", "macos15", "CoreML8", 9},
    {"ios26", "macos26", "CoreML9", 10},
};
// clang-format on
const Row& row(Target target) { return kRows[static_cast<std::size_t>(target)]; }

}  // namespace

std::string_view name_of(Target target) { return row(target).ios; }
std::string_view macos_name(Target target) { return row(target).macos; }
int spec_version(Target target) { return row(target).spec; }
std::string_view opset_name(Target target) { return row(target).opset; }

std::optional<Target> target_from_name(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const Target target : kTargets) {
    if (lower == name_of(target) || lower == macos_name(target)) return target;
  }
  return std::nullopt;
}

}  // namespace corecast::mil
