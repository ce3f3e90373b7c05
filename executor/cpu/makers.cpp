#include "executor/cpu/lowering.h"
#include "ops/op_kind.h"

namespace corecast::cpu {

// Several ops may share a maker: repeated declarations are harmless.
#define MAKER(Op, maker) bool lower_##maker(Lowering& l);
#include "executor/cpu/makers.def"
#undef MAKER

Maker maker_of(ir::OpKind kind) {
  switch (kind) {
#define MAKER(Op, maker) \
  case ir::OpKind::Op: return lower_##maker;
#include "executor/cpu/makers.def"
#undef MAKER
    default: return nullptr;
  }
}

}  // namespace corecast::cpu
