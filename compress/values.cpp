#include "compress/values.h"

namespace corecast::compress {

Axis Axis::of(const std::vector<std::int64_t>& dims, std::int64_t axis) {
  CC_CHECK(axis >= 0 && axis < static_cast<std::int64_t>(dims.size()), "axis within the rank");
  Axis a;
  for (std::size_t d = 0; d < dims.size(); ++d) {
    const auto at = static_cast<std::int64_t>(d);
    (at < axis ? a.outer : at == axis ? a.size : a.inner) *= dims[d];
  }
  return a;
}

std::shared_ptr<ir::OwnedBuffer> packed_buffer(std::int64_t count, int bits) {
  const auto bytes = static_cast<std::size_t>((count * bits + 7) / 8);
  return std::make_shared<ir::OwnedBuffer>(bytes);
}

}  // namespace corecast::compress
