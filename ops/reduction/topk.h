// topk: the largest or smallest elements along one axis, and where they are.
#pragma once

#include <cstdint>

#include "ir/dtype.h"
#include "ops/op_kind.h"

namespace corecast::op {

/// Results: values and, with return_indices, indices; both like x with size k along `axis`. Sorted,
/// equal elements by index; NaN counts as larger than any number. k = -1: the whole axis.
struct Topk {
  static constexpr OpKind kind = OpKind::Topk;
  ir::ValueId x;
  std::int64_t k = 1;
  std::int64_t axis = -1;
  bool ascending = false;  ///< false: the largest, descending; true: the smallest, ascending
  bool sort = true;        ///< false: any order will do
  bool return_indices = true;
  ir::DType output_indices_dtype = ir::DType::i32;
};

}  // namespace corecast::op
