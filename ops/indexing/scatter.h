// scatter, scatter_along_axis, scatter_nd: elements replaced, or combined with others, by index.
// Indices lie in [0, size) or, where an op `wraps`, in [-size, size): negative ones then count from
// the end. mode: update, add, sub, mul, div, max, min: data[at] = data[at] OP
// updates. Duplicate indices apply in row-major order of the updates (Core ML leaves that order
// open). The dtype of the result is that of data; bool tensors know update only.
#pragma once

#include <string>

#include "ops/op_kind.h"

namespace corecast::op {

/// Slices of `data` along `axis`; updates.shape = data.shape[:axis] + indices.shape +
/// data.shape[axis+1:].
struct Scatter {
  static constexpr OpKind kind = OpKind::Scatter;
  ir::ValueId data, indices, updates;
  std::int64_t axis = 0;
  std::string mode = "add";
  bool wraps = false;
  bool validate_indices = false;
};

/// data[i, indices[i, j, k], k] OP= updates[i, j, k] for axis 1; indices and updates have one
/// shape, which agrees with that of data in the other dimensions.
struct ScatterAlongAxis {
  static constexpr OpKind kind = OpKind::ScatterAlongAxis;
  ir::ValueId data, indices, updates;
  std::int64_t axis = 0;
  std::string mode = "add";
  bool wraps = false;
  bool validate_indices = false;
};

/// The last dimension of indices, of size K, holds multi-indices into the first K dimensions of
/// data; updates.shape = indices.shape[:-1] + data.shape[K:]. K must be known.
struct ScatterNd {
  static constexpr OpKind kind = OpKind::ScatterNd;
  ir::ValueId data, indices, updates;
  std::string mode = "add";
  bool wraps = false;
  bool validate_indices = false;
};

}  // namespace corecast::op
