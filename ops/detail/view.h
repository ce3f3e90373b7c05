// A strided window on a row-major tensor, and copying what is seen through it: what most data
// movement ops reduce to. For the .cpp files of rooms.
#pragma once

#include "ops/detail/common.h"

namespace corecast::op {

/// Element `index` of the view is element offset + dot(index, strides) of the tensor; strides may
/// be zero or negative.
struct View {
  std::int64_t offset = 0;
  std::vector<std::int64_t> strides, dims;
};

/// The whole of a tensor of these sizes.
View whole(const std::vector<std::int64_t>& dims);

/// The elements seen through `view`, packed. All of them must lie inside `x`.
Tensor copy_view(const Tensor& x, const View& view);
/// Likewise for symbolic elements.
Dims copy_view(const Dims& elements, const View& view);

/// A tensor of x's dtype and these sizes, element i of which is element source(i) of x, or zero
/// where source(i) is negative.
template <class Source>
Tensor rearrange(const Tensor& x, const std::vector<std::int64_t>& dims, const Source& source) {
  Tensor out = Tensor::zeros(x.dtype(), dims);
  const auto size = static_cast<std::size_t>(ir::bits_of(x.dtype()) / 8);
  const std::byte* from = x.bytes().data();
  auto* to = static_cast<std::byte*>(out.mutable_bytes());
  for (std::int64_t i = 0; i < out.count(); ++i) {
    const std::int64_t at = source(i);
    if (at >= 0) copy_element(from, at, to, i, size);
  }
  return out;
}

/// A private copy of x, for ops that replace some of its elements.
Tensor copy_of(const Tensor& x);

/// Values with more elements are data, not shapes: no `.known` gives them.
inline constexpr std::int64_t kKnownLimit = 64;
/// The sizes of v, when they are constants and few enough elements for symbolic values.
std::optional<std::vector<std::int64_t>> known_dims(ValueId v, const InferContext& c);
/// Likewise for a shape.
std::optional<std::vector<std::int64_t>> known_dims(const Shape& shape);
/// The elements of v when all are constant integers.
std::optional<std::vector<std::int64_t>> known_ints(ValueId v, const InferContext& c);
/// The elements of an integer tensor, as inference sees known values.
Dims dims_of(const Tensor& t);
/// `d`, but at least 0.
Dim at_least_zero(const Dim& d);
/// The length of the vector `v`; errors when it is no vector or its length is not known.
Result<std::int64_t> vector_length(ValueId v, std::string_view what, const InferContext& c);
/// `count` sizes that depend on data.
Shape fresh_shape(std::int64_t count, InferContext& c);
/// The sizes that `shape` names as integers; errors (naming `what`) on symbols and negative sizes.
Result<std::vector<std::int64_t>> actual_dims(const Shape& shape, std::string_view what);
/// Merges two sizes that must be equal at run time: a known one wins. Empty when they clash.
std::optional<Dim> merged(const Dim& a, const Dim& b);

}  // namespace corecast::op
