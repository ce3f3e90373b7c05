// Functions: the model's own, and the bodies that the ONNX standard gives for composite operators.
#include "converter/onnx/functions.h"

#include <onnx/defs/function.h>
#include <onnx/defs/operator_sets.h>
#include <onnx/defs/operator_sets_ml.h>
#include <onnx/defs/schema.h>

#include <mutex>
#include <stdexcept>

#include "converter/onnx/importer.h"

namespace corecast::onnx {
namespace {

constexpr int kMaxExpansion = 64;  // nested calls; more means a function that calls itself

const proto::OpSchema* schema_of(const std::string& op_type, int opset, const std::string& domain) {
  register_standard_operators();
  return proto::OpSchemaRegistry::Schema(op_type, opset, domain);
}

void put_type(ir::DType dtype, const ir::Shape& shape, proto::TypeProto& into) {
  for (int t = 1; t < 32; ++t) {
    if (dtype_of(t) == dtype) into.mutable_tensor_type()->set_elem_type(t);
  }
  auto* s = into.mutable_tensor_type()->mutable_shape();
  for (const auto& d : shape) {
    auto* dim = s->add_dim();
    if (d.is_constant())
      dim->set_dim_value(d.value());
    else
      dim->set_dim_param(d.to_string());
  }
}

// The node with attributes that refer to the caller's in their place; those it does not have are
// left out, so that defaults hold.
proto::NodeProto resolved(const proto::NodeProto& node, const Scope& scope) {
  proto::NodeProto call = node;
  call.clear_attribute();
  for (const auto& a : node.attribute()) {
    if (a.ref_attr_name().empty()) {
      *call.add_attribute() = a;
      continue;
    }
    const auto* outer = scope.attributes;
    const auto it = outer ? outer->find(a.ref_attr_name()) : decltype(outer->end()){};
    if (!outer || it == outer->end()) continue;
    auto* copy = call.add_attribute();
    *copy = *it->second;
    copy->set_name(a.name());
  }
  return call;
}

}  // namespace

void register_standard_operators() {
  static std::once_flag once;
  std::call_once(once, [] { proto::RegisterOnnxOperatorSetSchema(); });
}

const proto::FunctionProto* Importer::local_function(const proto::NodeProto& node) const {
  const auto found = functions_.find(FunctionKey(node.domain(), node.op_type(), node.overload()));
  return found == functions_.end() ? nullptr : found->second;
}

bool Importer::function_body(const proto::NodeProto& node, const Scope& scope,
                             proto::FunctionProto& body) {
  if (const auto* local = local_function(node)) {
    body = *local;
    return true;
  }
  const std::string domain = node.domain() == "ai.onnx" ? "" : node.domain();
  const auto opset = scope.opsets.find(domain);
  if (!domain.empty() || opset == scope.opsets.end()) return false;
  const auto* schema = schema_of(node.op_type(), static_cast<int>(opset->second), domain);
  if (!schema) return false;
  if (schema->HasFunction()) {
    // A body written for an older opset says so itself, and its nodes are read as of that opset.
    const auto* f = schema->GetFunction(static_cast<int>(opset->second), false);
    if (!f) return false;
    body = *f;
    return true;
  }
  if (!schema->HasContextDependentFunction()) return false;
  // The library's builders take it for granted that the node fits and that every input has a type.
  schema->Verify(node);
  std::vector<proto::TypeProto> types;
  for (const auto& name : node.input()) {
    proto::TypeProto& t = types.emplace_back();
    const ValueId* v = name.empty() ? nullptr : scope.find(name);
    if (!name.empty() && !(v && *v))
      throw std::invalid_argument(cat("input ", quote(name), " is not defined before this node"));
    if (v && *v) put_type(draft_.function().type(*v).dtype, draft_.function().type(*v).shape, t);
  }
  const proto::FunctionBodyBuildContextImpl context(node, types);
  return schema->BuildContextDependentFunction(context, body, static_cast<int>(opset->second));
}

std::map<std::string, const proto::AttributeProto*> Importer::function_attributes(
    const proto::NodeProto& call, const proto::FunctionProto& body, const Scope& scope) const {
  // A standard function's attributes have defaults that its body refers to.
  std::map<std::string, const proto::AttributeProto*> attributes;
  for (const auto& a : body.attribute_proto()) attributes[a.name()] = &a;
  if (const auto* schema =
          call.domain().empty() && !local_function(call)
              ? schema_of(call.op_type(), static_cast<int>(scope.opsets.at("")), "")
              : nullptr) {
    for (const auto& [name, a] : schema->attributes()) {
      if (a.default_value.has_name()) attributes[name] = &a.default_value;
    }
  }
  for (const auto& a : call.attribute()) attributes[a.name()] = &a;
  return attributes;
}

namespace {

// Optional inputs that the call leaves out are empty names inside the body.
void clear_absent(const proto::NodeProto& node, proto::FunctionProto& body) {
  for (auto& n : *body.mutable_node()) {
    for (auto& name : *n.mutable_input()) {
      for (int i = 0; i < body.input_size(); ++i) {
        if (body.input(i) == name && (i >= node.input_size() || node.input(i).empty()))
          name.clear();
      }
    }
  }
}

}  // namespace

bool Importer::expand_function(const proto::NodeProto& node, Scope& scope) {
  proto::FunctionProto body;
  for (const auto& name : node.input()) {
    const ValueId* v = scope.find(name);
    if (v && !*v) return false;  // poison: reported where it arose
  }
  const proto::NodeProto call = resolved(node, scope);
  bool found = false;
  try {
    found = function_depth_ < kMaxExpansion && function_body(call, scope, body);
  } catch (const std::exception& e) {  // ONNX's own builders of bodies throw at bad attributes
    OnnxNode(*this, node, scope).fail("the node does not fit its operator: ", e.what());
    return false;
  }
  if (!found) {
    OnnxNode reader(*this, node, scope);
    reader.unsupported(function_depth_ >= kMaxExpansion ? "functions call each other without end"
                                                        : "this operator is not supported");
    return false;
  }
  const auto attributes = function_attributes(call, body, scope);
  Scope inner;  // a function sees nothing of its caller but the arguments
  inner.graph = scope.graph;
  inner.prefix =
      cat(scope.prefix, node.name().empty() ? cat(node.op_type(), calls_++) : node.name(), "/");
  inner.attributes = &attributes;
  inner.opsets = scope.opsets;
  for (const auto& o : body.opset_import())
    inner.opsets[o.domain() == "ai.onnx" ? "" : o.domain()] = o.version();
  for (int i = 0; i < body.input_size(); ++i) {
    if (i >= node.input_size() || node.input(i).empty()) continue;
    const ValueId* v = scope.find(node.input(i));
    if (!v) {
      OnnxNode(*this, node, scope)
          .fail("input ", quote(node.input(i)), " is not defined before this node");
      return false;
    }
    inner.values[body.input(i)] = *v;
  }
  clear_absent(node, body);
  ++function_depth_;
  import_nodes(body.node(), inner);
  --function_depth_;
  for (int i = 0; i < node.output_size(); ++i) {
    if (node.output(i).empty()) continue;
    const ValueId* v = i < body.output_size() ? inner.find(body.output(i)) : nullptr;
    bind(node.output(i), v ? *v : ValueId(), scope);
  }
  return true;
}

void Importer::report_unsupported(const google::protobuf::RepeatedPtrField<proto::NodeProto>& nodes,
                                  const Scope& scope, int depth) {
  for (const auto& node : nodes) {
    if (draft_.exhausted()) return;
    const std::string domain = node.domain() == "ai.onnx" ? "" : node.domain();
    bool known = find_row(domain, node.op_type()) != nullptr;
    if (const auto* local = local_function(node)) {
      known = true;
      Scope inner;
      inner.graph = local->name();
      inner.opsets = scope.opsets;
      // Once each: functions that call others twice would be walked 2^depth times.
      if (depth < kMaxExpansion && reported_.insert(local).second)
        report_unsupported(local->node(), inner, depth + 1);
    } else if (!known && domain.empty() && scope.opsets.contains("")) {
      const auto* schema = schema_of(node.op_type(), static_cast<int>(scope.opsets.at("")), "");
      if (schema && (schema->HasFunction() || schema->HasContextDependentFunction())) {
        known = true;
        const auto* f = schema->HasFunction()
                            ? schema->GetFunction(static_cast<int>(scope.opsets.at("")), true)
                            : nullptr;
        // Bodies are in terms of simpler operators; one we lack makes the whole unsupported.
        for (int i = 0; f && i < f->node_size(); ++i) {
          const auto& inner = f->node(i);
          const auto* s =
              schema_of(inner.op_type(), static_cast<int>(scope.opsets.at("")), inner.domain());
          known = known && (find_row(inner.domain(), inner.op_type()) ||
                            (s && (s->HasFunction() || s->HasContextDependentFunction())));
        }
      }
    }
    if (!known) {
      Where w{file_.path(),
              scope.graph,
              name_of(node),
              domain.empty() ? node.op_type() : cat(domain, ".", node.op_type()),
              {}};
      draft_.diagnostics().error(Error(
          Code::E3001, cat("operator ", w.op, " is not supported"),
          domain.empty()
              ? "rewrite this part of the model with supported operators "
                "(docs/generated/onnx.md)"
              : cat("the domain ", domain, " is not part of ONNX; export without custom operators"),
          w));
    }
    for (const auto& a : node.attribute()) {
      if (a.has_g() && depth < kMaxExpansion) report_unsupported(a.g().node(), scope, depth + 1);
    }
  }
}

}  // namespace corecast::onnx
