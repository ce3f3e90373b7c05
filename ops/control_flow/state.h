// read_state and write_state: tensors that live between calls (iOS 18).
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

struct ReadState {
  static constexpr OpKind kind = OpKind::ReadState;
  ir::ValueId input;
};

/// Makes `data`, of the state's shape and dtype, what the state holds. Without result: reads that
/// follow see it.
struct WriteState {
  static constexpr OpKind kind = OpKind::WriteState;
  ir::ValueId input, data;
};

}  // namespace corecast::op
