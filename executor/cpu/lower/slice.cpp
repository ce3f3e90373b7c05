// Slices, and their inverse.

#include <algorithm>

#include "executor/cpu/kernels/buffer.h"
#include "executor/cpu/kernels/copy.h"
#include "executor/cpu/lower/lower.h"
#include "ops/image/crop.h"
#include "ops/shape/slice_by_index.h"
#include "ops/shape/slice_by_size.h"

namespace corecast::cpu {

using ir::ValueId;

namespace {

/// The elements of a tensor that a slice takes: from `offset` on, `dims` of them at `steps`.
struct Slice {
  Dims dims, steps;
  std::int64_t offset = 0;
  bool whole = false;  ///< everything, in order
};

/// Empty: begin, end or stride depend on data.
template <class Op>
std::optional<Slice> slice_of(Lowering& l, const Op& op) {
  const Dims x = l.dims(op.x);
  const auto begin = l.ints(op.begin), end = l.ints(op.end);
  const auto stride = op.stride ? l.ints(op.stride) : std::optional(Dims(x.size(), 1));
  if (!begin || !end || !stride) return std::nullopt;
  auto masked = [](const std::vector<bool>& mask, std::size_t i) {
    return i < mask.size() && mask[i];
  };
  const Dims strides = strides_of(x);
  Slice out;
  out.whole = true;
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto wrapped = [&](std::int64_t v) { return v < 0 ? v + x[i] : v; };
    if (masked(op.squeeze_mask, i)) {
      out.offset += (masked(op.begin_mask, i) ? 0 : wrapped((*begin)[i])) * strides[i];
      out.whole = out.whole && x[i] == 1;
      continue;
    }
    // Longer steps leave any dimension too, and their products fit.
    const std::int64_t s = std::clamp<std::int64_t>((*stride)[i], -INT32_MAX, INT32_MAX);
    const std::int64_t lo = s > 0 ? 0 : -1, hi = s > 0 ? x[i] : x[i] - 1;
    std::int64_t first = std::clamp(wrapped((*begin)[i]), lo, std::max(lo, hi));
    std::int64_t stop = std::clamp(wrapped((*end)[i]), lo, std::max(lo, hi));
    if (masked(op.begin_mask, i)) first = s > 0 ? 0 : x[i] - 1;
    if (masked(op.end_mask, i)) stop = s > 0 ? x[i] : -1;
    const std::int64_t size =
        std::max<std::int64_t>(0, s > 0 ? ceil_div(stop - first, s) : ceil_div(first - stop, -s));
    out.dims.push_back(size);
    out.steps.push_back(size > 1 ? s * strides[i] : strides[i]);
    out.offset += first * strides[i];
    out.whole = out.whole && size == x[i] && (s > 0 || size <= 1);
  }
  if (product(out.dims) == 0) out.offset = 0;
  return out;
}

}  // namespace

bool lower_slice_by_index(Lowering& l) {
  const auto op = l.get<op::SliceByIndex>();
  const auto slice = slice_of(l, op);
  if (!slice || slice->dims != l.dims(l.result())) return false;
  if (slice->whole) return lower_as_view(l, op.x);
  return lower_as_copy(l, op.x, slice->offset, slice->dims, slice->steps);
}

struct SliceUpdateArguments {
  StridedCopy box;
  std::size_t size = 0;     ///< of an element, in bytes
  std::int64_t offset = 0;  ///< of the box's first element, in bytes
  std::int64_t bytes = 0;   ///< of the whole
};
Status run_slice_update(const SliceUpdateArguments& a, const Call& c) {
  copy_bytes(c.pool(), c.in<char>(0), c.out<char>(0), a.bytes);
  copy_strided(c.pool(), a.box, a.size, c.in<char>(1), c.out<char>(0) + a.offset);
  return {};
}

bool lower_slice_update(Lowering& l) {
  const auto op = l.get<op::SliceUpdate>();
  const auto slice = slice_of(l, op);
  const std::size_t size = bytes_of(l.dtype(op.x));
  if (!slice || slice->dims != l.dims(op.update) || size == 0 || ir::is_sub_byte(l.dtype(op.x)))
    return false;
  const SlotId x = l.plain(op.x), update = l.plain(op.update), y = l.make(l.result());
  const SliceUpdateArguments arguments{.box = {slice->dims, strides_of(slice->dims), slice->steps},
                                       .size = size,
                                       .offset = slice->offset * static_cast<std::int64_t>(size),
                                       .bytes = l.slot_bytes(y)};
  return l.step(Kernel::slice_update, arguments, {x, update}, {y}, x);
}

bool lower_slice_by_size(Lowering& l) {
  const auto op = l.get<op::SliceBySize>();
  const Dims x = l.dims(op.x), dims = l.dims(l.result());
  const auto begin = l.ints(op.begin);
  if (!begin) return false;
  const Dims strides = strides_of(x);
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::int64_t first = (*begin)[i] < 0 ? (*begin)[i] + x[i] : (*begin)[i];
    if (first < 0 || first + dims[i] > x[i]) return false;  // the room reports it
    offset += first * strides[i];
  }
  return lower_as_copy(l, op.x, offset, dims, strides);
}

bool lower_crop(Lowering& l) {
  const auto op = l.get<op::Crop>();
  const Dims x = l.dims(op.x);
  if (x.size() < 2 || op.crop_height.size() != 2 || op.crop_width.size() != 2) return false;
  const Dims strides = strides_of(x);
  const std::int64_t offset = op.crop_height[0] * strides[x.size() - 2] + op.crop_width[0];
  return lower_as_copy(l, op.x, offset, l.dims(l.result()), strides);
}

}  // namespace corecast::cpu
