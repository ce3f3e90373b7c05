// Types between the IR and a program message.
#pragma once

#include <functional>

#include "base/result.h"
#include "converter/coreml/proto/mil.pb.h"
#include "ir/type.h"

namespace corecast::coreml {

/// Dims that are no constants become unknown. Errors: E2502, the element type exists in no program.
Result<pb::Type> encode_type(const ir::Type& type);

/// Makes a dim for an unknown size; called once per unknown dim, in order.
using NewDim = std::function<ir::Dim()>;

/// Errors: E2405 malformed, E2424 a type that the IR has no place for (tuple, dictionary, unknown
/// rank).
Result<ir::Type> decode_type(const pb::Type& type, const NewDim& new_dim);

/// A tensor type of unknown rank, which some files give to data-dependent results.
bool has_unknown_rank(const pb::Type& type);

/// "fp16[1,?,3]": the declared type, for messages.
std::string type_text(const pb::Type& type);

}  // namespace corecast::coreml
