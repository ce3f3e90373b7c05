// Picking and replacing by index.

#include "ops/indexing/gather.h"

#include <cstring>

#include "executor/cpu/kernels/copy.h"
#include "executor/cpu/lower/lower.h"
#include "ops/indexing/indexing.h"
#include "ops/indexing/scatter.h"

namespace corecast::cpu {

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

}  // namespace

/// x [outer, n, run] by `count` indices into its middle.
struct GatherArguments {
  DType indices = DType::i32;
  bool wraps = false;                      ///< negative indices count from the end
  std::int64_t outer = 0, n = 0, run = 0;  ///< the run in bytes
  std::int64_t count = 0;

  /// Error E2101 unless all indices at `at` are places of x.
  Status check(const void* at) const {
    const std::int64_t least = wraps ? -n : 0;
    for (std::int64_t i = 0; i < count; ++i) {  // data decide: checked in every build
      const std::int64_t k = index_at(at, indices, i);
      if (k < least || k >= n)
        return ir::eval_error("gather: index ", k, " is outside [", least, ", ", n, ")");
    }
    return {};
  }
  /// Which run of x is the result's run i; `check` has accepted the indices.
  std::int64_t source(const void* at, std::int64_t i) const {
    const std::int64_t k = index_at(at, indices, i % count);
    return i / count * n + (k < 0 ? k + n : k);
  }
};
Status run_gather(const GatherArguments& a, const Call& c) {
  const void* at = c.in<void>(1);
  TRY_VOID(a.check(at));
  const char* from = c.in<char>(0);
  char* to = c.out<char>(0);
  const std::int64_t grain = std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(a.run, 1));
  c.pool().parallel_for(a.outer * a.count, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      std::memcpy(to + i * a.run, from + a.source(at, i) * a.run, static_cast<std::size_t>(a.run));
  });
  return {};
}

/// From a constant in fp16, as embeddings are: it stays where it is mapped, and only the rows that
/// are picked become f32.
struct GatherHalvesArguments {
  GatherArguments shape;  ///< the run in elements
  ir::Tensor table;
};
Status run_gather_halves(const GatherHalvesArguments& a, const Call& c) {
  const GatherArguments& shape = a.shape;
  const std::int64_t run = shape.run;
  const void* at = c.in<void>(0);
  TRY_VOID(shape.check(at));
  const auto* from = static_cast<const std::uint16_t*>(executor::raw_data(a.table));
  float* to = c.out(0);
  const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(run, 1));
  c.pool().parallel_for(
      shape.outer * shape.count, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
          kernels().half_to_float(from + shape.source(at, i) * run, to + i * run, run);
      });
  return {};
}

bool lower_gather(Lowering& l) {
  const auto op = l.get<op::Gather>();
  const Dims x_dims = l.dims(op.x);
  const DType index_type = l.dtype(op.indices);
  const std::size_t size = bytes_of(l.dtype(op.x));
  if (op.batch_dims != 0 || size == 0 || ir::is_sub_byte(l.dtype(op.x)) ||
      !ir::is_integer(index_type) || index_type == DType::u64 || x_dims.empty())
    return false;
  const std::size_t axis = axis_of(op.axis, x_dims.size());
  GatherArguments arguments{.indices = index_type,
                            .wraps = op.wraps,
                            .outer = product(x_dims, 0, axis),
                            .n = x_dims[axis],
                            .run = product(x_dims, axis + 1),
                            .count = l.count(op.indices)};
  const ir::Tensor* table = l.f().constant(op.x);
  if (table && table->dtype() == DType::f16 && l.is_float(l.result())) {
    const SlotId indices = l.plain(op.indices), y = l.make(l.result());
    return l.step(Kernel::gather_halves, GatherHalvesArguments{arguments, *table}, {indices}, {y});
  }
  arguments.run *= static_cast<std::int64_t>(size);
  const SlotId x = l.plain(op.x), indices = l.plain(op.indices), y = l.make(l.result());
  return l.step(Kernel::gather, arguments, {x, indices}, {y});
}

/// Runs of elements that indices name, which are checked as the rooms do.
struct PositionsArguments {
  Dims data;              ///< of what is indexed
  std::int64_t axis = 0;  ///< indices along it; unless they are rows of several
  bool rows = false;
  std::int64_t batch_dims = 0;  ///< of rows
  bool wraps = false;           ///< negative indices count from the end
  std::int64_t run = 1;         ///< elements
  std::int64_t size = 0;        ///< of an element, in bytes

  /// The first element of each run.
  Result<Dims> of(const ir::Tensor& indices) const {
    std::int64_t inner = 1;
    return rows ? op::positions_nd(data, indices, batch_dims, wraps, inner)
                : op::positions_along(data, indices, axis, wraps);
  }
};

/// y's run r is x's from positions[r] on.
Status run_gather_positions(const PositionsArguments& a, const Call& c) {
  TRY(const Dims at, a.of(c.tensor(1)));
  const char* from = c.in<char>(0);
  char* to = c.out<char>(0);
  for (const std::int64_t start : at) {
    std::memcpy(to, from + start * a.size, static_cast<std::size_t>(a.run * a.size));
    to += a.run * a.size;
  }
  return {};
}

/// Data with the run from positions[r] on replaced by updates' run r.
Status run_scatter(const PositionsArguments& a, const Call& c) {
  TRY(const Dims at, a.of(c.tensor(1)));
  char* to = c.out<char>(0);
  std::int64_t bytes = a.size;
  for (const std::int64_t d : a.data) bytes *= d;
  copy_bytes(c.pool(), c.in<char>(0), to, bytes);
  const char* from = c.in<char>(2);
  for (const std::int64_t start : at) {
    std::memcpy(to + start * a.size, from, static_cast<std::size_t>(a.run * a.size));
    from += a.run * a.size;
  }
  return {};
}

namespace {

bool copyable(Lowering& l, ValueId v) {
  return bytes_of(l.dtype(v)) != 0 && !ir::is_sub_byte(l.dtype(v));
}

bool lower_picked(Lowering& l, ValueId x_value, ValueId indices_value, PositionsArguments at) {
  if (!copyable(l, x_value)) return false;
  at.size = static_cast<std::int64_t>(bytes_of(l.dtype(x_value)));
  const SlotId x = l.plain(x_value), indices = l.plain(indices_value), y = l.make(l.result());
  return l.step(Kernel::gather_positions, std::move(at), {x, indices}, {y});
}

bool lower_replaced(Lowering& l, ValueId data_value, ValueId indices_value, ValueId updates_value,
                    PositionsArguments at) {
  if (!copyable(l, data_value)) return false;
  at.size = static_cast<std::int64_t>(bytes_of(l.dtype(data_value)));
  const SlotId data = l.plain(data_value), indices = l.plain(indices_value),
               updates = l.plain(updates_value), y = l.make(l.result());
  return l.step(Kernel::scatter, std::move(at), {data, indices, updates}, {y}, data);
}

/// For gather_nd and scatter_nd: the elements of one slice. Empty: the sizes do not fit.
std::optional<std::int64_t> slice_size(const Dims& data, const Dims& indices,
                                       std::int64_t batch_dims) {
  const auto shape = op::shape_nd(ir::make_shape(data), ir::make_shape(indices), batch_dims);
  if (!shape) return std::nullopt;
  return product(data, static_cast<std::size_t>(batch_dims + indices.back()));
}

PositionsArguments multi_indexed(const Dims& data, std::int64_t batch_dims, bool wraps,
                                 std::int64_t run) {
  return {.data = data, .rows = true, .batch_dims = batch_dims, .wraps = wraps, .run = run};
}
PositionsArguments along(const Dims& data, std::int64_t axis, bool wraps) {
  return {
      .data = data, .axis = static_cast<std::int64_t>(axis_of(axis, data.size())), .wraps = wraps};
}

}  // namespace

bool lower_gather_nd(Lowering& l) {
  const auto op = l.get<op::GatherNd>();
  const Dims x = l.dims(op.x);
  const auto inner = slice_size(x, l.dims(op.indices), op.batch_dims);
  return inner &&
         lower_picked(l, op.x, op.indices, multi_indexed(x, op.batch_dims, op.wraps, *inner));
}

bool lower_gather_along_axis(Lowering& l) {
  const auto op = l.get<op::GatherAlongAxis>();
  return lower_picked(l, op.x, op.indices, along(l.dims(op.x), op.axis, op.wraps));
}

bool lower_scatter_nd(Lowering& l) {
  const auto op = l.get<op::ScatterNd>();
  const Dims data = l.dims(op.data);
  const auto inner = slice_size(data, l.dims(op.indices), 0);
  if (op.mode != "update" || !inner ||
      *inner * product(l.dims(op.indices), 0, l.dims(op.indices).size() - 1) != l.count(op.updates))
    return false;
  return lower_replaced(l, op.data, op.indices, op.updates,
                        multi_indexed(data, 0, op.wraps, *inner));
}

bool lower_scatter_along_axis(Lowering& l) {
  const auto op = l.get<op::ScatterAlongAxis>();
  if (op.mode != "update" || l.dims(op.indices) != l.dims(op.updates)) return false;
  return lower_replaced(l, op.data, op.indices, op.updates,
                        along(l.dims(op.data), op.axis, op.wraps));
}

}  // namespace corecast::cpu
