// Which element types MIL's ops take, and computing in another type where they do not take the
// IR's.
#pragma once

#include "converter/coreml/legalise/site.h"

namespace corecast::coreml::legal {

enum class Domain : std::uint8_t {
  floats,   ///< f16, f32
  numbers,  ///< and i32
  any,      ///< and bool
  logical,  ///< bool alone
};

/// The data operands of an op (those named, comma-separated) and the types that MIL allows them.
struct DomainRow {
  OpKind kind;
  Domain domain;
  std::string_view operands;
};
/// Null: not restricted beyond the schema.
const DomainRow* domain_of(OpKind kind);
bool allows(Domain domain, DType dtype);

/// Where the op's data have a type that MIL does not allow: the op in a wider type, between casts.
/// Empty when it is fine, or there is no such type.
Values in_wider_type(Site& s);

}  // namespace corecast::coreml::legal
