#include "base/code.h"

namespace corecast {

const std::vector<CodeInfo>& all_codes() {
  static const std::vector<CodeInfo> all = {
#define CC_CODE(code, kind, title, text) {Code::code, #code, ErrorKind::kind, title, text},
#include "base/errors.def"
#undef CC_CODE
  };
  return all;
}

const CodeInfo& info_of(Code code) { return all_codes()[static_cast<std::size_t>(code)]; }

std::optional<Code> code_from_name(std::string_view name) {
  for (const CodeInfo& info : all_codes()) {
    if (info.name == name) return info.code;
  }
  return std::nullopt;
}

}  // namespace corecast
