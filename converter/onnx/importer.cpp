#include "converter/onnx/importer.h"

#include <algorithm>
#include <cctype>

#include "ops/interpret.h"
#include "ops/ops.h"

namespace corecast::onnx {

const ValueId* Scope::find(const std::string& name) const {
  for (const Scope* s = this; s; s = s->outer) {
    if (const auto it = s->values.find(name); it != s->values.end()) return &it->second;
  }
  return nullptr;
}

Importer::Importer(ModelFile& file, const ImportOptions& options, Diagnostics& diagnostics)
    : file_(file),
      options_(options),
      diagnostics_(diagnostics),
      module_(ops::registry()),
      builder_((module_.functions.emplace_back("main"), module_.functions.back()),
               ops::registry()) {
  module_.source_format = "onnx";
}

namespace {

Error problem(const std::string& file, const std::string& graph, std::string message,
              std::string help = {}) {
  return Error(Code::E2005, std::move(message), std::move(help), Where{file, graph, {}, {}, {}});
}

}  // namespace

Result<ir::Module> Importer::run() {
  const proto::GraphProto& graph = file_.model().graph();
  Scope scope;
  scope.graph = graph.name();
  for (const auto& o : file_.model().opset_import()) {
    scope.opsets[o.domain() == "ai.onnx" ? "" : o.domain()] = o.version();
  }
  const std::size_t errors_before = diagnostics_.error_count();
  report_unsupported(graph.node(), scope, 0);
  if (diagnostics_.error_count() > errors_before) return diagnostics_.summary();
  for (const auto& [name, override] : options_.inputs) {
    const bool found = std::any_of(graph.input().begin(), graph.input().end(),
                                   [&n = name](const auto& i) { return i.name() == n; });
    if (!found) {
      std::vector<std::string> names;
      for (const auto& i : graph.input()) names.push_back(i.name());
      const auto near = nearest(name, names);
      return Error(Code::E1002, cat("the model has no input named ", quote(name)),
                   near.empty() ? cat("its inputs are ", join(names))
                                : cat("did you mean ", quote(near), "?"));
    }
  }
  import_initializers(graph, scope);
  TRY_VOID(import_inputs(graph, scope));
  import_nodes(graph.node(), scope);
  if (diagnostics_.has_errors()) return diagnostics_.summary();
  TRY_VOID(import_outputs(graph, scope));
  for (const auto& p : file_.model().metadata_props()) module_.metadata.user[p.key()] = p.value();
  module_.metadata.description = file_.model().doc_string();
  // Only symbols that an input has are the user's to choose.
  return std::move(module_);
}

void Importer::bind(const std::string& name, ValueId v, Scope& scope) {
  if (name.empty()) return;
  if (!scope.values.emplace(name, v).second) {
    diagnostics_.error(
        problem(file_.path(), scope.graph, cat("the name ", quote(name), " is defined twice"),
                "names must be unique in a graph; check the model with onnx.checker"));
    return;
  }
  if (v && function().value(v).name.empty()) function().set_name(v, scope.prefix + name);
}

void Importer::import_initializers(const proto::GraphProto& graph, Scope& scope) {
  for (const auto& t : graph.initializer()) {
    auto tensor = file_.tensor(t);
    if (!tensor) {
      Error e = std::move(tensor).error();
      e.where.file = file_.path();
      e.where.graph = scope.graph;
      diagnostics_.error(std::move(e));
      bind(t.name(), ValueId(), scope);
    } else {
      weight_bytes_ += static_cast<std::int64_t>(tensor->byte_size());
      bind(t.name(), builder_.constant(std::move(*tensor)), scope);
    }
  }
  for (const auto& s : graph.sparse_initializer()) {
    diagnostics_.error(Error(
        Code::E3001, cat("sparse initialiser ", quote(s.values().name()), " is not supported"),
        "store the weight densely", Where{file_.path(), scope.graph, {}, {}, {}}));
    bind(s.values().name(), ValueId(), scope);
  }
}

std::string Importer::symbol_for(const std::string& name) {
  if (const auto it = symbols_.find(name); it != symbols_.end()) return it->second;
  std::string clean;
  for (const char c : name)
    clean += std::isalnum(static_cast<unsigned char>(c)) || c == '_' ? c : '_';
  if (clean.empty() || std::isdigit(static_cast<unsigned char>(clean[0])) || clean == "max" ||
      clean == "min") {
    clean.insert(0, "s_");
  }
  const auto taken = [&](const std::string& s) {
    return std::any_of(symbols_.begin(), symbols_.end(),
                       [&](const auto& e) { return e.second == s; });
  };
  std::string unique = clean;
  for (int i = 1; taken(unique); ++i) unique = cat(clean, "_", i);
  return symbols_[name] = unique;
}

Result<Type> Importer::declared_type(const proto::ValueInfoProto& input) {
  const auto in = [&](Error e) {
    e.where.file = file_.path();
    e.where.graph = file_.model().graph().name();
    return e;
  };
  if (!input.type().has_tensor_type()) {
    return in(Error(Code::E3002,
                    cat("input ", quote(input.name()),
                        " is not a tensor (sequences, maps and optionals are not supported)")));
  }
  const auto& declared = input.type().tensor_type();
  const auto dtype = dtype_of(declared.elem_type());
  if (!dtype || *dtype == DType::string) {
    return in(Error(Code::E3002, cat("input ", quote(input.name()),
                                     " has an element type that Core ML cannot hold (ONNX type ",
                                     declared.elem_type(), ")")));
  }
  Type type;
  type.dtype = *dtype;
  const auto it = options_.inputs.find(input.name());
  const InputOverride* given = it == options_.inputs.end() ? nullptr : &it->second;
  if (!declared.has_shape() && !(given && given->shape)) {
    return in(Error(Code::E2006, cat("input ", quote(input.name()), " has no declared shape"),
                    cat("give it one: --input \"", input.name(), "[1,3,224,224]\"")));
  }
  if (declared.shape().dim_size() > kLargestRank) {
    return in(Error(Code::E3002,
                    cat("input ", quote(input.name()), " has rank ", declared.shape().dim_size(),
                        ", at most ", kLargestRank, " is read")));
  }
  for (int i = 0; i < declared.shape().dim_size(); ++i) {
    const auto& d = declared.shape().dim(i);
    if (d.has_dim_value() && d.dim_value() > INT32_MAX) {
      return in(
          Error(Code::E3002, cat("input ", quote(input.name()), " has size ", d.dim_value(),
                                 " in dimension ", i, ", Core ML's sizes end at ", INT32_MAX)));
    }
    if (d.has_dim_value() && d.dim_value() >= 0) {
      type.shape.emplace_back(d.dim_value());
    } else {
      // An unnamed size is a symbol of its own; "?" and the like are no names.
      const std::string& name = d.dim_param();
      const bool named =
          std::any_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c); });
      type.shape.push_back(Dim::symbol(symbol_for(named ? name : cat(input.name(), "_dim", i))));
    }
  }
  if (given && given->shape) {
    if (declared.has_shape() && given->shape->size() != type.shape.size()) {
      return in(Error(Code::E1002, cat("input ", quote(input.name()), " has rank ", type.rank(),
                                       ", the given shape ", ir::to_string(*given->shape),
                                       " has rank ", given->shape->size())));
    }
    for (std::size_t i = 0; i < type.shape.size(); ++i) {
      const Dim &has = type.shape[i], &wants = (*given->shape)[i];
      if (has.is_constant() && !(has == wants)) {
        return in(
            Error(Code::E1002, cat("input ", quote(input.name()), " has size ", has.to_string(),
                                   " in dimension ", i, ", not ", wants.to_string())));
      }
    }
    type.shape = *given->shape;
  }
  return type;
}

Status Importer::import_inputs(const proto::GraphProto& graph, Scope& scope) {
  // A symbol that one input fixes is fixed for all.
  std::map<std::string, Dim, std::less<>> fixed;
  for (const auto& [name, size] : options_.sizes) fixed[name] = Dim(size);
  std::vector<std::pair<const proto::ValueInfoProto*, Type>> inputs;
  for (const auto& input : graph.input()) {
    if (scope.values.contains(input.name()))
      continue;  // an initialiser's default (IR 3 lists them here)
    TRY(Type type, declared_type(input));
    const auto& shape = input.type().tensor_type().shape();
    for (int i = 0; i < shape.dim_size(); ++i) {
      const auto symbol = symbols_.find(shape.dim(i).dim_param());
      const Dim& d = type.shape[static_cast<std::size_t>(i)];
      if (!shape.dim(i).dim_param().empty() && symbol != symbols_.end() &&
          d.as_symbol() != symbol->second) {
        fixed[symbol->second] = d;
      }
    }
    inputs.emplace_back(&input, std::move(type));
  }
  for (auto& [input, type] : inputs) {
    for (Dim& d : type.shape) d = d.substitute(fixed);
    const auto it = options_.inputs.find(input->name());
    if (it != options_.inputs.end() && it->second.value) {
      const Tensor value = it->second.value->cast(type.dtype);
      if (value.rank() != type.rank() && !(value.count() == 1 && type.rank() == 0)) {
        return Error(Code::E1002,
                     cat("the value given for ", quote(input->name()), " has the wrong rank"));
      }
      bind(input->name(), builder_.constant(value), scope);
      continue;
    }
    for (const Dim& d : type.shape) {
      for (const auto& s : d.symbols()) function().symbols.try_emplace(s);
    }
    const ValueId v = function().add_arg(function().entry(), type, input->name());
    ir::Feature feature;
    feature.name = input->name();
    feature.description = input->doc_string();
    function().inputs.push_back(std::move(feature));
    bind(input->name(), v, scope);
  }
  return {};
}

Status Importer::import_outputs(const proto::GraphProto& graph, Scope& scope) {
  std::vector<std::string> names = options_.outputs;
  if (names.empty()) {
    for (const auto& o : graph.output()) names.push_back(o.name());
  }
  if (names.empty()) return problem(file_.path(), graph.name(), "the model has no outputs");
  Values results;
  // Outputs that the caller chose are the caller's fault.
  const auto refuse = [&](std::string message, std::string help = {}) {
    Error e = problem(file_.path(), graph.name(), std::move(message), std::move(help));
    if (!options_.outputs.empty()) e.code = Code::E1002;
    return e;
  };
  std::set<std::string_view> seen;
  for (const auto& name : names) {
    if (!seen.insert(name).second)
      return refuse(cat("output ", quote(name), " is named twice"),
                    "every output needs a name of its own");
    const ValueId* v = scope.find(name);
    if (!v || !*v) return refuse(cat("output ", quote(name), " is not computed by any node"));
    results.push_back(*v);
    ir::Feature feature;
    feature.name = name;
    function().outputs.push_back(std::move(feature));
  }
  function().set_results(function().entry(), std::move(results));
  return {};
}

void Importer::import_nodes(const google::protobuf::RepeatedPtrField<proto::NodeProto>& nodes,
                            Scope& scope) {
  for (const auto& node : nodes) {
    if (exhausted()) return;
    if (++nodes_ > kMostNodes) {
      diagnostics_.error(Error(Code::E5001,
                               cat("the model has more than ", kMostNodes,
                                   " nodes, those of unrolled loops and functions counted"),
                               "give loops a smaller fixed trip count, or export without them",
                               Where{file_.path(), scope.graph, {}, {}, {}}));
      return;
    }
    import_node(node, scope);
  }
}

void Importer::import_node(const proto::NodeProto& node, Scope& scope) {
  auto location = std::make_shared<ir::Location>();
  location->node = node.name().empty() && node.output_size() ? node.output(0) : node.name();
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
  builder_.set_location(std::move(location));
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
    if (!v && !exhausted()) {
      diagnostics_.error(problem(file_.path(), graph.name(),
                                 cat("output ", quote(o.name()), " is not computed by any node")));
    }
    outputs.push_back(v ? *v : ValueId());
  }
  return outputs;
}

void Importer::fold(ir::OpId op, Values& results) {
  // A result may be as large as its operands, so slices of weights fold, but no fill is blown up.
  std::int64_t largest = 1 << 16;
  auto& f = function();
  const auto& data = f.op(op);
  if (!data.schema->traits.pure || data.schema->traits.constexpr_op || !data.blocks.empty()) return;
  for (const ValueId v : data.operands) {
    if (const Tensor* t = f.constant(v)) largest += t->count();
  }
  for (const ValueId r : data.results) {
    const Type& t = f.type(r);
    const auto count = ir::element_count(t.shape).constant();
    if (!t.is_tensor() || (!data.schema->traits.data_dependent && (!count || *count > largest)))
      return;
  }
  const auto replace = [&](ir::Tensors tensors) {
    for (const Tensor& t : tensors) folded_bytes_ += static_cast<std::int64_t>(t.byte_size());
    for (std::size_t i = 0; i < results.size(); ++i)
      results[i] = builder_.constant(std::move(tensors[i]));
    f.erase(op);
  };
  // Shape arithmetic first: shapes of flexible values fold too when the part read is fixed.
  if (const auto& known = f.value(data.results[0]).known;
      data.results.size() == 1 && known && ir::is_static(*known)) {
    const Type& t = f.type(data.results[0]);
    if (t.is_static() && (ir::is_integer(t.dtype) || t.dtype == DType::boolean)) {
      Tensor folded = Tensor::zeros(t.dtype, ir::static_dims(t.shape));
      if (folded.count() == static_cast<std::int64_t>(known->size())) {
        for (std::int64_t i = 0; i < folded.count(); ++i)
          folded.set_int(i, (*known)[static_cast<std::size_t>(i)].value());
        return replace({std::move(folded)});
      }
    }
  }
  // Every doubling is allowed, a thousand of them are not.
  if (largest > (1 << 20) && folded_bytes_ > 4 * weight_bytes_ + (std::int64_t{1} << 28)) return;
  bool all_constant = true;
  for (const ValueId v : data.operands) all_constant = all_constant && (!v || f.is_constant(v));
  if (!all_constant) return;
  if (auto tensors = ops::evaluate_constant(f, op)) replace(std::move(*tensors));
}

}  // namespace corecast::onnx
