#include "ops/detail/view.h"

namespace corecast::op {

namespace {

// One innermost row: a plain loop over elements of the same width.
template <class T>
void copy_row(const std::byte* from, std::int64_t stride, std::byte* to, std::int64_t count) {
  if (stride == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(T));
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) {
    std::memcpy(to + i * static_cast<std::int64_t>(sizeof(T)),
                from + i * stride * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  }
}

void copy_row(std::size_t size, const std::byte* from, std::int64_t stride, std::byte* to,
              std::int64_t count) {
  switch (size) {
    case 1: return copy_row<std::uint8_t>(from, stride, to, count);
    case 2: return copy_row<std::uint16_t>(from, stride, to, count);
    case 4: return copy_row<std::uint32_t>(from, stride, to, count);
    case 8: return copy_row<std::uint64_t>(from, stride, to, count);
    default: CC_UNREACHABLE("element of an unexpected width");
  }
}

}  // namespace

View whole(const std::vector<std::int64_t>& dims) { return {0, row_major_strides(dims), dims}; }

Tensor copy_view(const Tensor& x, const View& view) {
  Tensor out = Tensor::empty(x.dtype(), view.dims);
  if (out.count() == 0) return out;
  auto outer = view.dims;
  auto outer_strides = view.strides;
  std::int64_t row = 1, stride = 1;
  if (!outer.empty()) {
    row = outer.back(), stride = outer_strides.back();
    outer.pop_back(), outer_strides.pop_back();
  }
  const auto size = static_cast<std::size_t>(ir::bits_of(x.dtype()) / 8);
  const auto width = static_cast<std::int64_t>(size);
  const std::byte* from = x.bytes().data();
  auto* to = static_cast<std::byte*>(out.mutable_bytes());
  for_each_index(outer, [&](const auto& index) {
    copy_row(size, from + (view.offset + dot(index, outer_strides)) * width, stride, to, row);
    to += row * width;
  });
  return out;
}

Dims copy_view(const Dims& elements, const View& view) {
  Dims out;
  for_each_index(view.dims, [&](const auto& index) {
    out.push_back(elements.at(static_cast<std::size_t>(view.offset + dot(index, view.strides))));
  });
  return out;
}

Tensor copy_of(const Tensor& x) { return copy_view(x, whole(x.dims())); }

std::optional<std::vector<std::int64_t>> known_dims(const Shape& shape) {
  if (!ir::is_static(shape)) return std::nullopt;
  auto dims = ir::static_dims(shape);
  const auto count = ir::element_count(dims);
  return count && *count <= kKnownLimit ? std::optional(std::move(dims)) : std::nullopt;
}

std::optional<std::vector<std::int64_t>> known_dims(ValueId v, const InferContext& c) {
  return known_dims(c.shape(v));
}

std::optional<std::vector<std::int64_t>> known_ints(ValueId v, const InferContext& c) {
  const auto dims = c.known(v);
  if (!dims || !ir::is_static(*dims)) return std::nullopt;
  return ir::static_dims(*dims);
}

Dims dims_of(const Tensor& t) { return ir::make_shape(t.to_ints()); }

Dim at_least_zero(const Dim& d) { return max(d, Dim(0)); }

Result<std::int64_t> vector_length(ValueId v, std::string_view what, const InferContext& c) {
  const Shape& shape = c.shape(v);
  if (shape.size() != 1) return infer_error(what, " must be a vector, not of rank ", shape.size());
  if (!shape[0].is_constant())
    return infer_error("the length of ", what, " is not known: ", shape[0].to_string());
  // One element a dimension: no tensor has so many, and each would become a symbol.
  if (shape[0].value() > 64) return infer_error(what, " has ", shape[0].value(), " elements");
  return shape[0].value();
}

Shape fresh_shape(std::int64_t count, InferContext& c) {
  Shape out;
  for (std::int64_t i = 0; i < count; ++i) out.push_back(c.fresh(static_cast<int>(i)));
  return out;
}

Result<std::vector<std::int64_t>> actual_dims(const Shape& shape, std::string_view what) {
  std::vector<std::int64_t> dims;
  for (const Dim& d : shape) {
    if (!d.is_constant() || d.value() < 0)
      return eval_error(what, " gives the size ", d.to_string());
    dims.push_back(d.value());
  }
  if (!ir::element_count(dims))
    return eval_error(what, " gives too many elements: ", ir::to_string(shape));
  return dims;
}

std::optional<Dim> merged(const Dim& a, const Dim& b) {
  if (!must_equal(a, b)) return std::nullopt;
  return a.is_constant() ? a : b.is_constant() ? b : a;
}

}  // namespace corecast::op
