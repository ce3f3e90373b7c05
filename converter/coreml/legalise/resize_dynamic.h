// Resizing along an axis whose sizes are known at run time only.
#pragma once

#include "converter/coreml/legalise/resize_maps.h"

namespace corecast::coreml::legal {

/// Nearest and plain linear resizing of x along a.axis, from coordinates computed by ops; empty for
/// the other modes.
ValueId resize_at_run_time(Site& s, const op::ResizeNd& o, ValueId x, const ResizeAxis& a);

}  // namespace corecast::coreml::legal
