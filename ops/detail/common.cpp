#include "ops/detail/common.h"

#include <algorithm>

namespace corecast::op {

Result<std::int64_t> normalize_axis(std::int64_t axis, std::int64_t rank, std::string_view what) {
  if (axis < -rank || axis >= rank) {
    return infer_error(what, " ", axis, " is outside [", -rank, ", ", rank, ") for rank ", rank);
  }
  return axis < 0 ? axis + rank : axis;
}

Result<std::vector<std::int64_t>> normalize_axes(const std::vector<std::int64_t>& axes,
                                                 std::int64_t rank, std::string_view what) {
  std::vector<std::int64_t> out;
  for (const auto axis : axes) {
    TRY(const std::int64_t a, normalize_axis(axis, rank, what));
    if (std::find(out.begin(), out.end(), a) != out.end())
      return infer_error(what, " names ", a, " twice");
    out.push_back(a);
  }
  return out;
}

std::vector<std::int64_t> row_major_strides(const std::vector<std::int64_t>& dims) {
  std::vector<std::int64_t> strides(dims.size(), 1);
  for (std::size_t i = dims.size(); i-- > 1;) strides[i - 1] = strides[i] * dims[i];
  return strides;
}

std::vector<std::int64_t> broadcast_strides(const std::vector<std::int64_t>& dims,
                                            const std::vector<std::int64_t>& to) {
  CC_CHECK(dims.size() <= to.size());
  const auto strides = row_major_strides(dims);
  std::vector<std::int64_t> out(to.size(), 0);
  const std::size_t shift = to.size() - dims.size();
  for (std::size_t i = 0; i < dims.size(); ++i) {
    CC_CHECK(dims[i] == to[shift + i] || dims[i] == 1, "shapes do not broadcast");
    out[shift + i] = dims[i] == 1 ? 0 : strides[i];
  }
  return out;
}

Tensor broadcast_to(const Tensor& tensor, const std::vector<std::int64_t>& dims) {
  Tensor out = Tensor::empty(tensor.dtype(), dims);
  const auto strides = broadcast_strides(tensor.dims(), dims);
  const auto size = static_cast<std::size_t>(ir::bits_of(tensor.dtype()) / 8);
  const auto* from = tensor.bytes().data();
  auto* to = static_cast<std::byte*>(out.mutable_bytes());
  std::int64_t i = 0;
  for_each_index(
      dims, [&](const auto& index) { copy_element(from, dot(index, strides), to, i++, size); });
  return out;
}

}  // namespace corecast::op
