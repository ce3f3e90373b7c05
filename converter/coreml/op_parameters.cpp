#include "converter/coreml/op_parameters.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "converter/coreml/rules.h"
#include "converter/coreml/value_codec.h"
#include "ops/op_kind.h"

namespace corecast::coreml {
namespace {

using ir::DType;
using ir::OpKind;
using mil::Target;

Error unsupported(Code code, std::string message, std::string help = {}) {
  return Error(code, std::move(message), std::move(help));
}

/// MIL types a float parameter like the op's data: like the first floating operand, else like the
/// first operand.
DType float_type(const ir::Function& f, const ir::OpData& op) {
  for (const auto v : op.operands) {
    if (v && is_floating(f.type(v).dtype)) return f.type(v).dtype;
  }
  if (!op.operands.empty() && op.operands[0] && is_integer(f.type(op.operands[0]).dtype)) {
    return f.type(op.operands[0]).dtype;
  }
  return DType::f32;
}

/// In the IR an empty list of a windowed op stands for the default of every spatial dim. MIL has
/// the same defaults, but files spell them out.
ir::Attribute spelled_out(const ir::Function& f, const ir::OpData& op, const ir::AttrSpec& spec,
                          const ir::Attribute& attribute) {
  const auto* list = std::get_if<std::vector<std::int64_t>>(&attribute);
  if (list == nullptr || !list->empty() || op.operands.empty()) return attribute;
  const auto spatial =
      static_cast<std::size_t>(std::max<std::int64_t>(f.type(op.operands[0]).rank() - 2, 0));
  if (spec.name == "strides" || spec.name == "dilations") {
    return std::vector<std::int64_t>(spatial, 1);
  }
  if (spec.name == "pad") return std::vector<std::int64_t>(2 * spatial, 0);
  return attribute;
}

/// An empty mask stands for no mask, which MIL says by leaving it out.
bool is_left_out(const ir::AttrSpec& spec, const ir::Attribute& attribute) {
  if (std::holds_alternative<std::monostate>(attribute)) return true;
  const auto* mask = std::get_if<std::vector<bool>>(&attribute);
  return mask != nullptr && mask->empty() && identical(attribute, spec.fallback);
}

std::vector<ParameterPart> elements(const ir::Tensor& tensor) {
  std::vector<ParameterPart> parts;
  for (std::int64_t i = 0; i < tensor.count(); ++i) {
    ir::Tensor one =
        tensor.dtype() == DType::string
            ? ir::Tensor::strings({tensor.string_values()[static_cast<std::size_t>(i)]}, {})
            : ir::Tensor::splat(tensor.dtype(), {}, tensor.at(i));
    parts.push_back({{}, std::move(one)});
  }
  return parts;
}

Result<std::optional<Parameter>> attribute_parameter(const ir::Function& f, const ir::OpData& op,
                                                     std::size_t index, Target target) {
  const auto& spec = op.schema->attrs[index];
  const auto& attribute = op.attrs[index];
  const bool is_default = identical(attribute, spec.fallback);
  const auto& rule = rules().row(op.schema->kind).parameter(spec.name);
  if (!rules_for(target).may_have(rule.since)) {
    if (is_default) return std::optional<Parameter>();
    return unsupported(
        Code::E2505,
        rule.since != ops::kNever
            ? cat("parameter ", spec.name, " = ", to_string(attribute), " needs target ",
                  name_of(target_of(rule.since)), ", writing for ", name_of(target))
            : cat("Core ML has no parameter ", spec.name, ", here ", to_string(attribute)));
  }
  if (is_left_out(spec, attribute)) return std::optional<Parameter>();
  // An empty mask says nothing of any dimension; MIL has no masks of length 0.
  if (const auto* mask = std::get_if<std::vector<bool>>(&attribute); mask && mask->empty()) {
    return std::optional<Parameter>();
  }
  TRY(auto tensor,
      attribute_tensor(spelled_out(f, op, spec, attribute), rule.dtype.value_or(DType::i32),
                       rule.dtype.value_or(float_type(f, op))));
  Parameter parameter{std::string(spec.name), {}};
  if (rule.tuple) {
    parameter.parts = elements(tensor);
  } else {
    parameter.parts.push_back({{}, std::move(tensor)});
  }
  return std::optional(std::move(parameter));
}

// ---- compressed weights

/// Constants in place of the values that name them.
Status make_literal(const ir::Function& f, std::vector<Parameter>& list) {
  for (auto& parameter : list) {
    for (auto& part : parameter.parts) {
      if (const auto* tensor = part.value ? f.constant(part.value) : nullptr) part = {{}, *tensor};
      if (part.tensor) continue;
      const auto def = f.def(part.value);
      if (def && f.op(def).schema->traits.constexpr_op) continue;
      return unsupported(Code::E2506,
                         cat("operand ", parameter.name, " of a compressed weight is no constant"));
    }
  }
  return {};
}

Parameter* find(std::vector<Parameter>& list, std::string_view name) {
  const auto it =
      std::find_if(list.begin(), list.end(), [&](const auto& p) { return p.name == name; });
  return it == list.end() ? nullptr : &*it;
}

Error no_old_form(std::string_view op, const std::string& why) {
  const auto since = target_of(rules().row(OpKind::ConstexprBlockwiseShiftScale).since);
  return unsupported(Code::E2505, cat(op, " needs target ", name_of(since), ": ", why),
                     "raise the deployment target");
}

/// The constant of a parameter, when it is one.
const ir::Tensor* literal(std::vector<Parameter>& list, std::string_view name) {
  auto* parameter = find(list, name);
  return parameter && parameter->parts[0].tensor ? &*parameter->parts[0].tensor : nullptr;
}

void replace(std::vector<Parameter>& list, std::string_view name, ir::Tensor tensor) {
  find(list, name)->parts[0].tensor = std::move(tensor);
}

ir::Tensor as_packed_bytes(const ir::Tensor& t) {
  return ir::Tensor(DType::u8, {static_cast<std::int64_t>(t.byte_size())}, t.buffer());
}

ir::Tensor shape_tensor(const std::vector<std::int64_t>& dims) {
  std::vector<std::uint32_t> values;
  for (const auto d : dims) values.push_back(static_cast<std::uint32_t>(d));
  return ir::Tensor::of(values);
}

/// Without the general form: packed bytes and an explicit shape in place of sub-byte types.
Status to_old_form(std::string_view op, std::vector<Parameter>& list) {
  const auto* packed = literal(list, op == "constexpr_lut_to_dense" ? "indices" : "mask");
  const auto* data = literal(list, op == "constexpr_lut_to_dense" ? "lut" : "nonzero_data");
  if (packed == nullptr || data == nullptr)
    return no_old_form(op, "its parts are compressed again");
  const auto dims = packed->dims();
  if (is_sub_byte(data->dtype())) return no_old_form(op, cat(name_of(data->dtype()), " data"));
  if (op == "constexpr_sparse_to_dense") {
    replace(list, "mask", as_packed_bytes(*packed));
  } else {
    const auto& lut = data->dims();
    const auto entries = lut.size() >= 2 ? lut[lut.size() - 2] : 0;
    if (data->count() != entries || bits_of(packed->dtype()) == 3) {
      return no_old_form(op,
                         bits_of(packed->dtype()) == 3 ? "3-bit indices" : "more than one table");
    }
    replace(list, "indices", as_packed_bytes(*packed));
    replace(list, "lut", data->reshaped({entries}));
    std::erase_if(list, [](const auto& p) { return p.name == "vector_axis"; });
  }
  list.push_back({"shape", {{{}, shape_tensor(dims)}}});
  return {};
}

Status adapt_constexpr(const ir::Function& f, OpKind kind, Target target, OpParameters& out) {
  TRY_VOID(make_literal(f, out.list));
  const std::string_view op = rules().row(kind).name;
  const bool general = rules_for(target).may_have(kind, "general");
  if (kind == OpKind::ConstexprAffineDequantize || (kind == OpKind::ConstexprCast && !general)) {
    out.style = ParameterStyle::attribute;
  } else if (general) {
    out.style = ParameterStyle::literal;
  } else if (rules().row(kind).form("general")) {
    out.style = ParameterStyle::attribute;
    TRY_VOID(to_old_form(op, out.list));
  } else {
    return no_old_form(op, "it came with that target");
  }
  const bool all_known = std::all_of(out.list.begin(), out.list.end(),
                                     [](const auto& p) { return p.parts[0].tensor.has_value(); });
  if (out.style == ParameterStyle::attribute && !all_known) {
    return no_old_form(op, "its parts are compressed again");
  }
  return {};
}

}  // namespace

Result<OpParameters> parameters_of(const ir::Function& f, ir::OpId id, Target target) {
  const auto& op = f.op(id);
  const auto& schema = *op.schema;
  const auto& rule = rules().row(schema.kind);
  OpParameters out;
  for (std::size_t i = 0; i < schema.operands.size(); ++i) {
    const auto& spec = schema.operands[i];
    Parameter parameter{std::string(spec.name), {}};
    for (const auto v : schema.operand(op, i)) {
      if (!v) continue;
      const auto def = f.def(v);
      const bool known = f.is_constant(v) || (def && f.op(def).schema->traits.constexpr_op);
      if (!known && !rules_for(target).may_have(rule.operand(spec.name).computed_since)) {
        return unsupported(
            Code::E2506, cat("operand ", spec.name, " must be a constant in Core ML"),
            "its value is computed at run time; compute it ahead, or make it constant");
      }
      parameter.parts.push_back({v, std::nullopt});
    }
    if (!parameter.parts.empty()) out.list.push_back(std::move(parameter));
  }
  for (std::size_t i = 0; i < schema.attrs.size(); ++i) {
    TRY(auto parameter, attribute_parameter(f, op, i, target));
    if (parameter) out.list.push_back(std::move(*parameter));
  }
  if (schema.traits.constexpr_op) TRY_VOID(adapt_constexpr(f, schema.kind, target, out));
  return out;
}

}  // namespace corecast::coreml
