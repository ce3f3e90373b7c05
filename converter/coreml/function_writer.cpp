#include "converter/coreml/function_writer.h"

#include <algorithm>

#include "base/strings.h"
#include "converter/coreml/dtype_map.h"
#include "converter/coreml/op_parameters.h"
#include "converter/coreml/rules.h"
#include "converter/coreml/type_codec.h"
#include "converter/coreml/value_codec.h"

namespace corecast::coreml {
namespace {

constexpr const char* kLabelOutput = "classLabel";

void bind_name(pb::Operation& op, std::string_view parameter, const std::string& name) {
  (*op.mutable_inputs())[std::string(parameter)].add_bindings()->set_name(name);
}

}  // namespace

void FunctionWriter::report(Error error, ir::OpId op) {
  error.where.graph = f_.name;
  if (op) {
    if (const auto& location = f_.op(op).location) {
      error.where.node = location->node;
      error.where.source = location->source;
    }
    error.where.op = f_.op(op).schema->name;
  }
  diagnostics_.error(std::move(error));
}

pb::Operation& FunctionWriter::add_op(const char* type, const std::string& name, pb::Block& out) {
  auto& op = *out.add_operations();
  op.set_type(type);
  (*op.mutable_attributes())["name"] = text_value(name);
  if (std::string_view(type) != "const") ++op_count_;
  return op;
}

std::string FunctionWriter::new_name(ir::ValueId value, const std::string& fallback) {
  const std::string& source = f_.value(value).name;
  const std::string name = table_.unique(identifier(source.empty() ? fallback : source));
  if (!source.empty() && name != source) names_.renamed.emplace_back(source, name);
  return name;
}

// ---- interface

void FunctionWriter::name_interface() {
  const auto& entry = f_.block(f_.entry());
  CC_CHECK(f_.inputs.size() == entry.args.size() && f_.outputs.size() == entry.results.size());
  const auto take = [&](const ir::Feature& feature) {
    const std::string name = table_.unique(identifier(feature.name));
    if (name != feature.name) names_.renamed.emplace_back(feature.name, name);
    return name;
  };
  for (std::size_t i = 0; i < entry.args.size(); ++i) {
    names_.inputs.push_back(take(f_.inputs[i]));
    value_names_[entry.args[i]] = names_.inputs.back();
  }
  for (std::size_t i = 0; i < entry.results.size(); ++i) {
    if (module_.class_labels && f_.outputs[i].name == module_.class_labels->output) {
      scores_ = static_cast<int>(i);
    }
    result_names_.push_back(take(f_.outputs[i]));
  }
  if (module_.class_labels && scores_ < 0) {
    report(Error(Code::E2507, cat("there is no output ", quote(module_.class_labels->output),
                                  " to put labels on")),
           {});
  }
  for (std::size_t i = 0; i < entry.results.size(); ++i) {
    if (is_direct_output(i)) value_names_.emplace(entry.results[i], result_names_[i]);
  }
}

void FunctionWriter::add_source_names(BuildInfo& info) const {
  for (std::size_t i = 0; i < f_.inputs.size(); ++i) {
    add_source_name(f_.name, names_.inputs[i], f_.inputs[i].name, info);
  }
  for (std::size_t i = 0; i < f_.outputs.size(); ++i) {
    if (static_cast<int>(i) != scores_) {
      add_source_name(f_.name, result_names_[i], f_.outputs[i].name, info);
    }
  }
}

/// Whether result `index` can carry its feature's name itself. Inputs, constants, compressed
/// weights, and a value that is two outputs, get an identity op for the name.
bool FunctionWriter::is_direct_output(std::size_t index) const {
  const auto& results = f_.block(f_.entry()).results;
  const auto v = results[index];
  const bool first = std::find(results.begin(), results.end(), v) ==
                     results.begin() + static_cast<std::ptrdiff_t>(index);
  return first && f_.value(v).kind == ir::ValueKind::op_result &&
         !f_.op(f_.def(v)).schema->traits.constexpr_op;
}

Status FunctionWriter::write_inputs(pb::Function& out) {
  const auto& args = f_.block(f_.entry()).args;
  for (std::size_t i = 0; i < args.size(); ++i) {
    auto& input = *out.add_inputs();
    input.set_name(names_.inputs[i]);
    auto type = encode_type(f_.type(args[i]));
    if (type) {
      *input.mutable_type() = std::move(type).value();
    } else {
      report(std::move(type).error(), {});
    }
  }
  return {};
}

/// A model must read its inputs: an identity op does where nothing else does.
Status FunctionWriter::consume_unused_inputs(pb::Block& out) {
  const auto& args = f_.block(f_.entry()).args;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const auto& uses = f_.value(args[i]).uses;
    const bool read =
        std::any_of(uses.begin(), uses.end(), [](const auto& use) { return bool(use.op); });
    const bool returned =
        std::any_of(uses.begin(), uses.end(), [](const auto& use) { return !use.op; });
    if (read || returned || !f_.type(args[i]).is_tensor()) continue;
    TRY_VOID(write_unary("identity", names_.inputs[i], args[i], f_.type(args[i]).dtype,
                         table_.unique(names_.inputs[i] + "_tmp"), out));
  }
  return {};
}

Status FunctionWriter::write(pb::Function& out) {
  name_interface();
  out.set_opset(std::string(opset_name(target_)));
  TRY_VOID(write_inputs(out));
  auto& block = (*out.mutable_blocks())[out.opset()];
  TRY_VOID(consume_unused_inputs(block));
  for (const auto op : f_.ops(f_.entry())) TRY_VOID(write_op(op, block));
  return write_outputs(block);
}

Status FunctionWriter::write_outputs(pb::Block& out) {
  const auto& results = f_.block(f_.entry()).results;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::string& name = result_names_[i];
    names.push_back(name);
    if (is_direct_output(i)) continue;
    if (const auto* tensor = f_.constant(results[i])) {
      TRY_VOID(write_const(*tensor, name, out));
      continue;
    }
    TRY(const auto x, use(results[i], out));
    TRY_VOID(write_unary("identity", x, results[i], f_.type(results[i]).dtype, name, out));
  }
  if (scores_ >= 0) TRY_VOID(write_classifier(names[static_cast<std::size_t>(scores_)], out));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (static_cast<int>(i) != scores_) names_.outputs.push_back(names[i]);
  }
  for (const auto& name : names_.outputs) out.add_outputs(name);
  return {};
}

Status FunctionWriter::write_classifier(const std::string& scores, pb::Block& out) {
  const auto v = f_.block(f_.entry()).results[static_cast<std::size_t>(scores_)];
  const auto& type = f_.type(v);
  const auto& labels = module_.class_labels->labels;
  const auto classes = element_count(type.shape).constant();
  if (classes && *classes != static_cast<std::int64_t>(labels.size())) {
    report(Error(Code::E2507,
                 cat(labels.size(), " class labels for an output of ", *classes, " scores")),
           {});
    return {};
  }
  std::string x = scores;
  if (type.dtype != ir::DType::f32) {
    x = table_.unique(scores + "_to_fp32");
    TRY_VOID(write_unary("cast", scores, v, ir::DType::f32, x, out));
  }
  const std::string label = table_.unique(kLabelOutput);
  const std::string probabilities = table_.unique(label + "_probs");
  auto& op = add_op("classify", label, out);
  bind_name(op, "probabilities", x);
  *(*op.mutable_inputs())["classes"].add_bindings()->mutable_value() = text_list(labels);
  auto* first = op.add_outputs();
  first->set_name(label);
  first->mutable_type()->mutable_tensor()->set_dtype(pb::DT_STRING);
  auto* second = op.add_outputs();
  second->set_name(probabilities);
  auto* dictionary = second->mutable_type()->mutable_dictionary();
  dictionary->mutable_key()->mutable_tensor()->set_dtype(pb::DT_STRING);
  dictionary->mutable_value()->mutable_tensor()->set_dtype(pb::DT_FLOAT64);
  names_.outputs = {label, probabilities};
  return {};
}

// ---- values

Result<std::string> FunctionWriter::use(ir::ValueId value, pb::Block& out) {
  if (const auto it = value_names_.find(value); it != value_names_.end()) return it->second;
  const auto* tensor = f_.constant(value);
  // A value without a name is the result of an op that could not be written: reported already.
  if (tensor == nullptr) return std::string("unwritten");
  const std::string name = new_name(value, "const");
  TRY_VOID(write_const(*tensor, name, out));
  value_names_[value] = name;
  scoped_.push_back(value);
  return name;
}

Status FunctionWriter::write_const(const ir::Tensor& tensor, const std::string& name,
                                   pb::Block& out) {
  auto value = constants_.value_of(tensor);
  if (!value) {
    if (value.error().code != Code::E2502) return std::move(value).error();
    report(std::move(value).error(), {});
    return {};
  }
  auto& op = add_op("const", name, out);
  auto* result = op.add_outputs();
  result->set_name(name);
  *result->mutable_type() = value->type();
  (*op.mutable_attributes())["val"] = std::move(*value);
  return {};
}

/// identity and cast, where the interface asks for one. `like` has the result's shape.
Status FunctionWriter::write_unary(const char* type, const std::string& x, ir::ValueId like,
                                   ir::DType dtype, const std::string& name, pb::Block& out) {
  std::string text;
  if (std::string_view(type) == "cast") {
    text = table_.unique(name + "_dtype_0");
    TRY_VOID(
        write_const(ir::Tensor::strings({std::string(find_dtype(dtype)->text)}, {}), text, out));
  }
  TRY(auto encoded, encode_type(f_.type(like).with(dtype)));
  auto& op = add_op(type, name, out);
  bind_name(op, "x", x);
  if (!text.empty()) bind_name(op, "dtype", text);
  auto* result = op.add_outputs();
  result->set_name(name);
  *result->mutable_type() = std::move(encoded);
  return {};
}

// ---- ops

Status FunctionWriter::write_op(ir::OpId id, pb::Block& block) {
  const auto& op = f_.op(id);
  const auto& rule = rules().row(op.schema->kind);
  const ops::Version version = mil::version_of(target_);
  if (version >= rule.until) {
    report(
        Error(Code::E2501, cat("op ", op.schema->name, " ended before target ", name_of(target_)),
              "write for an older target"),
        id);
    return {};
  }
  if (rule.name.empty() || rule.since > version) {
    report(Error(Code::E2501,
                 rule.name.empty()
                     ? cat("Core ML has no op ", op.schema->name)
                     : cat("op ", rule.name, " needs target ", name_of(target_of(rule.since)),
                           ", writing for ", name_of(target_)),
                 rule.name.empty() ? "" : "raise the deployment target"),
           id);
    return {};
  }
  pb::Operation out;
  out.set_type(std::string(rule.name));
  // Names first: those of parameters derive from them.
  for (std::size_t i = 0; i < op.results.size(); ++i) {
    const auto v = op.results[i];
    if (value_names_.contains(v)) continue;
    value_names_[v] =
        new_name(v, op.results.size() == 1 ? std::string(rule.name) : cat(rule.name, "_", i));
  }
  std::string name = op.results.empty() ? std::string() : value_names_[op.results[0]];
  if (name.empty()) {
    const auto first = op.operands.empty() ? value_names_.end() : value_names_.find(op.operands[0]);
    name = table_.unique(first == value_names_.end() ? std::string(rule.name)
                                                     : cat(first->second, "_", rule.name));
  }
  (*out.mutable_attributes())["name"] = text_value(name);
  TRY_VOID(write_parameters(id, block, out));
  TRY_VOID(write_nested(id, out));
  TRY_VOID(write_results(id, out));
  *block.add_operations() = std::move(out);
  ++op_count_;
  return {};
}

Status FunctionWriter::write_parameters(ir::OpId id, pb::Block& block, pb::Operation& out) {
  auto parameters = parameters_of(f_, id, target_);
  if (!parameters) {
    report(std::move(parameters).error(), id);
    return {};
  }
  const std::string op_name = out.attributes().at("name").immediate().tensor().strings().values(0);
  for (const auto& parameter : parameters->list) {
    std::size_t element = 0;
    for (const auto& part : parameter.parts) {
      if (!part.tensor) {
        TRY(const auto name, use(part.value, block));
        bind_name(out, parameter.name, name);
        continue;
      }
      if (parameters->style == ParameterStyle::named && parameter.parts.size() == 1) {
        const std::string name = table_.unique(cat(op_name, "_", parameter.name, "_", element++));
        TRY_VOID(write_const(*part.tensor, name, block));
        bind_name(out, parameter.name, name);
        continue;
      }
      auto value = constants_.value_of(*part.tensor);
      if (!value) {
        if (value.error().code != Code::E2502) return std::move(value).error();
        report(std::move(value).error(), id);
      } else if (parameters->style == ParameterStyle::attribute) {
        (*out.mutable_attributes())[parameter.name] = std::move(*value);
      } else {
        *(*out.mutable_inputs())[parameter.name].add_bindings()->mutable_value() =
            std::move(*value);
      }
    }
  }
  return {};
}

Status FunctionWriter::write_results(ir::OpId id, pb::Operation& out) {
  const auto& op = f_.op(id);
  for (const auto v : op.results) {
    const auto& type = f_.type(v);
    auto* result = out.add_outputs();
    result->set_name(value_names_[v]);
    auto encoded = encode_type(type);
    if (!encoded) {
      report(std::move(encoded).error(), id);
      continue;
    }
    *result->mutable_type() = std::move(*encoded);
    if (op.schema->traits.constexpr_op) continue;  // evaluated before anything runs
    const auto since = computes_with(type.dtype);
    if (!since || *since > target_) {
      report(Error(Code::E2502,
                   cat("Core ML cannot compute with ", name_of(type.dtype), " for target ",
                       name_of(target_)),
                   since ? "raise the deployment target" : "convert the tensor to another type"),
             id);
    }
    if (type.rank() > rules().largest_rank) {
      report(Error(Code::E2504, cat("a tensor of rank ", type.rank(), ", Core ML allows ",
                                    rules().largest_rank)),
             id);
    }
  }
  return {};
}

Status FunctionWriter::write_nested(ir::OpId id, pb::Operation& out) {
  for (const auto nested : f_.op(id).blocks) {
    auto& block = *out.add_blocks();
    for (const auto arg : f_.block(nested).args) {
      value_names_[arg] = new_name(arg, "arg");
      auto* input = block.add_inputs();
      input->set_name(value_names_[arg]);
      TRY(*input->mutable_type(), encode_type(f_.type(arg)));
    }
    TRY_VOID(write_block(nested, block));
  }
  return {};
}

Status FunctionWriter::write_block(ir::BlockId id, pb::Block& out) {
  const std::size_t outer = scoped_.size();
  for (const auto op : f_.ops(id)) TRY_VOID(write_op(op, out));
  for (const auto v : f_.block(id).results) {
    TRY(const auto name, use(v, out));
    out.add_outputs(name);
  }
  // Constants written in here are not visible outside.
  for (; scoped_.size() > outer; scoped_.pop_back()) value_names_.erase(scoped_.back());
  return {};
}

}  // namespace corecast::coreml
