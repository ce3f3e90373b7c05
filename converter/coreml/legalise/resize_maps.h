// What a resize_nd does along each of its axes, found by evaluating it: the one description that
// the mapping to MIL's own resizing ops is checked against.
#pragma once

#include "converter/coreml/legalise/site.h"
#include "ops/image/resize_nd.h"

namespace corecast::coreml::legal {

/// One resized axis.
struct ResizeAxis {
  std::int64_t axis = 0;  ///< of x, non-negative
  std::size_t entry = 0;  ///< in scales, sizes, roi
  Dim in, out;
  std::optional<float> scale;  ///< when constant
  bool is_static() const { return in.is_constant() && out.is_constant(); }
};

std::vector<ResizeAxis> resize_axes(Site& s, const op::ResizeNd& o);

/// The op applied to `x` [in] or [in, k] along axis 0 with entry `e` of its parameters; empty when
/// these are not constant or the evaluation fails.
std::optional<Tensor> resize_one_axis(Site& s, const op::ResizeNd& o, const ResizeAxis& a,
                                      const Tensor& x, std::int64_t in, std::int64_t out);

/// Where each output element reads, for nearest and plain linear resizing: an index, or a
/// coordinate within [0, in-1]. Empty as above, or when something outside x is read as another
/// value.
std::optional<std::vector<double>> resize_map(Site& s, const op::ResizeNd& o, const ResizeAxis& a,
                                              std::int64_t in, std::int64_t out);

/// Whether a linear resize has no more to it than interpolation between two neighbours.
bool is_plain_linear(const op::ResizeNd& o, const ResizeAxis& a);

/// Nothing is done along the axis, whatever its size.
bool is_identity(Site& s, const op::ResizeNd& o, const ResizeAxis& a);

}  // namespace corecast::coreml::legal
