#include "converter/onnx/importer.h"

namespace corecast::onnx {

OnnxNode::OnnxNode(Importer& importer, const proto::NodeProto& node, Scope& scope)
    : importer_(importer), node_(node), scope_(scope) {
  const std::string domain = node.domain() == "ai.onnx" ? "" : node.domain();
  const auto it = scope.opsets.find(domain);
  opset_ = it == scope.opsets.end() ? 0 : it->second;
}

Where OnnxNode::where() const {
  Where w;
  w.file = importer_.file().path();
  w.graph = scope_.graph;
  w.node = node_.name().empty() && node_.output_size() ? node_.output(0) : node_.name();
  w.op = node_.domain().empty() ? node_.op_type() : cat(node_.domain(), ".", node_.op_type());
  return w;
}

void OnnxNode::report(Error e) {
  if (failed_) return;
  failed_ = true;
  e.where = where();
  if (e.help.empty()) {
    e.help = e.kind() == ErrorKind::unsupported
                 ? "export the model in another form, or fix sizes and values with --input"
                 : "the model contradicts itself or a size given to it: check --input, then the "
                   "model with onnx.checker, or export it again";
  }
  importer_.diagnostics().error(std::move(e));
}

void OnnxNode::note(Code code, std::string message) {
  importer_.diagnostics().note(Error(code, std::move(message), {}, where()));
}

void OnnxNode::require_equal(const Dim& a, const Dim& b) {
  const auto symbol = a.as_symbol();
  if (!symbol) {
    if (b.as_symbol()) require_equal(b, a);
    return;
  }
  if (b.is_constant() && importer_.function().symbols.contains(*symbol)) {
    importer_.required_sizes()[*symbol] = b.value();
  }
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
  if (!*v) failed_ = true;  // poison: reported where it arose
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

const Type& OnnxNode::type(ValueId v) const {
  static const Type nothing;
  return v ? importer_.function().type(v) : nothing;
}

const Tensor* OnnxNode::constant(ValueId v) const { return importer_.function().constant(v); }

std::optional<Dims> OnnxNode::known(ValueId v) const {
  if (!v) return std::nullopt;
  const auto& data = importer_.function().value(v);
  if (data.known) return *data.known;
  const Tensor* t = data.tensor.get();
  if (!t || !(ir::is_integer(t->dtype()) || t->dtype() == DType::boolean) ||
      t->count() > (1 << 20)) {
    return std::nullopt;
  }
  Dims dims;
  for (const auto i : t->to_ints()) dims.emplace_back(i);
  return dims;
}

std::optional<std::vector<std::int64_t>> OnnxNode::known_ints(ValueId v) const {
  const auto dims = known(v);
  if (!dims || !ir::is_static(*dims)) return std::nullopt;
  return ir::static_dims(*dims);
}

std::vector<std::int64_t> OnnxNode::need_ints(ValueId v, std::string_view what) {
  if (auto values = known_ints(v)) return *values;
  if (!failed_)
    unsupported(what, " must be known when converting, but depends on the model's inputs");
  return {};
}

std::optional<bool> OnnxNode::known_flag(ValueId v) const {
  const Tensor* t = v ? constant(v) : nullptr;
  if (!t || t->count() != 1 || t->dtype() == DType::string) return std::nullopt;
  return t->at(0) != 0;
}

double OnnxNode::need_scalar(ValueId v, std::string_view what) {
  const Tensor* t = constant(v);
  if (t && t->count() == 1 && t->dtype() != DType::string) return t->at(0);
  if (!failed_) unsupported(what, " must be a constant, but depends on the model's inputs");
  return 0;
}

ValueId OnnxNode::ints(const std::vector<std::int64_t>& values) {
  for (const auto v : values) {
    if (v < INT32_MIN || v > INT32_MAX) return constant(Tensor::of(values));
  }
  return importer_.builder().ints(values);
}

Values OnnxNode::finish(Result<ir::OpId> op) {
  if (!op) {
    Error e = std::move(op).error();
    e.code = e.kind() == ErrorKind::unsupported ? Code::E3001 : Code::E2005;
    report(std::move(e));
    return {};
  }
  Values results = importer_.function().op(*op).results;
  for (const ValueId r : results) {
    if (rank(r) > kLargestRank)
      return fail("the result has rank ", rank(r), ", at most ", kLargestRank, " is read");
  }
  importer_.fold(*op, results);
  return results;
}

}  // namespace corecast::onnx
