#include "converter/coreml/required_target.h"

#include "base/strings.h"
#include "converter/coreml/rules.h"
#include "ops/op_kind.h"

namespace corecast::coreml {
namespace {

using ir::DType;
using mil::Target;

class Search {
 public:
  explicit Search(const ir::Module& module) {
    if (module.functions.size() > 1) need(kFunctionsAndStates, "several functions");
    for (const auto& f : module.functions) {
      if (const auto tied = mil::target_from_name(f.opset))
        need(*tied, cat("function ", f.name, " is tied to it"));
      interface(f);
      ir::for_each_op(f, [&](ir::OpId id) { op(f, id); });
    }
  }
  RequiredTarget result;

 private:
  void need(ops::Version version, const std::string& reason) {
    if (version != ops::kNever) need(target_of(version), reason);
  }
  void need(Target target, const std::string& reason) {
    if (target > result.target) result = {target, reason};
  }

  void interface(const ir::Function& f) {
    const auto& entry = f.block(f.entry());
    if (entry.args.empty()) need(kFunctionsAndStates, "a model without inputs");
    const auto feature = [&](ir::ValueId v, const ir::Feature& described, const char* what) {
      const auto& type = f.type(v);
      if (type.kind == ir::TypeKind::state)
        return need(kFunctionsAndStates, cat("state ", described.name));
      const auto reason = [&] { return cat(name_of(type.dtype), " ", what, " ", described.name); };
      const bool image = described.image.has_value();
      if (image && type.dtype == DType::u8) need(kByteImages, reason());
      // Of images, what is left is what multi-arrays may have.
      const auto since = feature_since(type.dtype);
      if (since && (!image || type.dtype == DType::f16)) need(*since, reason());
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
    const ops::OpRule& rule = rules().row(schema.kind);
    need(rule.since, cat("op ", schema.name));
    for (std::size_t i = 0; i < schema.attrs.size(); ++i) {
      const auto& spec = schema.attrs[i];
      if (!identical(data.attrs[i], spec.fallback)) {
        need(rule.parameter(spec.name).since, cat("parameter ", spec.name, " of op ", schema.name));
      }
    }
    for (const ops::FormRule& form : rule.forms) {
      if (form.says && form.says(f, id))
        need(form.since, cat("form ", form.name, " of op ", schema.name));
    }
    if (schema.traits.constexpr_op) return;
    operands(f, data, rule);
    for (const auto v : data.results) {
      const DType dtype = f.type(v).dtype;
      if (const auto since = computes_with(dtype))
        need(*since, cat("element type ", name_of(dtype)));
    }
    mixed_types(f, data);
  }

  /// Some operands came later than their ops, or had to be constants once.
  void operands(const ir::Function& f, const ir::OpData& data, const ops::OpRule& rule) {
    if (rule.operands.empty()) return;
    for (std::size_t i = 0; i < data.operands.size(); ++i) {
      const auto v = data.operands[i];
      if (!v) continue;
      const auto& name = data.schema->operands[data.schema->operand_index(data, i)].name;
      const DType dtype = f.type(v).dtype;
      need(rule.operand(name).since, cat("operand ", name, " of op ", data.schema->name));
      need(rule.operand(name).since_of(dtype), cat(name_of(dtype), " in op ", data.schema->name));
      const auto def = f.def(v);
      if (f.is_constant(v) || (def && f.op(def).schema->traits.constexpr_op)) continue;
      need(rule.operand(name).computed_since, cat("computed ", name, " of op ", data.schema->name));
    }
  }

  /// The parameters of an op could not always have another float type than its data.
  void mixed_types(const ir::Function& f, const ir::OpData& data) {
    if (rules().row(data.schema->kind).name.empty() || data.operands.empty() || !data.operands[0])
      return;
    const DType first = f.type(data.operands[0]).dtype;
    for (const auto v : data.operands) {
      if (v && is_floating(first) && is_floating(f.type(v).dtype) && f.type(v).dtype != first) {
        const bool gathers_coordinates = data.schema->kind == ir::OpKind::Resample;
        if (!gathers_coordinates)
          need(kMixedFloats, cat("mixed float types of op ", data.schema->name));
      }
    }
  }
};

}  // namespace

RequiredTarget required_target(const ir::Module& module) { return Search(module).result; }

}  // namespace corecast::coreml
