// The facts of ir/traits.h in words, for documents and bindings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ir/traits.h"

namespace corecast::ir {

std::string_view name_of(Moves m);
std::string_view name_of(Accumulates a);
std::string_view name_of(Overflow o);
std::string_view name_of(Digits d);
std::string_view name_of(Saturates s);
std::string_view name_of(Scale s);
std::string_view name_of(Walk w);
/// Those that look through the op, in the order of the enumeration.
std::vector<std::string> names_of(Walks walks);

}  // namespace corecast::ir
