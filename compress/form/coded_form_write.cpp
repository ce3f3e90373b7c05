// From forms to constants and constexpr ops.
#include "base/strings.h"
#include "compress/form/coded_form.h"
#include "ops/quantization/constexpr_affine_dequantize.h"
#include "ops/quantization/constexpr_blockwise_shift_scale.h"
#include "ops/quantization/constexpr_lut_to_dense.h"
#include "ops/quantization/constexpr_sparse_to_dense.h"

namespace corecast::compress {
namespace {

using ir::OpKind;
using ir::Tensor;
using ir::ValueId;

class Writer {
 public:
  Writer(ir::Builder& b, const CodedForm& form, const ops::Rules& rules, std::string name,
         Spill* spill)
      : b_(b), form_(form), rules_(rules), name_(std::move(name)), spill_(spill) {}

  ValueId run() {
    if (form_.table) return palette();
    if (form_.scale) return linear();
    return sparse(stored(form_.codes, "nonzero"), mask(), name_);
  }

 private:
  ValueId constant(const CodedPart& part, const char* place) {
    if (part.value) return part.value;
    CC_CHECK(part.tensor, "a form that can be written");
    return b_.constant(*part.tensor, part.name.empty() ? cat(name_, "_", place) : part.name);
  }
  /// The same for what may be large.
  ValueId stored(const CodedPart& part, const char* place) {
    if (part.value || !spill_) return constant(part, place);
    const Tensor& t = *part.tensor;
    return constant({Tensor(t.dtype(), t.dims(), spill_->put(t.buffer())), {}, part.name}, place);
  }
  ValueId mask() { return stored(*form_.mask, "mask"); }
  ValueId sparse(ValueId nonzero, ValueId mask, std::string name) {
    return b_.add(op::ConstexprSparseToDense{nonzero, mask}, std::move(name));
  }
  ValueId scaled(ValueId data, ValueId scale) {
    return b_.add(op::ConstexprBlockwiseShiftScale{data, scale}, name_);
  }

  ValueId palette() {
    // An int8 table is scaled in front of the lookup, or the result behind it.
    const bool behind = form_.table_scale && !form_.mask && !form_.vector_axis &&
                        rules_.surely_has(OpKind::ConstexprBlockwiseShiftScale, "behind_table");
    ValueId lut = constant(*form_.table, "lut");
    if (form_.table_scale && !behind)
      lut = b_.add(op::ConstexprBlockwiseShiftScale{lut, table_scale(b_.type(lut).shape.size())},
                   name_ + "_lut_scaled");
    const bool last = !behind && !form_.scale;
    const std::string dense_name = last ? name_ : name_ + "_dense";
    const ValueId codes = stored(form_.codes, "indices");
    ValueId dense;
    if (form_.mask) {
      const auto both = b_.add_all(op::ConstexprLutToSparse{mask(), codes, lut, form_.vector_axis},
                                   name_ + "_sparse");
      dense = sparse(both[1], both[0], dense_name);
    } else {
      dense = b_.add(op::ConstexprLutToDense{codes, lut, form_.vector_axis}, dense_name);
    }
    if (behind) return scaled(dense, table_scale(form_.dims.size()));
    return last ? dense : scaled(dense, constant(*form_.scale, "scale"));
  }

  ValueId table_scale(std::size_t rank) {
    return b_.constant(Tensor::splat(form_.dtype, std::vector<std::int64_t>(rank, 1),
                                     static_cast<double>(*form_.table_scale)),
                       name_ + "_scale");
  }

  ValueId linear() {
    if (const auto axis = affine_axis()) return affine(*axis);
    const ValueId scale = constant(*form_.scale, "scale");
    const ValueId offset = form_.offset ? constant(*form_.offset, "offset") : ValueId();
    const ValueId data = stored(form_.codes, "quantized");
    if (!form_.mask) return b_.add(op::ConstexprBlockwiseShiftScale{data, scale, offset}, name_);
    const auto both = b_.add_all(
        op::ConstexprSparseBlockwiseShiftScale{mask(), data, scale, offset}, name_ + "_sparse");
    return sparse(both[1], both[0], name_);
  }

  /// The axis of the scales when the older op can hold them and is the better choice.
  std::optional<std::int64_t> affine_axis() const {
    if (form_.mask || form_.bits != 8 || rules_.surely_has(OpKind::ConstexprBlockwiseShiftScale))
      return std::nullopt;
    CC_CHECK(form_.scale->tensor && form_.codes.tensor, "a form that was encoded");
    const auto& blocks = form_.scale->tensor->dims();
    std::int64_t axis = 0;
    int varying = 0;
    for (std::size_t d = 0; d < blocks.size(); ++d) {
      if (blocks[d] == 1) continue;
      if (blocks[d] != form_.dims[d]) return std::nullopt;
      axis = static_cast<std::int64_t>(d);
      ++varying;
    }
    return varying <= 1 ? std::optional(axis) : std::nullopt;
  }

  ValueId affine(std::int64_t axis) {
    const ValueId data = stored(form_.codes, "quantized");
    // A vector along the axis, or a scalar.
    const auto flat = [](const Tensor& t) {
      return t.reshaped(t.count() == 1 ? std::vector<std::int64_t>{} : std::vector{t.count()});
    };
    const ValueId scale = b_.constant(flat(*form_.scale->tensor), name_ + "_scale");
    const ValueId zero = b_.constant(
        form_.offset ? flat(*form_.offset->tensor) : Tensor::zeros(form_.codes.tensor->dtype(), {}),
        name_ + "_zero_point");
    return b_.add(op::ConstexprAffineDequantize{data, zero, scale, axis}, name_);
  }

  ir::Builder& b_;
  const CodedForm& form_;
  const ops::Rules& rules_;
  std::string name_;
  Spill* spill_;
};

}  // namespace

ValueId write_form(ir::Builder& builder, const CodedForm& form, const ops::Rules& rules,
                   const std::string& name, Spill* spill) {
  return Writer(builder, form, rules, name, spill).run();
}

}  // namespace corecast::compress
