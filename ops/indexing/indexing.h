// Where indices point: shared by the gather and scatter rooms.
#pragma once

#include "ops/detail/view.h"

namespace corecast::op {

/// The place in [0, size) that an index names, a negative one counting from the end if it `wraps`.
/// Fails when there is none.
Result<std::int64_t> place_of(std::int64_t index, std::int64_t size, bool wraps);
/// Of each index.
Result<std::vector<std::int64_t>> places_of(std::vector<std::int64_t> indices, std::int64_t size,
                                            bool wraps);

/// The elements of x in runs of `inner` from each of `runs`, as a tensor of sizes `dims`.
Tensor copy_runs(const Tensor& x, const std::vector<std::int64_t>& runs, std::int64_t inner,
                 const std::vector<std::int64_t>& dims);

/// Whether indices fit a tensor (called `what`) indexed along one axis: equal ranks, and sizes that
/// agree in the other dimensions.
Status check_along(const Shape& data, const Shape& indices, std::int64_t axis,
                   std::string_view what);
/// The element of a tensor of sizes `data` that each index names: its own place, but for `axis`.
Result<std::vector<std::int64_t>> positions_along(const std::vector<std::int64_t>& data,
                                                  const Tensor& indices, std::int64_t axis,
                                                  bool wraps);

/// Shape of what multi-indices in the last dimension of `indices` name: indices.shape[:-1] +
/// data.shape[batch_dims+K:], K being that dimension's size.
Result<Shape> shape_nd(const Shape& data, const Shape& indices, std::int64_t batch_dims);
/// First element of the slice that each multi-index names; `inner`: elements of a slice. shape_nd
/// must have accepted the sizes.
Result<std::vector<std::int64_t>> positions_nd(const std::vector<std::int64_t>& data,
                                               const Tensor& indices, std::int64_t batch_dims,
                                               bool wraps, std::int64_t& inner);

constexpr std::string_view kIndicesDoc =
    "Integers in [0, size of the dimension), or from -size on where the op wraps.";
constexpr std::string_view kWrapsDoc = "Negative indices count from the end: -1 is the last.";

}  // namespace corecast::op
