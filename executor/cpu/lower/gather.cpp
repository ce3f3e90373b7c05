// Picking and replacing by index.

#include "ops/indexing/gather.h"

#include <cstring>

#include "executor/cpu/kernels/copy.h"
#include "executor/cpu/lower/lower.h"
#include "ops/indexing/indexing.h"
#include "ops/indexing/scatter.h"

namespace corecast::executor {

using ir::DType;
using ir::ValueId;

namespace {

std::int64_t index_at(const void* data, DType dtype, std::int64_t i) {
  switch (dtype) {
    case DType::i8: return static_cast<const std::int8_t*>(data)[i];
    case DType::u8: return static_cast<const std::uint8_t*>(data)[i];
    case DType::i16: return static_cast<const std::int16_t*>(data)[i];
    case DType::u16: return static_cast<const std::uint16_t*>(data)[i];
    case DType::i32: return static_cast<const std::int32_t*>(data)[i];
    case DType::u32: return static_cast<const std::uint32_t*>(data)[i];
    case DType::i64: return static_cast<const std::int64_t*>(data)[i];
    default: CC_UNREACHABLE("index type");
  }
}

/// Error E2101 unless all indices are in [0, n).
Status check_indices(const void* at, DType dtype, std::int64_t count, std::int64_t n) {
  for (std::int64_t i = 0; i < count; ++i) {  // data decide: checked in every build
    const std::int64_t k = index_at(at, dtype, i);
    if (k < 0 || k >= n) return ir::eval_error("gather: index ", k, " is outside [0, ", n, ")");
  }
  return {};
}

/// From a constant in fp16, as embeddings are: it stays where it is mapped, and only the rows that
/// are picked become f32.
bool lower_gather_halves(Lowering& l, ValueId x, ValueId indices_value, std::int64_t outer,
                         std::int64_t n, std::int64_t run) {
  const DType type = l.dtype(indices_value);
  const std::int64_t count = l.count(indices_value);
  const SlotId indices = l.plain(indices_value), y = l.make(l.result());
  return l.step("gather", {indices}, {y}, [=, table = *l.f().constant(x)](Frame& f) -> Status {
    const void* at = f.data(indices);
    TRY_VOID(check_indices(at, type, count, n));
    const auto* from = static_cast<const std::uint16_t*>(raw_data(table));
    float* to = f.f32(y);
    const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(run, 1));
    f.pool().parallel_for(outer * count, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        cpu::kernels().half_to_float(from + (i / count * n + index_at(at, type, i % count)) * run,
                                     to + i * run, run);
    });
    return {};
  });
}

}  // namespace

bool lower_gather(Lowering& l) {
  const auto op = l.get<op::Gather>();
  const Dims x_dims = l.dims(op.x);
  const DType index_type = l.dtype(op.indices);
  const std::size_t size = bytes_of(l.dtype(op.x));
  if (op.batch_dims != 0 || size == 0 || ir::is_sub_byte(l.dtype(op.x)) ||
      !ir::is_integer(index_type) || index_type == DType::u64 || x_dims.empty())
    return false;
  const std::size_t axis = axis_of(op.axis, x_dims.size());
  const std::int64_t outer = product(x_dims, 0, axis), n = x_dims[axis];
  const std::int64_t run = product(x_dims, axis + 1) * static_cast<std::int64_t>(size);
  const std::int64_t count = l.count(op.indices);
  if (l.f().is_constant(op.x) && l.f().constant(op.x)->dtype() == DType::f16)
    return lower_gather_halves(l, op.x, op.indices, outer, n, product(x_dims, axis + 1));
  const SlotId x = l.plain(op.x), indices = l.plain(op.indices), y = l.make(l.result());
  return l.step("gather", {x, indices}, {y}, [=](Frame& f) -> Status {
    const void* at = f.data(indices);
    TRY_VOID(check_indices(at, index_type, count, n));
    const char* from = f.at<char>(x);
    char* to = f.at<char>(y);
    const std::int64_t grain = std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(run, 1));
    f.pool().parallel_for(outer * count, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        std::memcpy(to + i * run,
                    from + (i / count * n + index_at(at, index_type, i % count)) * run,
                    static_cast<std::size_t>(run));
    });
    return {};
  });
}

namespace {

using Positions = std::function<Result<std::vector<std::int64_t>>(const ir::Tensor& indices)>;

bool copyable(Lowering& l, ValueId v) {
  return bytes_of(l.dtype(v)) != 0 && !ir::is_sub_byte(l.dtype(v));
}

/// y's run r of `inner` elements is x's from positions[r] on. The rooms check the indices.
bool lower_picked(Lowering& l, ValueId x_value, ValueId indices_value, std::int64_t inner,
                  Positions positions) {
  if (!copyable(l, x_value)) return false;
  const auto run = inner * static_cast<std::int64_t>(bytes_of(l.dtype(x_value)));
  const auto size = static_cast<std::int64_t>(bytes_of(l.dtype(x_value)));
  const SlotId x = l.plain(x_value), indices = l.plain(indices_value), y = l.make(l.result());
  return l.step("gather", {x, indices}, {y},
                [=, positions = std::move(positions)](Frame& f) -> Status {
                  TRY(const auto at, positions(f.tensor(indices)));
                  const char* from = f.at<char>(x);
                  char* to = f.at<char>(y);
                  for (const std::int64_t start : at) {
                    std::memcpy(to, from + start * size, static_cast<std::size_t>(run));
                    to += run;
                  }
                  return {};
                });
}

/// data with the run of `inner` elements from positions[r] on replaced by updates' run r.
bool lower_replaced(Lowering& l, ValueId data_value, ValueId indices_value, ValueId updates_value,
                    std::int64_t inner, Positions positions) {
  if (!copyable(l, data_value)) return false;
  const auto size = static_cast<std::int64_t>(bytes_of(l.dtype(data_value)));
  const SlotId data = l.plain(data_value), indices = l.plain(indices_value),
               updates = l.plain(updates_value), y = l.make(l.result());
  const std::int64_t bytes = l.slot_bytes(y);
  return l.step(
      "scatter", {data, indices, updates}, {y},
      [=, positions = std::move(positions)](Frame& f) -> Status {
        TRY(const auto at, positions(f.tensor(indices)));
        cpu::copy_bytes(f.pool(), f.data(data), f.data(y), bytes);
        const char* from = f.at<char>(updates);
        for (const std::int64_t start : at) {
          std::memcpy(f.at<char>(y) + start * size, from, static_cast<std::size_t>(inner * size));
          from += inner * size;
        }
        return {};
      },
      data);
}

/// For gather_nd and scatter_nd: the elements of one slice. Empty: the sizes do not fit.
std::optional<std::int64_t> slice_size(const Dims& data, const Dims& indices,
                                       std::int64_t batch_dims) {
  const auto shape = op::shape_nd(ir::make_shape(data), ir::make_shape(indices), batch_dims);
  if (!shape) return std::nullopt;
  return product(data, static_cast<std::size_t>(batch_dims + indices.back()));
}

Positions multi_indexed(const Dims& data, std::int64_t batch_dims) {
  return [=](const ir::Tensor& indices) {
    std::int64_t inner = 1;
    return op::positions_nd(data, indices, batch_dims, inner);
  };
}
Positions along(const Dims& data, std::int64_t axis) {
  const auto at = static_cast<std::int64_t>(axis_of(axis, data.size()));
  return [=](const ir::Tensor& indices) { return op::positions_along(data, indices, at); };
}

}  // namespace

bool lower_gather_nd(Lowering& l) {
  const auto op = l.get<op::GatherNd>();
  const Dims x = l.dims(op.x);
  const auto inner = slice_size(x, l.dims(op.indices), op.batch_dims);
  return inner && lower_picked(l, op.x, op.indices, *inner, multi_indexed(x, op.batch_dims));
}

bool lower_gather_along_axis(Lowering& l) {
  const auto op = l.get<op::GatherAlongAxis>();
  return lower_picked(l, op.x, op.indices, 1, along(l.dims(op.x), op.axis));
}

bool lower_scatter_nd(Lowering& l) {
  const auto op = l.get<op::ScatterNd>();
  const Dims data = l.dims(op.data);
  const auto inner = slice_size(data, l.dims(op.indices), 0);
  if (op.mode != "update" || !inner ||
      *inner * product(l.dims(op.indices), 0, l.dims(op.indices).size() - 1) != l.count(op.updates))
    return false;
  return lower_replaced(l, op.data, op.indices, op.updates, *inner, multi_indexed(data, 0));
}

bool lower_scatter_along_axis(Lowering& l) {
  const auto op = l.get<op::ScatterAlongAxis>();
  if (op.mode != "update" || l.dims(op.indices) != l.dims(op.updates)) return false;
  return lower_replaced(l, op.data, op.indices, op.updates, 1, along(l.dims(op.data), op.axis));
}

}  // namespace corecast::executor
