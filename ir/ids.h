// The typed ids of a Function's contents, and the names that the whole IR shares.
#pragma once

#include <cstdint>

#include "base/id.h"

namespace corecast::ir {

struct ValueTag;
struct OpTag;
struct BlockTag;
using ValueId = Id<ValueTag>;
using OpId = Id<OpTag>;
using BlockId = Id<BlockTag>;

/// Identity of an op's schema. The enumerators belong to ops/; the IR knows no op by name.
enum class OpKind : std::uint16_t;

}  // namespace corecast::ir
