// Picking by index.

#include <cstring>

#include "executor/lower.h"
#include "ops/gather.h"

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
  const SlotId x = l.plain(op.x), indices = l.plain(op.indices), y = l.make(l.result());
  return l.step("gather", {x, indices}, {y}, [=](Frame& f) -> Status {
    const void* at = f.data(indices);
    for (std::int64_t i = 0; i < count; ++i) {  // data decide: checked in every build
      const std::int64_t k = index_at(at, index_type, i);
      if (k < 0 || k >= n) return ir::eval_error("gather: index ", k, " is outside [0, ", n, ")");
    }
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

}  // namespace corecast::executor
