// Attribute: a compile-time parameter of an op. std::monostate: not set (an optional one).
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "ir/dtype.h"

namespace corecast::ir {

using Attribute = std::variant<std::monostate, bool, std::int64_t, double, std::string, DType,
                               std::vector<std::int64_t>, std::vector<double>, std::vector<bool>,
                               std::vector<std::string>>;

/// The alternatives' numbers, for schema rows.
enum class AttrKind : std::uint8_t {
  none,
  boolean,
  integer,
  floating,
  string,
  dtype,
  integers,
  floats,
  booleans,
  strings
};
inline AttrKind kind_of(const Attribute& a) { return static_cast<AttrKind>(a.index()); }
std::string_view name_of(AttrKind kind);

/// "3", "[1,2]", "true", "\"same\"", "f16"; floats always show a point, exponent, nan or inf.
std::string to_string(const Attribute& attribute);
/// Bitwise equality for floats, so that NaN equals itself and 0 differs from -0.
bool identical(const Attribute& a, const Attribute& b);

}  // namespace corecast::ir
