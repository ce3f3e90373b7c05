// What most rooms share: dtype sets, axis handling, row-major indexing. For the .cpp files of
// rooms.
#pragma once

#include "base/strings.h"
#include "ir/taken_equal.h"
#include "ops/detail/room.h"
#include "ops/op_kind.h"

namespace corecast::op {

namespace bounds = ir::bounds;
namespace cost = ir::cost;
namespace traits = ir::traits;

using ir::Accumulates;
using ir::BlockId;
using ir::BoundsContext;
using ir::BoundsRow;
using ir::Cost;
using ir::CostContext;
using ir::Digits;
using ir::Dim;
using ir::Dims;
using ir::DType;
using ir::DTypeSet;
using ir::eval_error;
using ir::EvalContext;
using ir::infer_error;
using ir::InferContext;
using ir::Interval;
using ir::Moves;
using ir::OpId;
using ir::OpTraits;
using ir::Overflow;
using ir::Saturates;
using ir::Scale;
using ir::Shape;
using ir::Tensor;
using ir::Tensors;
using ir::Type;
using ir::Types;
using ir::ValueId;
using ir::Walk;
using ir::Walks;
using mil::Target;
using ops::attr;
using ops::block;
using ops::Field;
using ops::make_schema;
using ops::operand;
using ops::OpSchema;
using ops::optional_operand;

inline constexpr DTypeSet kFloats = DTypeSet::of(DType::f16, DType::bf16, DType::f32, DType::f64);
inline constexpr DTypeSet kInts = DTypeSet::of(DType::i8, DType::i16, DType::i32, DType::i64,
                                               DType::u8, DType::u16, DType::u32, DType::u64);
inline constexpr DTypeSet kIndices =
    DTypeSet::of(DType::i8, DType::u8, DType::i16, DType::u16, DType::i32, DType::i64, DType::u32);
inline constexpr DTypeSet kBool = DTypeSet::of(DType::boolean);
inline constexpr DTypeSet kNumbers = kFloats | kInts;
inline constexpr DTypeSet kAny = kNumbers | kBool;
/// What most of MIL's ops compute with, at most.
inline constexpr DTypeSet kMilFloats = DTypeSet::of(DType::f16, DType::f32);
inline constexpr DTypeSet kMilNumbers = kMilFloats | DTypeSet::of(DType::i32);

/// `axis` in [-rank, rank) made non-negative, or an inference error naming the op's parameter.
Result<std::int64_t> normalize_axis(std::int64_t axis, std::int64_t rank,
                                    std::string_view what = "axis");
/// Each normalised; errors on duplicates.
Result<std::vector<std::int64_t>> normalize_axes(const std::vector<std::int64_t>& axes,
                                                 std::int64_t rank, std::string_view what = "axes");

/// Row-major strides in elements; a dim of size 1 keeps its natural stride.
std::vector<std::int64_t> row_major_strides(const std::vector<std::int64_t>& dims);
/// Strides that read `dims` as if broadcast to `to` (0 where repeated). CHECKs that it broadcasts.
std::vector<std::int64_t> broadcast_strides(const std::vector<std::int64_t>& dims,
                                            const std::vector<std::int64_t>& to);

/// Calls visit(index) for every multi-index of `dims` in row-major order (once for rank 0).
template <class Visit>
void for_each_index(const std::vector<std::int64_t>& dims, Visit&& visit) {
  for (const auto d : dims) {
    if (d <= 0) return;
  }
  std::vector<std::int64_t> index(dims.size(), 0);
  while (true) {
    visit(static_cast<const std::vector<std::int64_t>&>(index));
    std::size_t axis = dims.size();
    while (axis > 0 && ++index[axis - 1] == dims[axis - 1]) index[--axis] = 0;
    if (axis == 0) return;
  }
}

inline std::int64_t dot(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Copies one element of any byte-sized dtype between tensors of equal dtype.
inline void copy_element(const std::byte* from, std::int64_t i, std::byte* to, std::int64_t j,
                         std::size_t size) {
  std::memcpy(to + static_cast<std::size_t>(j) * size, from + static_cast<std::size_t>(i) * size,
              size);
}

/// False when the two sizes differ for every value of the symbols; a symbol may equal anything.
inline bool may_equal(const Dim& a, const Dim& b) {
  const Dim difference = a - b;
  return !difference.is_constant() || difference.value() == 0;
}
/// The same for an op that works only where they are equal: what is left to the symbols becomes a
/// rule of the graph (ir/size_rules.h).
inline bool must_equal(const Dim& a, const Dim& b) {
  const bool possible = may_equal(a, b);
  if (possible) ir::take_equal(a, b);
  return possible;
}

/// `tensor` repeated to `dims` (numpy broadcasting); shares nothing.
Tensor broadcast_to(const Tensor& tensor, const std::vector<std::int64_t>& dims);

}  // namespace corecast::op
