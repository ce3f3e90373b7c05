#include "executor/lowering.h"
#include "ops/op_kind.h"

namespace corecast::executor {

// Several ops may share a maker: repeated declarations are harmless.
#define KERNEL(Op, maker) bool lower_##maker(Lowering& l);
#include "executor/cpu/kernels.def"
#undef KERNEL

Maker maker_of(ir::OpKind kind) {
  switch (kind) {
#define KERNEL(Op, maker) \
  case ir::OpKind::Op: return lower_##maker;
#include "executor/cpu/kernels.def"
#undef KERNEL
    default: return nullptr;
  }
}

}  // namespace corecast::executor
