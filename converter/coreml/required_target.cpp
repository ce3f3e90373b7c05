#include "converter/coreml/required_target.h"

#include <algorithm>

#include "base/strings.h"
#include "converter/coreml/dtype_map.h"
#include "ops/op_kind.h"

namespace corecast::coreml {
namespace {

using ir::DType;
using ir::Target;

class Search {
 public:
  explicit Search(const ir::Module& module) {
    if (module.functions.size() > 1) need(Target::ios18, "several functions");
    for (const auto& f : module.functions) {
      if (f.opset) need(*f.opset, cat("function ", f.name, " is tied to it"));
      interface(f);
      ir::for_each_op(f, [&](ir::OpId id) { op(f, id); });
    }
  }
  RequiredTarget result;

 private:
  void need(Target target, const std::string& reason) {
    if (target > result.target) result = {target, reason};
  }

  void interface(const ir::Function& f) {
    const auto& entry = f.block(f.entry());
    if (entry.args.empty()) need(Target::ios18, "a model without inputs");
    const auto feature = [&](ir::ValueId v, const ir::Feature& described, const char* what) {
      const auto& type = f.type(v);
      if (type.kind == ir::TypeKind::state)
        return need(Target::ios18, cat("state ", described.name));
      const bool image = described.image.has_value();
      if (type.dtype == DType::f16) need(Target::ios16, cat("f16 ", what, " ", described.name));
      if (type.dtype == DType::i8 && !image)
        need(Target::ios26, cat("i8 ", what, " ", described.name));
      if (type.dtype == DType::u8 && image)
        need(Target::ios17, cat("u8 ", what, " ", described.name));
    };
    for (std::size_t i = 0; i < entry.args.size(); ++i)
      feature(entry.args[i], f.inputs[i], "input");
    for (std::size_t i = 0; i < entry.results.size(); ++i) {
      feature(entry.results[i], f.outputs[i], "output");
    }
  }

  void op(const ir::Function& f, ir::OpId id) {
    const auto& data = f.op(id);
    const auto& schema = *data.schema;
    need(schema.mil.since, cat("op ", schema.name));
    for (std::size_t i = 0; i < schema.attrs.size(); ++i) {
      const auto& spec = schema.attrs[i];
      if (spec.in_mil && !identical(data.attrs[i], spec.fallback)) {
        need(spec.since, cat("parameter ", spec.name, " of op ", schema.name));
      }
    }
    if (schema.traits.constexpr_op) return compressed(f, data);
    computed_weights(f, data);
    for (const auto v : data.results) {
      const auto* row = find_dtype(f.type(v).dtype);
      if (row != nullptr && row->runtime)
        need(*row->runtime, cat("element type ", name_of(row->dtype)));
    }
    mixed_types(f, data);
  }

  /// From iOS 17 on, biases of convolutions need not be constants, nor the weights of transposed
  /// ones.
  void computed_weights(const ir::Function& f, const ir::OpData& data) {
    const bool transposed = data.schema->kind == ir::OpKind::ConvTranspose;
    if (!transposed && data.schema->kind != ir::OpKind::Conv) return;
    for (std::size_t i = 0; i < data.operands.size(); ++i) {
      const auto v = data.operands[i];
      const std::string_view name = data.schema->operands[data.schema->operand_index(data, i)].name;
      if (!v || f.is_constant(v) || !(name == "bias" || (transposed && name == "weight"))) continue;
      const auto def = f.def(v);
      if (def && f.op(def).schema->traits.constexpr_op) continue;
      need(Target::ios17, cat("computed ", name, " of op ", data.schema->name));
    }
  }

  /// From iOS 17 on, the parameters of an op may have another float type than its data.
  void mixed_types(const ir::Function& f, const ir::OpData& data) {
    if (data.schema->mil.name.empty() || data.operands.empty() || !data.operands[0]) return;
    const DType first = f.type(data.operands[0]).dtype;
    for (const auto v : data.operands) {
      if (v && is_floating(first) && is_floating(f.type(v).dtype) && f.type(v).dtype != first) {
        const bool gathers_coordinates = data.schema->mil.name == "resample";
        if (!gathers_coordinates)
          need(Target::ios17, cat("mixed float types of op ", data.schema->name));
      }
    }
  }

  /// Packed tables and masks have an older form; nested or grouped ones do not.
  void compressed(const ir::Function& f, const ir::OpData& data) {
    const std::string_view name = data.schema->mil.name;
    bool newer = name != "constexpr_affine_dequantize" && name != "constexpr_cast";
    if (name == "constexpr_lut_to_dense" || name == "constexpr_sparse_to_dense") {
      newer = std::any_of(data.operands.begin(), data.operands.end(),
                          [&](ir::ValueId v) { return v && !f.is_constant(v); });
      if (name == "constexpr_lut_to_dense" && !newer) {
        const auto indices = data.schema->operand(data, 0)[0],
                   lut = data.schema->operand(data, 1)[0];
        const auto* table = f.constant(lut);
        const auto rank = table->rank();
        newer = f.type(indices).dtype == DType::u3 || rank < 2 ||
                table->count() != table->dims()[static_cast<std::size_t>(rank - 2)];
      } else if (!newer) {
        const auto values = data.schema->operand(data, 0)[0];
        newer = is_sub_byte(f.type(values).dtype);
      }
    }
    if (newer) need(Target::ios18, cat("op ", data.schema->name));
  }
};

}  // namespace

RequiredTarget required_target(const ir::Module& module) { return Search(module).result; }

}  // namespace corecast::coreml
