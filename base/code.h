// Code: what can go wrong, each thing once. The register is base/errors.def; what a code means and
// whose fault it is follow from the code alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace corecast {

/// What kind of failure it is; decides the exit code and the Python exception.
enum class ErrorKind : unsigned char {
  usage,        ///< wrong options or configuration (exit 2, UsageError)
  input,        ///< unreadable or malformed input (exit 2, InputError)
  unsupported,  ///< understood, but cannot be converted (exit 3, UnsupportedError)
  gate,         ///< a check on numbers or budgets failed (exit 1, GateError)
  absent,       ///< a requested backend or check is not available (exit 4, AbsentError)
  limit,        ///< memory, disk, time or a configured limit (exit 5, LimitError)
  interrupted,  ///< the user asked to stop (exit 130)
  internal,     ///< a bug of ours (exit 70, InternalError)
  notice,       ///< no failure: warnings and notes
};

enum class Code : std::uint16_t {
#define CC_CODE(code, kind, title, text) code,
#include "base/errors.def"
#undef CC_CODE
};

/// A line of the register.
struct CodeInfo {
  Code code;
  std::string_view name;  ///< "E2001": stable, what users and scripts know it by
  ErrorKind kind;
  std::string_view title;  ///< the one thing that it means, for lists
  std::string_view text;   ///< what it means, how it comes about, what to do
};

const CodeInfo& info_of(Code code);
inline std::string_view name_of(Code code) { return info_of(code).name; }
inline ErrorKind kind_of(Code code) { return info_of(code).kind; }
/// Empty when there is none of this name.
std::optional<Code> code_from_name(std::string_view name);
/// The whole register, in its order.
const std::vector<CodeInfo>& all_codes();

/// For cat() of base/strings.h.
inline void append_to(std::string& out, Code code) { out += name_of(code); }

}  // namespace corecast
