#include "converter/onnx/importer.h"

namespace corecast::onnx {

std::string name_of(const proto::NodeProto& node) {
  return node.name().empty() && node.output_size() ? node.output(0) : node.name();
}

namespace {

Where where(const ModelFile& file, const proto::NodeProto& node, const Scope& scope) {
  Where w;
  w.file = file.path();
  w.graph = scope.graph;
  w.node = name_of(node);
  w.op = node.domain().empty() ? node.op_type() : cat(node.domain(), ".", node.op_type());
  return w;
}

}  // namespace

OnnxNode::OnnxNode(Importer& importer, const proto::NodeProto& node, Scope& scope)
    : Emit(importer.draft(), onnx::where(importer.file(), node, scope)),
      importer_(importer),
      node_(node),
      scope_(scope) {
  const std::string domain = node.domain() == "ai.onnx" ? "" : node.domain();
  const auto it = scope.opsets.find(domain);
  opset_ = it == scope.opsets.end() ? 0 : it->second;
}

ValueId OnnxNode::input(std::size_t i) {
  if (!has(i)) {
    fail("input ", i, " is missing");
    return {};
  }
  return optional(i);
}

ValueId OnnxNode::optional(std::size_t i) {
  if (!has(i)) return {};
  const std::string& name = node_.input(static_cast<int>(i));
  const ValueId* v = scope_.find(name);
  if (!v) {
    fail("input ", quote(name), " is not defined before this node (a cycle, or a missing value)");
    return {};
  }
  if (!*v) poison();
  return *v;
}

Values OnnxNode::inputs(std::size_t from) {
  Values all;
  for (std::size_t i = from; i < input_count(); ++i) all.push_back(input(i));
  return all;
}

const proto::AttributeProto* OnnxNode::attr(std::string_view name) const {
  for (const auto& a : node_.attribute()) {
    if (a.name() != name) continue;
    if (a.ref_attr_name().empty()) return &a;
    // Inside a function body: the caller's attribute, or absent.
    if (!scope_.attributes) return nullptr;
    const auto it = scope_.attributes->find(a.ref_attr_name());
    return it == scope_.attributes->end() ? nullptr : it->second;
  }
  return nullptr;
}

namespace {

/// For messages: "a number", "a list of numbers".
std::string_view said(proto::AttributeProto::AttributeType type) {
  switch (type) {
    case proto::AttributeProto::FLOAT: return "a float";
    case proto::AttributeProto::INT: return "an integer";
    case proto::AttributeProto::STRING: return "a string";
    case proto::AttributeProto::TENSOR: return "a tensor";
    case proto::AttributeProto::GRAPH: return "a graph";
    case proto::AttributeProto::SPARSE_TENSOR: return "a sparse tensor";
    case proto::AttributeProto::TYPE_PROTO: return "a type";
    case proto::AttributeProto::FLOATS: return "a list of floats";
    case proto::AttributeProto::INTS: return "a list of integers";
    case proto::AttributeProto::STRINGS: return "a list of strings";
    default: return "of another type";
  }
}

}  // namespace

const proto::AttributeProto* OnnxNode::attr(std::string_view name,
                                            proto::AttributeProto::AttributeType wanted) {
  const auto* a = attr(name);
  // The first version of the format had no types.
  if (!a || a->type() == wanted || a->type() == proto::AttributeProto::UNDEFINED) return a;
  fail("attribute ", quote(name), " is ", said(a->type()), ", not ", said(wanted));
  return nullptr;
}

std::int64_t OnnxNode::integer(std::string_view name, std::int64_t fallback) {
  const auto* a = attr(name, proto::AttributeProto::INT);
  return a ? a->i() : fallback;
}
double OnnxNode::real(std::string_view name, double fallback) {
  const auto* a = attr(name, proto::AttributeProto::FLOAT);
  return a ? static_cast<double>(a->f()) : fallback;
}
std::string OnnxNode::text(std::string_view name, std::string fallback) {
  const auto* a = attr(name, proto::AttributeProto::STRING);
  return a ? a->s() : std::move(fallback);
}
std::vector<std::int64_t> OnnxNode::integers(std::string_view name,
                                             std::vector<std::int64_t> fallback) {
  const auto* a = attr(name, proto::AttributeProto::INTS);
  if (!a) return fallback;
  return {a->ints().begin(), a->ints().end()};
}
std::vector<double> OnnxNode::reals(std::string_view name) {
  const auto* a = attr(name, proto::AttributeProto::FLOATS);
  return a ? std::vector<double>(a->floats().begin(), a->floats().end()) : std::vector<double>{};
}
std::vector<std::string> OnnxNode::texts(std::string_view name) {
  const auto* a = attr(name, proto::AttributeProto::STRINGS);
  return a ? std::vector<std::string>(a->strings().begin(), a->strings().end())
           : std::vector<std::string>{};
}

const proto::GraphProto* OnnxNode::graph(std::string_view name) {
  const auto* a = attr(name, proto::AttributeProto::GRAPH);
  if (a && a->has_g()) return &a->g();
  fail("graph attribute '", name, "' is missing");
  return nullptr;
}

std::optional<Tensor> OnnxNode::tensor(std::string_view name) {
  const auto* a = attr(name, proto::AttributeProto::TENSOR);
  if (!a || !a->has_t()) return std::nullopt;
  auto t = importer_.file().tensor(a->t());
  if (!t) {
    report(std::move(t).error());
    return std::nullopt;
  }
  return std::move(*t);
}

}  // namespace corecast::onnx
