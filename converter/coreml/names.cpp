#include "converter/coreml/names.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace corecast::coreml {
namespace {

constexpr std::array<std::string_view, 24> kReserved = {
    "any",   "bool",  "program", "func",  "tensor", "list",   "dict",   "tuple",
    "true",  "false", "string",  "bf16",  "fp16",   "fp32",   "fp64",   "int8",
    "int16", "int32", "int64",   "uint8", "uint16", "uint32", "uint64", "state"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string identifier(std::string_view name, std::string_view prefix) {
  std::string out(name);
  for (char& c : out) {
    if (!is_letter(c) && !is_digit(c)) c = '_';
  }
  if (out.empty() || is_digit(out[0])) out.insert(0, prefix);
  const bool reserved = std::find(kReserved.begin(), kReserved.end(), out) != kReserved.end();
  return reserved ? out + "_workaround" : out;
}

std::string NameTable::unique(const std::string& wanted) {
  if (reserve(wanted)) return wanted;
  for (std::uint64_t& n = next_[wanted];;) {
    std::string name = cat(wanted, "_", n++);
    if (reserve(name)) return name;
  }
}

}  // namespace corecast::coreml
