#include "compress/emit.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"
#include "ops/quantization/constexpr_affine_dequantize.h"
#include "ops/quantization/constexpr_blockwise_shift_scale.h"
#include "ops/quantization/constexpr_lut_to_dense.h"
#include "ops/quantization/constexpr_sparse_to_dense.h"

namespace corecast::compress {
namespace {

using ir::DType;
using ir::Tensor;
using ir::ValueId;
using Sizes = std::vector<std::int64_t>;

DType unsigned_of(int bits) {
  switch (bits) {
    case 1: return DType::u1;
    case 2: return DType::u2;
    case 3: return DType::u3;
    case 4: return DType::u4;
    case 6: return DType::u6;
    case 8: return DType::u8;
    default: CC_UNREACHABLE("width of an index");
  }
}

template <class T>
Tensor of_numbers(DType dtype, Sizes dims, const std::vector<T>& values) {
  Tensor t = Tensor::zeros(dtype, std::move(dims));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if constexpr (std::is_integral_v<T>)
      t.set_int(static_cast<std::int64_t>(i), values[i]);
    else
      t.set(static_cast<std::int64_t>(i), static_cast<double>(values[i]));
  }
  return t;
}

class Emitter {
 public:
  Emitter(ir::Builder& b, const Encoded& e, std::optional<ir::Target> target, std::string name,
          Spill* spill)
      : b_(b), e_(e), target_(target), name_(std::move(name)), spill_(spill) {}

  ValueId run() {
    if (e_.palette) return palette();
    if (e_.linear) return linear();
    return sparse(constant(Tensor(e_.dtype, {e_.mask->kept}, stored(e_.kept)), "nonzero"), mask());
  }

 private:
  ValueId constant(Tensor t, const char* part) {
    return b_.constant(std::move(t), cat(name_, "_", part));
  }
  std::shared_ptr<const ir::Buffer> stored(const std::shared_ptr<ir::OwnedBuffer>& codes) {
    return spill_ ? spill_->put(codes) : codes;
  }
  ValueId mask() { return constant(Tensor(DType::u1, e_.dims, stored(e_.mask->bits)), "mask"); }
  ValueId sparse(ValueId nonzero, ValueId mask) {
    return b_.add(op::ConstexprSparseToDense{nonzero, mask}, name_);
  }

  ValueId palette() {
    const Palette& p = *e_.palette;
    const auto axis = static_cast<std::size_t>(e_.table_axis);
    Sizes index_dims = e_.dims, lut_dims(e_.dims.size(), 1);
    index_dims[axis] /= p.vector;
    lut_dims[axis] = p.groups;
    lut_dims.push_back(std::int64_t{1} << p.bits);
    lut_dims.push_back(p.vector);
    const DType index = unsigned_of(p.bits);
    const auto vector_axis = p.vector > 1 ? std::optional(e_.table_axis) : std::nullopt;
    // An int8 table is scaled in front of the lookup, or the result behind it.
    const bool behind =
        e_.table_scale && !e_.mask && p.vector == 1 && target_ && *target_ >= ir::Target::ios26;
    const ValueId lut = e_.table_scale ? int8_table(lut_dims, behind)
                                       : constant(of_numbers(e_.dtype, lut_dims, p.tables), "lut");
    if (e_.mask) {
      const ValueId codes = constant(Tensor(index, {e_.mask->kept}, stored(p.indices)), "indices");
      const auto both =
          b_.add_all(op::ConstexprLutToSparse{mask(), codes, lut, vector_axis}, name_ + "_sparse");
      if (e_.scales.empty()) return sparse(both[1], both[0]);
      return scaled(b_.add(op::ConstexprSparseToDense{both[1], both[0]}, name_ + "_dense"));
    }
    const ValueId codes = constant(Tensor(index, index_dims, stored(p.indices)), "indices");
    const bool last = !behind && e_.scales.empty();
    const ValueId dense =
        b_.add(op::ConstexprLutToDense{codes, lut, vector_axis}, last ? name_ : name_ + "_dense");
    if (behind)
      return b_.add(op::ConstexprBlockwiseShiftScale{dense, table_scale(e_.dims.size())}, name_);
    return last ? dense : scaled(dense);
  }

  ValueId scaled(ValueId dense) {
    const ValueId scale = constant(of_numbers(e_.dtype, e_.scale_dims, e_.scales), "scale");
    return b_.add(op::ConstexprBlockwiseShiftScale{dense, scale}, name_);
  }

  ValueId table_scale(std::size_t rank) {
    return constant(Tensor::splat(e_.dtype, Sizes(rank, 1), static_cast<double>(*e_.table_scale)),
                    "scale");
  }

  ValueId int8_table(const Sizes& dims, bool behind) {
    std::vector<std::int32_t> integers;
    for (const float v : e_.palette->tables)
      integers.push_back(static_cast<std::int32_t>(std::nearbyintf(v / *e_.table_scale)));
    const ValueId lut = constant(of_numbers(DType::i8, dims, integers), "lut");
    if (behind) return lut;
    return b_.add(op::ConstexprBlockwiseShiftScale{lut, table_scale(dims.size())},
                  name_ + "_lut_scaled");
  }

  ValueId linear() {
    const LinearQuantised& l = *e_.linear;
    const DType dtype = e_.scheme.quantize->dtype;
    if (const auto axis = old_form_axis()) {
      const bool per_channel = l.scales.size() != 1;
      const Sizes dims = per_channel ? Sizes{static_cast<std::int64_t>(l.scales.size())} : Sizes{};
      const ValueId data = constant(Tensor(dtype, e_.dims, stored(l.data)), "quantized");
      const ValueId scale = constant(of_numbers(e_.dtype, dims, l.scales), "scale");
      const ValueId zero = constant(
          l.offsets.empty() ? Tensor::zeros(dtype, {}) : of_numbers(dtype, dims, l.offsets),
          "zero_point");
      return b_.add(op::ConstexprAffineDequantize{data, zero, scale, *axis}, name_);
    }
    const ValueId scale = constant(of_numbers(e_.dtype, l.scale_dims, l.scales), "scale");
    const ValueId offset = l.offsets.empty()
                               ? ValueId()
                               : constant(of_numbers(dtype, l.scale_dims, l.offsets), "offset");
    if (e_.mask) {
      const ValueId data = constant(Tensor(dtype, {e_.mask->kept}, stored(l.data)), "quantized");
      const auto both = b_.add_all(
          op::ConstexprSparseBlockwiseShiftScale{mask(), data, scale, offset}, name_ + "_sparse");
      return sparse(both[1], both[0]);
    }
    const ValueId data = constant(Tensor(dtype, e_.dims, stored(l.data)), "quantized");
    return b_.add(op::ConstexprBlockwiseShiftScale{data, scale, offset}, name_);
  }

  /// The axis of the scales when the op of iOS 16 can hold them and is the better choice.
  std::optional<std::int64_t> old_form_axis() const {
    if (e_.mask || (target_ && *target_ >= ir::Target::ios18)) return std::nullopt;
    if (ir::bits_of(e_.scheme.quantize->dtype) != 8) return std::nullopt;
    std::int64_t axis = 0;
    int varying = 0;
    for (std::size_t d = 0; d < e_.linear->scale_dims.size(); ++d) {
      if (e_.linear->scale_dims[d] == 1) continue;
      if (e_.linear->scale_dims[d] != e_.dims[d]) return std::nullopt;
      axis = static_cast<std::int64_t>(d);
      ++varying;
    }
    return varying <= 1 ? std::optional(axis) : std::nullopt;
  }

  ir::Builder& b_;
  const Encoded& e_;
  std::optional<ir::Target> target_;
  std::string name_;
  Spill* spill_;
};

}  // namespace

ValueId emit(ir::Builder& builder, const Encoded& encoded, std::optional<ir::Target> target,
             const std::string& name, Spill* spill) {
  return Emitter(builder, encoded, target, name, spill).run();
}

}  // namespace corecast::compress
