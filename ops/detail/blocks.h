// Blocks of compressed weights: a parameter tensor whose every element serves a block of the data.
#pragma once

#include "ops/detail/common.h"

namespace corecast::op {

/// Element types that may be packed into weights.
inline constexpr DTypeSet kLutIndices =
    DTypeSet::of(DType::u1, DType::u2, DType::u3, DType::u4, DType::u6, DType::u8);
inline constexpr DTypeSet kLutValues = DTypeSet::of(DType::i8, DType::u8, DType::f16, DType::f32);
inline constexpr DTypeSet kShiftData =
    DTypeSet::of(DType::i4, DType::u4, DType::i8, DType::u8, DType::f16, DType::f32);
inline constexpr DTypeSet kScales = DTypeSet::of(DType::f16, DType::f32);
inline constexpr DTypeSet kMask = DTypeSet::of(DType::u1);

/// Compressed weights are static: the dims of `v`, or an error naming it.
Result<std::vector<std::int64_t>> constant_dims(const InferContext& c, ValueId v,
                                                std::string_view name);

/// Each of `grid`'s dims must divide the dim of `dims` at its place.
Status check_grid(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& grid,
                  std::string_view name);

/// An error unless the u1 mask has `count` ones.
Status check_ones(const Tensor& mask, std::int64_t count, std::string_view data_name);

/// Whether a part of the compressed weight that the op decodes is compressed itself.
bool has_compressed_parts(const ir::Function& f, OpId op);

/// Writes rounded elements of a new f16 or f32 tensor. Weights are large: no detour by doubles.
class FloatSink {
 public:
  explicit FloatSink(Tensor& t) {
    if (t.dtype() == DType::f16)
      halves_ = t.mutable_data<ir::half>().data();
    else
      floats_ = t.mutable_data<float>().data();
  }
  void put(std::int64_t i, double v) {
    if (halves_)
      halves_[i] = ir::to_half(v);
    else
      floats_[i] = static_cast<float>(v);
  }

 private:
  ir::half* halves_ = nullptr;
  float* floats_ = nullptr;
};

/// Calls visit(i, block) for every row-major position i of `dims` and the position of its block in
/// `grid`: element index k of a dim belongs to block k / (dims/grid).
template <class Visit>
void for_each_in_grid(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& grid,
                      Visit&& visit) {
  const std::size_t last = dims.size() - 1;
  auto outer = dims;
  outer[last] = 1;
  const auto strides = row_major_strides(grid);
  std::int64_t i = 0;
  for_each_index(outer, [&](const auto& index) {
    std::int64_t block = 0;
    for (std::size_t k = 0; k < last; ++k) block += index[k] / (dims[k] / grid[k]) * strides[k];
    const std::int64_t width = grid[last] ? dims[last] / grid[last] : 1;
    for (std::int64_t b = 0; b < grid[last]; ++b) {
      for (std::int64_t j = 0; j < width; ++j) visit(i++, block + b);
    }
  });
}

}  // namespace corecast::op
