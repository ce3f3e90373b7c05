#include "passes/precision/reasons.h"

#include <string_view>

#include "base/check.h"

namespace corecast::passes::precision {
namespace {

struct Row {
  bool beyond_f16;
  std::string_view text;
};
constexpr Row kRows[] = {
#define REASON(name, beyond_f16, text) {beyond_f16, text},
#include "passes/precision/reasons.def"
#undef REASON
};

const Row& row(Reason reason) { return kRows[static_cast<std::size_t>(reason)]; }

}  // namespace

bool is_beyond_f16(Reason reason) { return row(reason).beyond_f16; }

std::string to_string(const Kept& kept) {
  std::string out;
  std::string_view rest = row(kept.reason).text;
  for (const std::string& detail : kept.details) {
    const std::size_t at = rest.find("{}");
    CC_CHECK(at != std::string_view::npos, "a detail that the reason's text does not name");
    out.append(rest.substr(0, at)).append(detail);
    rest.remove_prefix(at + 2);
  }
  return out.append(rest);
}

}  // namespace corecast::passes::precision
