// reverse_sequence: the heads of sequences of different lengths read backwards.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// For each index b along batch_axis: the first lengths[b] elements along seq_axis in reverse
/// order, the others as they are. lengths: a vector, one entry per index, in [0, size along
/// seq_axis].
struct ReverseSequence {
  static constexpr OpKind kind = OpKind::ReverseSequence;
  ir::ValueId x, lengths;
  std::int64_t seq_axis = 0;
  std::int64_t batch_axis = 0;
};

}  // namespace corecast::op
