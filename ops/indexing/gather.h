// gather, gather_along_axis, gather_nd: elements picked by index. Indices lie in [0, size) or,
// where an op `wraps`, in [-size, size): negative ones then count from the end.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// Slices of x along `axis`: x.shape[:axis] + indices.shape[batch_dims:] + x.shape[axis+1:]. The
/// first batch_dims dimensions of x and indices are aligned (tf.gather); batch_dims <= axis.
struct Gather {
  static constexpr OpKind kind = OpKind::Gather;
  ir::ValueId x, indices;
  std::int64_t axis = 0;
  std::int64_t batch_dims = 0;
  bool wraps = false;
  bool validate_indices = false;
};

/// out[i, j, k] = x[i, indices[i, j, k], k] for axis 1 (numpy.take_along_axis); the result has the
/// shape of indices, which agrees with that of x in the other dimensions.
struct GatherAlongAxis {
  static constexpr OpKind kind = OpKind::GatherAlongAxis;
  ir::ValueId x, indices;
  std::int64_t axis = 0;
  bool wraps = false;
  bool validate_indices = false;
};

/// The last dimension of indices, of size K, holds multi-indices into the K dimensions of x behind
/// the batch dimensions: indices.shape[:-1] + x.shape[batch_dims+K:] (tf.gather_nd). K must be
/// known.
struct GatherNd {
  static constexpr OpKind kind = OpKind::GatherNd;
  ir::ValueId x, indices;
  std::int64_t batch_dims = 0;
  bool wraps = false;
  bool validate_indices = false;
};

}  // namespace corecast::op
