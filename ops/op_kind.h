// The kinds of ops, from ops.def.
#pragma once

#include "ir/ids.h"

namespace corecast::ir {

enum class OpKind : std::uint16_t {
#define OP(Struct, name) Struct,
#include "ops/ops.def"
#undef OP
};

}  // namespace corecast::ir

namespace corecast::op {
using ir::OpKind;
}
