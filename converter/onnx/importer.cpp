#include "converter/onnx/importer.h"

#include <algorithm>

namespace corecast::onnx {

const ValueId* Scope::find(const std::string& name) const {
  for (const Scope* s = this; s; s = s->outer) {
    if (const auto it = s->values.find(name); it != s->values.end()) return &it->second;
  }
  return nullptr;
}

namespace {

Error problem(const std::string& file, const std::string& graph, std::string message,
              std::string help = {}) {
  return Error(Code::E2005, std::move(message), std::move(help), Where{file, graph, {}, {}, {}});
}

}  // namespace

Importer::Importer(ModelFile& file, const ImportOptions& options, emit::Draft& draft)
    : file_(file), options_(options), draft_(draft) {
  for (const auto& f : file.model().functions())
    functions_.emplace(FunctionKey(f.domain(), f.name(), f.overload()), &f);
}

Status Importer::run() {
  const proto::GraphProto& graph = file_.model().graph();
  Scope scope;
  scope.graph = graph.name();
  for (const auto& o : file_.model().opset_import()) {
    scope.opsets[o.domain() == "ai.onnx" ? "" : o.domain()] = o.version();
  }
  Diagnostics& diagnostics = draft_.diagnostics();
  const std::size_t errors_before = diagnostics.error_count();
  report_unsupported(graph.node(), scope, 0);
  if (diagnostics.error_count() > errors_before) return diagnostics.summary();
  TRY_VOID(import_inputs(graph, scope));
  import_nodes(graph.node(), scope);
  if (diagnostics.has_errors()) return diagnostics.summary();
  std::vector<std::string> outputs;
  for (const auto& o : graph.output()) outputs.push_back(o.name());
  TRY_VOID(emit::set_outputs(draft_, options_, graph.name(), std::move(outputs),
                             [&](const std::string& name) { return scope.find(name); }));
  ir::Metadata& metadata = draft_.module().metadata;
  for (const auto& p : file_.model().metadata_props()) metadata.user[p.key()] = p.value();
  metadata.description = file_.model().doc_string();
  return {};
}

void Importer::bind(const std::string& name, ValueId v, Scope& scope) {
  if (name.empty()) return;
  if (!scope.values.emplace(name, v).second) {
    draft_.diagnostics().error(
        problem(file_.path(), scope.graph, cat("the name ", quote(name), " is defined twice"),
                "names must be unique in a graph; check the model with onnx.checker"));
    return;
  }
  ir::Function& f = draft_.function();
  if (v && f.value(v).name.empty()) f.set_name(v, scope.prefix + name);
}

void Importer::import_initializers(const proto::GraphProto& graph, Scope& scope) {
  for (const auto& t : graph.initializer()) {
    if (draft_.exhausted()) return;
    auto tensor = file_.tensor(t);
    if (!tensor) {
      Error e = std::move(tensor).error();
      e.where.file = file_.path();
      e.where.graph = scope.graph;
      draft_.diagnostics().error(std::move(e));
      bind(t.name(), ValueId(), scope);
    } else {
      bind(t.name(), draft_.stored(std::move(*tensor)), scope);
    }
  }
  for (const auto& s : graph.sparse_initializer()) {
    draft_.diagnostics().error(Error(
        Code::E3001, cat("sparse initialiser ", quote(s.values().name()), " is not supported"),
        "store the weight densely", Where{file_.path(), scope.graph, {}, {}, {}}));
    bind(s.values().name(), ValueId(), scope);
  }
}

Result<emit::DeclaredInput> Importer::declared(const proto::ValueInfoProto& input) const {
  const auto unsupported = [&](std::string message) {
    return Error(Code::E3002, std::move(message), {},
                 Where{file_.path(), file_.model().graph().name(), {}, {}, {}});
  };
  if (!input.type().has_tensor_type()) {
    return unsupported(cat("input ", quote(input.name()),
                           " is not a tensor (sequences, maps and optionals are not supported)"));
  }
  const auto& type = input.type().tensor_type();
  const auto dtype = dtype_of(type.elem_type());
  if (!dtype || *dtype == DType::string) {
    return unsupported(cat("input ", quote(input.name()),
                           " has an element type that Core ML cannot hold (ONNX type ",
                           type.elem_type(), ")"));
  }
  emit::DeclaredInput out{input.name(), input.doc_string(), *dtype, std::nullopt};
  if (!type.has_shape()) return out;
  out.shape.emplace();
  for (const auto& d : type.shape().dim()) {
    const bool number = d.has_dim_value() && d.dim_value() >= 0;
    out.shape->push_back({number ? std::optional(d.dim_value()) : std::nullopt, d.dim_param()});
  }
  return out;
}

Status Importer::import_inputs(const proto::GraphProto& graph, Scope& scope) {
  emit::Inputs inputs(draft_, options_, graph.name());
  std::vector<std::string> names;
  for (const auto& input : graph.input()) names.push_back(input.name());
  TRY_VOID(inputs.check_names(names));
  import_initializers(graph, scope);
  names.clear();
  for (const auto& input : graph.input()) {
    // Before IR version 4 initialisers are listed as inputs, too: they are defaults.
    if (scope.values.contains(input.name())) continue;
    TRY(emit::DeclaredInput in, declared(input));
    TRY_VOID(inputs.declare(std::move(in)));
    names.push_back(input.name());
  }
  TRY(const Values values, inputs.add());
  for (std::size_t i = 0; i < names.size(); ++i) bind(names[i], values[i], scope);
  return {};
}

void Importer::import_nodes(const google::protobuf::RepeatedPtrField<proto::NodeProto>& nodes,
                            Scope& scope) {
  for (const auto& node : nodes) {
    if (!draft_.count_node(scope.graph)) return;
    import_node(node, scope);
  }
}

void Importer::import_node(const proto::NodeProto& node, Scope& scope) {
  auto location = std::make_shared<ir::Location>();
  location->node = name_of(node);
  location->op = node.op_type();
  for (const auto& p : node.metadata_props()) {
    if (p.key() == "pkg.torch.onnx.stack_trace") location->source = p.value();
  }
  const std::string domain = node.domain() == "ai.onnx" ? "" : node.domain();
  const Row row = local_function(node) ? nullptr : find_row(domain, node.op_type());
  if (!row) {
    if (!expand_function(node, scope)) {
      for (const auto& name : node.output()) bind(name, ValueId(), scope);
    }
    return;
  }
  draft_.builder().set_location(std::move(location));
  OnnxNode reader(*this, node, scope);
  Values results = row(reader);
  if (reader.failed()) results.clear();
  results.resize(static_cast<std::size_t>(node.output_size()));
  for (int i = 0; i < node.output_size(); ++i) {
    const ValueId v = results[static_cast<std::size_t>(i)];
    if (!v && !node.output(i).empty() && !reader.failed()) {
      reader.unsupported("output ", i, " (", quote(node.output(i)), ") is not supported");
    }
    bind(node.output(i), v, scope);
  }
}

Values Importer::import_subgraph(const proto::GraphProto& graph, Scope& scope) {
  import_initializers(graph, scope);
  import_nodes(graph.node(), scope);
  Values outputs;
  for (const auto& o : graph.output()) {
    const ValueId* v = scope.find(o.name());
    if (!v && !draft_.exhausted()) {
      draft_.diagnostics().error(
          problem(file_.path(), graph.name(),
                  cat("output ", quote(o.name()), " is not computed by any node")));
    }
    outputs.push_back(v ? *v : ValueId());
  }
  return outputs;
}

}  // namespace corecast::onnx
