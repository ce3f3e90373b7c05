#include "api/targets.h"

#include <vector>

#include "base/strings.h"

namespace corecast::api {
namespace {

std::int64_t number_of(std::string_view name) {
  std::int64_t number = 0;
  CC_CHECK(parse_int(name.substr(name.find_first_of("0123456789")), number));
  return number;
}

/// "ios15 to ios18, ios26": names whose numbers follow each other are one entry.
std::string ranges(std::string_view (*name)(mil::Target)) {
  std::vector<std::string> entries;
  std::string_view first, last;
  const auto close = [&] {
    if (!first.empty())
      entries.push_back(first == last ? std::string(first) : cat(first, " to ", last));
  };
  for (const mil::Target target : mil::kTargets) {
    const std::string_view next = name(target);
    if (first.empty() || number_of(next) != number_of(last) + 1) {
      close();
      first = next;
    }
    last = next;
  }
  close();
  return join(entries);
}

}  // namespace

const std::string& target_names() {
  static const std::string names = cat(ranges(mil::name_of), ", ", ranges(mil::macos_name));
  return names;
}

Result<std::optional<mil::Target>> parse_target(std::string_view text) {
  if (text.empty()) return std::optional<mil::Target>();
  const auto target = mil::target_from_name(text);
  if (!target) return Error(Code::E1012, cat("unknown target ", quote(text)), target_names());
  return target;
}

}  // namespace corecast::api
