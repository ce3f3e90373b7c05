// Lists: tensors of one type, in order. Ops on lists are functional: they give the changed list.
// During a run a list is held as one tensor whose first dimension counts the elements. Elements
// that were never written read as zeros. Indices are not negative; reading past the end is an
// error, while writing there makes the list longer (Core ML does so for lists of dynamic length,
// the only ones written past their end by a valid model).
#pragma once

#include <vector>

#include "ir/dtype.h"
#include "ops/op_kind.h"

namespace corecast::op {

/// A list of init_length (a scalar; absent: 1) tensors of sizes elem_shape. dynamic_length: it may
/// grow.
struct MakeList {
  static constexpr OpKind kind = OpKind::MakeList;
  ir::ValueId init_length;
  bool dynamic_length = true;
  std::vector<std::int64_t> elem_shape;
  ir::DType dtype = ir::DType::f32;
};

/// The number of elements, as an i32 scalar.
struct ListLength {
  static constexpr OpKind kind = OpKind::ListLength;
  ir::ValueId ls;
};

/// Element `index`, a scalar.
struct ListRead {
  static constexpr OpKind kind = OpKind::ListRead;
  ir::ValueId ls, index;
};

/// The list with element `index`, a scalar, replaced by `value`.
struct ListWrite {
  static constexpr OpKind kind = OpKind::ListWrite;
  ir::ValueId ls, index, value;
};

/// The elements that the vector `indices` names, stacked: [length of indices, *element].
struct ListGather {
  static constexpr OpKind kind = OpKind::ListGather;
  ir::ValueId ls, indices;
};

/// The list with element indices[i] replaced by value[i], for every i in turn.
struct ListScatter {
  static constexpr OpKind kind = OpKind::ListScatter;
  ir::ValueId ls, indices, value;
};

}  // namespace corecast::op
