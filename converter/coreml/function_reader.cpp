#include "converter/coreml/function_reader.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "converter/coreml/old_forms.h"
#include "converter/coreml/rules.h"
#include "converter/coreml/type_codec.h"
#include "converter/coreml/value_codec.h"
#include "ir/parse.h"

namespace corecast::coreml {
namespace {

Error malformed(const std::string& why) {
  return Error(Code::E2405, why,
               "the model file is damaged, or was written by another kind of tool");
}

std::string op_name(const pb::Operation& op) {
  const auto it = op.attributes().find("name");
  if (it != op.attributes().end() && it->second.immediate().tensor().strings().values_size() == 1) {
    return it->second.immediate().tensor().strings().values(0);
  }
  return op.outputs_size() > 0 ? op.outputs(0).name() : std::string();
}

}  // namespace

Where FunctionReader::where(const pb::Operation& op) const {
  Where w;
  w.file = c_.files.model_path();
  w.graph = f_.name;
  w.node = op_name(op);
  w.op = op.type();
  return w;
}

void FunctionReader::poison(const pb::Operation& op) {
  for (const auto& output : op.outputs()) scopes_.back()[output.name()] = {{}, nullptr, true};
}

FunctionReader::Binding* FunctionReader::lookup(const std::string& name) {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    if (const auto it = scope->find(name); it != scope->end()) return &it->second;
  }
  return nullptr;
}

Result<FunctionReader::Binding*> FunctionReader::find(const std::string& name) {
  if (auto* binding = lookup(name)) return binding;
  return malformed("no value is called " + quote(name) + " here");
}

Result<ir::ValueId> FunctionReader::value_of(Binding& binding, const std::string& name) {
  if (binding.constant != nullptr && !binding.value) {
    TRY(auto tensor, decode_tensor_value(*binding.constant, c_.files));
    binding.value = f_.add_constant(std::move(tensor), name);
  }
  return binding.value;
}

// ---- interface

void FunctionReader::read(const pb::Function& function) {
  scopes_.emplace_back();
  const auto block = function.blocks().find(function.opset());
  if (block == function.blocks().end()) {
    auto error = malformed(
        cat("function ", quote(f_.name), " has no block for its opset ", quote(function.opset())));
    c_.diagnostics.error(std::move(error).with_file(c_.files.model_path()));
    return;
  }
  read_inputs(function);
  read_ops(block->second, f_.entry());
  read_outputs(block->second);
}

void FunctionReader::read_inputs(const pb::Function& function) {
  // Callers see the description's order; a program may have another. States come last.
  std::vector<std::pair<int, const pb::NamedType*>> order;
  for (int i = 0; i < function.inputs_size(); ++i) {
    const auto& input = function.inputs(i);
    const auto it = interface_.inputs.find(input.name());
    const int undescribed = 1'000'000 + i;
    const bool known = it != interface_.inputs.end() && !input.type().has_state();
    order.emplace_back(known ? it->second.position : undescribed, &input);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [position, input] : order) {
    const auto it = interface_.inputs.find(input->name());
    auto read = read_input(*input, it == interface_.inputs.end() ? nullptr : it->second.feature,
                           f_.name, c_.info, f_.symbols);
    if (!read) {
      auto error = std::move(read).error().in(cat("input ", quote(input->name())));
      error.where.graph = f_.name;
      c_.diagnostics.error(std::move(error).with_file(c_.files.model_path()));
      scopes_.back()[input->name()] = {{}, nullptr, true};
      continue;
    }
    if (read->type.kind == ir::TypeKind::state) states_.push_back({input->name(), read->type});
    scopes_.back()[input->name()] = {f_.add_arg(f_.entry(), read->type, input->name()), nullptr,
                                     false};
    read->feature.name = recorded_source_name(c_.info, f_.name, input->name());
    const auto same = [&](const ir::Feature& f) { return f.name == read->feature.name; };
    if (std::any_of(f_.inputs.begin(), f_.inputs.end(), same)) {
      Error error(Code::E2405, cat("two inputs are called ", quote(input->name())),
                  "the model file is damaged");
      error.where.graph = f_.name;
      c_.diagnostics.error(std::move(error).with_file(c_.files.model_path()));
    }
    f_.inputs.push_back(std::move(read->feature));
  }
}

void FunctionReader::read_outputs(const pb::Block& block) {
  std::vector<ir::ValueId> results;
  std::vector<std::string> names;
  const auto add = [&](const std::string& name, const std::string& feature) {
    if (std::find(names.begin(), names.end(), feature) != names.end()) return;  // listed twice
    auto binding = find(name);
    Status failed;
    if (binding && (*binding)->poisoned) return;
    if (binding) {
      auto value = value_of(**binding, name);
      if (value) {
        results.push_back(*value);
        names.push_back(feature);
        return;
      }
      failed = std::move(value).error();
    } else {
      failed = std::move(binding).error();
    }
    c_.diagnostics.error(std::move(failed).error().with_file(c_.files.model_path()));
  };
  for (const auto& name : block.outputs()) {
    // A classifier's two outputs stand for the scores that they are computed from.
    if (class_labels_ && name == label_output_) continue;
    if (class_labels_ && name == probability_output_) {
      add(scores_, scores_);
    } else {
      add(name, name);
    }
  }
  for (const auto& name : names) {
    const auto it = interface_.outputs.find(name);
    f_.outputs.push_back(
        read_output(name, it == interface_.outputs.end() ? nullptr : it->second.feature));
    f_.outputs.back().name = recorded_source_name(c_.info, f_.name, name);
  }
  f_.set_results(f_.entry(), std::move(results));
}

// ---- ops

void FunctionReader::read_ops(const pb::Block& block, ir::BlockId into) {
  for (const auto& op : block.operations()) {
    if (c_.stop.requested()) return;
    read_op(op, into);
  }
}

void FunctionReader::read_op(const pb::Operation& op, ir::BlockId into) {
  if (op.type() == "const") {
    const auto value = op.attributes().find("val");
    if (value != op.attributes().end() && op.outputs_size() == 1) {
      scopes_.back()[op.outputs(0).name()] = {{}, &value->second, false};
      return;
    }
    auto error = malformed("a const op without a value");
    error.where = where(op);
    c_.diagnostics.error(std::move(error));
    return poison(op);
  }
  if (op.type() == "classify") {
    if (auto status = read_classifier(op); !status) {
      auto error = std::move(status).error();
      error.where = where(op);
      c_.diagnostics.error(std::move(error));
    }
    return;
  }
  const auto* schema = schema_of(op);
  if (schema == nullptr) {
    auto& entry = c_.unknown.by_type[op.type()];
    if (entry.count++ == 0) entry.first = where(op);
    return poison(op);
  }
  auto outcome = read_known(op, *schema, into);
  if (!outcome) {
    auto error = std::move(outcome).error();
    error.where = where(op);
    c_.diagnostics.error(std::move(error));
  }
  if (!outcome || *outcome == Outcome::skipped) poison(op);
}

/// Some names mean different ops, by opset: the parameters tell which.
const ir::OpSchema* FunctionReader::schema_of(const pb::Operation& op) const {
  const ir::OpSchema* first = nullptr;
  for (const ir::OpKind kind : kinds_named(op.type())) {
    const auto& schema = c_.registry.get(kind);
    if (check_parameters(op, schema)) return &schema;
    if (first == nullptr) first = &schema;
  }
  return first;
}

Result<FunctionReader::Outcome> FunctionReader::read_known(const pb::Operation& op,
                                                           const ir::OpSchema& schema,
                                                           ir::BlockId into) {
  TRY_VOID(check_parameters(op, schema));
  std::vector<ir::ValueId> operands;
  TRY(const auto usable, operands_of(op, schema, operands));
  if (usable == Outcome::skipped) return usable;
  TRY(auto attributes, attributes_of(op, schema));
  if (static_cast<std::size_t>(op.blocks_size()) != schema.blocks.size()) {
    return malformed(cat(op.blocks_size(), " blocks, expected ", schema.blocks.size()));
  }
  std::vector<ir::BlockId> blocks;
  TRY(const auto nested, read_nested(op, blocks));
  if (nested == Outcome::skipped) return nested;
  auto location = std::make_shared<ir::Location>();
  location->node = op_name(op);
  location->op = op.type();
  if (opset_ < kNoNegativeIndices) {
    ir::Builder builder(f_, c_.registry, {into, {}});
    builder.set_location(location);
    wrap_negative_indices(builder, schema, attributes, operands);
  }
  TRY(const auto id, f_.insert({into, {}}, schema, std::move(operands), std::move(attributes),
                               std::move(blocks), std::move(location)));
  TRY_VOID(bind_results(op, id));
  return Outcome::done;
}

Status FunctionReader::check_parameters(const pb::Operation& op, const ir::OpSchema& schema) const {
  std::vector<std::string> unknown;
  const auto check = [&](const std::string& name) {
    const int attr = schema.attr_index(name);
    const bool known = schema.operand_index(name) >= 0 ||
                       (attr >= 0 && rules().row(schema.kind).parameter(name).since != ops::kNever);
    if (!known && !is_ignorable(op, name)) unknown.push_back(name);
  };
  for (const auto& [name, argument] : op.inputs()) check(name);
  for (const auto& [name, value] : op.attributes()) check(name);
  if (unknown.empty()) return {};
  std::sort(unknown.begin(), unknown.end());
  return Error(Code::E2423, cat("parameters that corecast does not know: ", join(unknown)));
}

Result<FunctionReader::Outcome> FunctionReader::operands_of(const pb::Operation& op,
                                                            const ir::OpSchema& schema,
                                                            std::vector<ir::ValueId>& out) {
  TRY(auto replaced, replacements_for(op, c_.files));
  bool poisoned = false;
  for (const auto& spec : schema.operands) {
    const std::string name(spec.name);
    if (const auto it = replaced.find(name); it != replaced.end()) {
      out.push_back(f_.add_constant(it->second));
      continue;
    }
    const auto argument = argument_of(op, name);
    const int count = argument ? argument->bindings_size() : 0;
    if (spec.kind != ir::OperandKind::variadic && count != 1) {
      if (count > 1) return malformed(cat("operand ", name, " is a tuple, expected one value"));
      if (spec.kind == ir::OperandKind::required)
        return malformed(cat("operand ", name, " is missing"));
      out.emplace_back();
      continue;
    }
    for (int i = 0; i < count; ++i) {
      const auto& bound = argument->bindings(i);
      if (!bound.has_name()) {
        TRY(auto tensor, constant_of(bound));
        out.push_back(f_.add_constant(std::move(tensor)));
        continue;
      }
      TRY(auto* binding, find(bound.name()));
      poisoned = poisoned || binding->poisoned;
      if (binding->poisoned) continue;
      TRY(const auto value, value_of(*binding, bound.name()));
      out.push_back(value);
    }
  }
  return poisoned ? Outcome::skipped : Outcome::done;
}

Result<std::vector<ir::Attribute>> FunctionReader::attributes_of(const pb::Operation& op,
                                                                 const ir::OpSchema& schema) {
  std::vector<ir::Attribute> out;
  for (const auto& spec : schema.attrs) {
    const bool in_mil = rules().row(schema.kind).parameter(spec.name).since != ops::kNever;
    const auto argument = in_mil ? argument_of(op, std::string(spec.name)) : std::nullopt;
    if (!argument) {
      out.push_back(spec.fallback);
      continue;
    }
    auto attribute = attribute_of(*argument, spec);
    if (!attribute) return std::move(attribute).error().in(cat("parameter ", spec.name));
    out.push_back(std::move(*attribute));
  }
  return out;
}

Result<ir::Attribute> FunctionReader::attribute_of(const pb::Argument& argument,
                                                   const ir::AttrSpec& spec) {
  if (argument.bindings_size() == 1) {
    TRY(const auto tensor, constant_of(argument.bindings(0)));
    const bool list = spec.kind == ir::AttrKind::integers || spec.kind == ir::AttrKind::booleans;
    return decode_attribute(list && tensor.rank() == 0 ? tensor.reshaped({1}) : tensor, spec.kind);
  }
  // A tuple of scalars.
  std::vector<std::int64_t> values;
  for (const auto& bound : argument.bindings()) {
    TRY(const auto tensor, constant_of(bound));
    const bool fits = spec.kind == ir::AttrKind::booleans ? tensor.dtype() == ir::DType::boolean
                                                          : is_integer(tensor.dtype());
    if (tensor.count() != 1 || !fits)
      return malformed(cat("a tuple with ", name_of(tensor.dtype()), " of ", tensor.count(),
                           " elements in it, expected ", name_of(spec.kind)));
    values.push_back(tensor.at_int(0));
  }
  if (spec.kind == ir::AttrKind::integers) return ir::Attribute(std::move(values));
  if (spec.kind == ir::AttrKind::booleans)
    return ir::Attribute(std::vector<bool>(values.begin(), values.end()));
  return malformed("a tuple, expected one value");
}

Result<ir::Tensor> FunctionReader::constant_of(const pb::Binding& bound) {
  if (bound.has_value()) return decode_tensor_value(bound.value(), c_.files);
  TRY(const auto* binding, find(bound.name()));
  if (binding->constant != nullptr) return decode_tensor_value(*binding->constant, c_.files);
  return Error(Code::E2425, cat("its value ", quote(bound.name()),
                                " is computed at run time, expected a constant"));
}

// ---- results

Status FunctionReader::bind_results(const pb::Operation& op, ir::OpId id) {
  const auto results = f_.op(id).results;
  if (results.size() != static_cast<std::size_t>(op.outputs_size())) {
    return malformed(cat(op.outputs_size(), " results, expected ", results.size()));
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto& output = op.outputs(static_cast<int>(i));
    f_.set_name(results[i], output.name());
    TRY_VOID(check_type(results[i], output));
    scopes_.back()[output.name()] = {results[i], nullptr, false};
  }
  return {};
}

/// Inference is checked against what the file declares, which may know sizes that inference cannot.
Status FunctionReader::check_type(ir::ValueId value, const pb::NamedType& declared) {
  if (has_unknown_rank(declared.type())) return {};
  const ir::Type& inferred = f_.type(value);
  TRY(auto type, decode_type(declared.type(), [&] { return ir::Dim::symbol("?"); }));
  if (!compatible(type, inferred)) {
    return Error(Code::E2406,
                 cat("result ", quote(declared.name()), " is declared as ",
                     type_text(declared.type()), ", its op makes ", to_string(inferred)),
                 "the model file is damaged, or its op means something else to corecast");
  }
  for (std::size_t i = 0; i < type.shape.size(); ++i) {
    if (!type.shape[i].is_constant() || inferred.shape[i].is_constant())
      type.shape[i] = inferred.shape[i];
  }
  type.length = inferred.length;
  f_.set_type(value, std::move(type));
  return {};
}

Status FunctionReader::read_classifier(const pb::Operation& op) {
  const auto scores = argument_of(op, "probabilities");
  const auto classes = argument_of(op, "classes");
  if (!scores || scores->bindings_size() != 1 || !scores->bindings(0).has_name() || !classes ||
      classes->bindings_size() != 1 || op.outputs_size() != 2) {
    return malformed("a classifier without scores, labels or two results");
  }
  const pb::Value* value =
      classes->bindings(0).has_value() ? &classes->bindings(0).value() : nullptr;
  if (value == nullptr) {
    TRY(const auto* binding, find(classes->bindings(0).name()));
    value = binding->constant;
  }
  if (value == nullptr) return malformed("class labels that are no constant");
  TRY(auto labels, decode_texts(*value, c_.files));
  scores_ = scores->bindings(0).name();
  label_output_ = op.outputs(0).name();
  probability_output_ = op.outputs(1).name();
  class_labels_ = ir::ClassLabels{scores_, std::move(labels.values)};
  return {};
}

}  // namespace corecast::coreml
