#include "converter/coreml/build_info.h"

#include "base/strings.h"
#include "converter/coreml/value_codec.h"

namespace corecast::coreml {
namespace {

constexpr const char* kAttribute = "buildInfo";

std::string shape_key(const std::string& function, const std::string& input) {
  return cat("corecast-shape-", function, "-", input);
}
std::string range_key(const std::string& function) { return cat("corecast-sizes-", function); }

std::string name_key(const std::string& function, const std::string& feature) {
  return cat("corecast-name-", function, "-", feature);
}

const std::string* text_of(const pb::Value& value) {
  const auto& strings = value.immediate().tensor().strings();
  return strings.values_size() == 1 ? &strings.values(0) : nullptr;
}

}  // namespace

BuildInfo read_build_info(const pb::Program& program) {
  BuildInfo info;
  const auto it = program.attributes().find(kAttribute);
  if (it == program.attributes().end()) return info;
  for (const auto& entry : it->second.immediate().dictionary().entries()) {
    const auto* key = text_of(entry.key());
    const auto* value = text_of(entry.value());
    if (key != nullptr && value != nullptr) info[*key] = *value;
  }
  return info;
}

void write_build_info(const BuildInfo& info, pb::Program& program) {
  if (info.empty()) return;
  auto& value = (*program.mutable_attributes())[kAttribute];
  auto& type = *value.mutable_type()->mutable_dictionary();
  type.mutable_key()->mutable_tensor()->set_dtype(pb::DT_STRING);
  type.mutable_value()->mutable_tensor()->set_dtype(pb::DT_STRING);
  auto& dictionary = *value.mutable_immediate()->mutable_dictionary();
  for (const auto& [key, text] : info) {
    auto& entry = *dictionary.add_entries();
    *entry.mutable_key() = text_value(key);
    *entry.mutable_value() = text_value(text);
  }
}

void add_symbols(const ir::Function& f, const std::string& function,
                 const std::vector<std::string>& input_names, BuildInfo& info) {
  const auto& args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const auto& shape = f.type(args[i]).shape;
    if (is_static(shape)) continue;
    std::string text;  // one dim a piece; no dim's text holds a ';'
    for (const auto& dim : shape) text += (text.empty() ? "" : ";") + dim.to_string();
    info[shape_key(function, input_names[i])] = text;
  }
  std::string ranges;
  for (const auto& [symbol, range] : f.symbols) {
    ranges += cat(ranges.empty() ? "" : ";", symbol, "=", range.lo, "..", range.hi);
  }
  if (!ranges.empty()) info[range_key(function)] = ranges;
}

std::optional<ir::Shape> recorded_shape(const BuildInfo& info, const std::string& function,
                                        const std::string& input) {
  const auto it = info.find(shape_key(function, input));
  if (it == info.end()) return std::nullopt;
  ir::Shape shape;
  for (const auto part : split(it->second, ';')) {
    auto dim = ir::Dim::parse(part);
    if (!dim) return std::nullopt;
    shape.push_back(std::move(*dim));
  }
  return shape;
}

std::map<std::string, ir::SymbolRange, std::less<>> recorded_ranges(const BuildInfo& info,
                                                                    const std::string& function) {
  std::map<std::string, ir::SymbolRange, std::less<>> ranges;
  const auto it = info.find(range_key(function));
  if (it == info.end()) return ranges;
  for (const auto part : split(it->second, ';')) {
    const auto equals = part.find('='), dots = part.find("..");
    ir::SymbolRange range;
    if (equals == part.npos || dots == part.npos || dots < equals) continue;
    if (!parse_int(part.substr(equals + 1, dots - equals - 1), range.lo)) continue;
    if (!parse_int(part.substr(dots + 2), range.hi)) continue;
    if (range.lo < 1 || (range.hi >= 0 && range.hi < range.lo)) continue;
    ranges[std::string(part.substr(0, equals))] = range;
  }
  return ranges;
}

void add_source_name(const std::string& function, const std::string& feature,
                     const std::string& source, BuildInfo& info) {
  if (feature != source) info[name_key(function, feature)] = source;
}

std::string recorded_source_name(const BuildInfo& info, const std::string& function,
                                 const std::string& feature) {
  const auto it = info.find(name_key(function, feature));
  return it == info.end() || it->second.empty() ? feature : it->second;
}

}  // namespace corecast::coreml
