#include "ops/indexing/indexing.h"

#include <algorithm>

namespace corecast::op {

Result<std::int64_t> place_of(std::int64_t index, std::int64_t size, bool wraps) {
  const bool from_end = index < 0 && index >= -size;
  if (from_end && wraps) return index + size;
  if (index >= 0 && index < size) return index;
  return eval_error("index ", index, " is outside [", wraps ? -size : 0, ", ", size, ")",
                    from_end ? "; negative indices do not count from the end" : "");
}

Result<std::vector<std::int64_t>> places_of(std::vector<std::int64_t> indices, std::int64_t size,
                                            bool wraps) {
  for (auto& i : indices) {
    TRY(i, place_of(i, size, wraps));
  }
  return indices;
}

Tensor copy_runs(const Tensor& x, const std::vector<std::int64_t>& runs, std::int64_t inner,
                 const std::vector<std::int64_t>& dims) {
  Tensor out = Tensor::empty(x.dtype(), dims);
  CC_CHECK(out.count() == static_cast<std::int64_t>(runs.size()) * inner);
  const auto size = static_cast<std::size_t>(ir::bits_of(x.dtype()) / 8);
  const std::size_t bytes = static_cast<std::size_t>(inner) * size;
  if (bytes == 0) return out;
  const std::byte* from = x.bytes().data();
  auto* to = static_cast<std::byte*>(out.mutable_bytes());
  for (const auto run : runs) {
    std::memcpy(to, from + static_cast<std::size_t>(run) * size, bytes);
    to += bytes;
  }
  return out;
}

Status check_along(const Shape& data, const Shape& indices, std::int64_t axis,
                   std::string_view what) {
  bool fits = data.size() == indices.size();
  for (std::size_t i = 0; fits && i < data.size(); ++i) {
    fits = static_cast<std::int64_t>(i) == axis || must_equal(data[i], indices[i]);
  }
  if (fits) return {};
  return infer_error("indices ", ir::to_string(indices), " must agree with ", what, " ",
                     ir::to_string(data), " but in dimension ", axis);
}

Result<std::vector<std::int64_t>> positions_along(const std::vector<std::int64_t>& data,
                                                  const Tensor& indices, std::int64_t axis,
                                                  bool wraps) {
  TRY_VOID(check_along(ir::make_shape(data), ir::make_shape(indices.dims()), axis, "the tensor"));
  const auto strides = row_major_strides(data);
  const auto a = static_cast<std::size_t>(axis);
  TRY(const auto values, places_of(indices.to_ints(), data[a], wraps));
  std::vector<std::int64_t> out;
  for_each_index(indices.dims(), [&](const auto& index) {
    out.push_back(dot(index, strides) + (values[out.size()] - index[a]) * strides[a]);
  });
  return out;
}

Result<Shape> shape_nd(const Shape& data, const Shape& indices, std::int64_t batch_dims) {
  const auto data_rank = static_cast<std::int64_t>(data.size()),
             rank = static_cast<std::int64_t>(indices.size());
  if (rank < 1) return infer_error("indices must have rank 1 or more");
  if (!indices.back().is_constant())
    return infer_error("the last size of indices ", ir::to_string(indices), " is not known");
  const std::int64_t depth = indices.back().value();
  if (batch_dims < 0 || batch_dims >= rank || batch_dims > data_rank) {
    return infer_error("batch_dims ", batch_dims, " is outside [0, ", std::min(rank - 1, data_rank),
                       "]");
  }
  if (batch_dims + depth > data_rank) {
    return infer_error("multi-indices of ", depth, " entries are too long for ",
                       data_rank - batch_dims, " dimensions");
  }
  for (std::int64_t i = 0; i < batch_dims; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (!must_equal(data[at], indices[at])) {
      return infer_error("the tensor ", ir::to_string(data), " and indices ",
                         ir::to_string(indices), " differ in batch dimension ", i);
    }
  }
  Shape out(indices.begin(), indices.end() - 1);
  out.insert(out.end(), data.begin() + batch_dims + depth, data.end());
  return out;
}

Result<std::vector<std::int64_t>> positions_nd(const std::vector<std::int64_t>& data,
                                               const Tensor& indices, std::int64_t batch_dims,
                                               bool wraps, std::int64_t& inner) {
  const auto strides = row_major_strides(data);
  const std::int64_t depth = indices.dims().back();
  inner = 1;
  for (auto i = static_cast<std::size_t>(batch_dims + depth); i < data.size(); ++i)
    inner *= data[i];
  const auto values = indices.to_ints();
  const std::vector<std::int64_t> places(indices.dims().begin(), indices.dims().end() - 1);
  std::vector<std::int64_t> out;
  Status status;
  std::size_t next = 0;
  for_each_index(places, [&](const auto& index) {
    std::int64_t at = 0;
    for (std::int64_t i = 0; i < batch_dims + depth; ++i) {
      const auto d = static_cast<std::size_t>(i);
      const auto place = i < batch_dims ? place_of(index[d], data[d], false)
                                        : place_of(values[next++], data[d], wraps);
      if (place)
        at += *place * strides[d];
      else
        status = place.error();
    }
    out.push_back(at);
  });
  TRY_VOID(status);
  return out;
}

}  // namespace corecast::op
