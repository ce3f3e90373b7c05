// What the table of ops says of an op beyond its parameters, for documents.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "ir/schema.h"

namespace corecast::api {

/// An object of the facts in ir/traits.h, by their names there; `bounded`: bounds are stated.
nlohmann::ordered_json op_traits(const ir::OpSchema& schema);
/// One line of what is not the usual answer: "elementwise, commutative, overflow: both". Empty when
/// there is nothing to say.
std::string traits_line(const nlohmann::ordered_json& traits);
/// What the words of the lines mean, in Markdown.
std::string traits_legend();

}  // namespace corecast::api
