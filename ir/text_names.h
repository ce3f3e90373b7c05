// Spelling shared by printer and parser of the text form.
#pragma once

#include <string>
#include <string_view>

#include "base/strings.h"
#include "ir/function.h"

namespace corecast::ir {

inline bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
inline bool is_name_char(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9') || c == '.' || c == '$';
}

/// As it is when an identifier, else quoted. `_` alone stands for an absent operand.
inline std::string name_text(std::string_view name) {
  bool plain = !name.empty() && is_name_start(name[0]) && name != "_";
  for (const char c : name) plain = plain && is_name_char(c);
  return plain ? std::string(name) : quote(name);
}

inline constexpr std::string_view kColorNames[] = {"rgb", "bgr", "grayscale", "grayscale_f16"};
inline std::string_view color_name(ImageInfo::Color color) {
  return kColorNames[static_cast<std::size_t>(color)];
}

/// The feature's name that the text form leaves out: the value's, or one from its position.
inline std::string default_feature_name(const Function& f, ValueId v, std::string_view prefix,
                                        std::size_t index) {
  if (v && !f.value(v).name.empty()) return f.value(v).name;
  return cat(prefix, index);
}
inline std::string default_input_name(const Function& f, std::size_t index) {
  return default_feature_name(f, f.block(f.entry()).args[index], "input_", index);
}
inline std::string default_output_name(const Function& f, std::size_t index) {
  return default_feature_name(f, f.block(f.entry()).results[index], "output_", index);
}

}  // namespace corecast::ir
