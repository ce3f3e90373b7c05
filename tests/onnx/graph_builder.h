// GraphBuilder, ModelBuilder: ONNX messages written in a line or two each.
//
//   ModelBuilder m;
//   m.graph.input("x", {"N", "3"}).node("Relu", {"x"}, {"y"}).output("y");
//   m.bytes();
#pragma once

#include <onnx/onnx_pb.h>

#include <cctype>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace corecast::onnx_build {

namespace proto = ONNX_NAMESPACE;
using Names = std::vector<std::string>;
using Ints = std::vector<std::int64_t>;
using Floats = std::vector<float>;

inline proto::TensorProto floats(const std::string& name, const Ints& dims, const Floats& values) {
  proto::TensorProto t;
  t.set_name(name);
  t.set_data_type(proto::TensorProto::FLOAT);
  for (const auto d : dims) t.add_dims(d);
  for (const auto v : values) t.add_float_data(v);
  return t;
}
/// Elements 0.1, 0.2, ... stored as raw bytes, as exporters do.
inline proto::TensorProto ramp(const std::string& name, const Ints& dims) {
  proto::TensorProto t;
  t.set_name(name);
  t.set_data_type(proto::TensorProto::FLOAT);
  std::int64_t count = 1;
  for (const auto d : dims) t.add_dims(d), count *= d;
  std::string raw;
  for (std::int64_t i = 0; i < count; ++i) {
    const float v = static_cast<float>(i % 17 + 1) * 0.1f;
    raw.append(reinterpret_cast<const char*>(&v), sizeof v);
  }
  t.set_raw_data(raw);
  return t;
}
inline proto::TensorProto ints(const std::string& name, const Ints& dims, const Ints& values) {
  proto::TensorProto t;
  t.set_name(name);
  t.set_data_type(proto::TensorProto::INT64);
  for (const auto d : dims) t.add_dims(d);
  for (const auto v : values) t.add_int64_data(v);
  return t;
}
/// Narrow integers and bools, one element an entry.
inline proto::TensorProto narrow(const std::string& name, int type, const Ints& dims,
                                 const Ints& values) {
  proto::TensorProto t;
  t.set_name(name);
  t.set_data_type(type);
  for (const auto d : dims) t.add_dims(d);
  for (const auto v : values) t.add_int32_data(static_cast<std::int32_t>(v));
  return t;
}

struct Attribute {
  std::string name;
  std::variant<std::int64_t, float, std::string, Ints, Floats, proto::TensorProto,
               proto::GraphProto>
      value;
  Attribute(std::string n, int v) : name(std::move(n)), value(std::int64_t{v}) {}
  template <class T>
  Attribute(std::string n, T v) : name(std::move(n)), value(std::move(v)) {}
};

inline void put(const Attribute& from, proto::AttributeProto& a) {
  using A = proto::AttributeProto;
  a.set_name(from.name);
  if (const auto* i = std::get_if<std::int64_t>(&from.value)) a.set_type(A::INT), a.set_i(*i);
  if (const auto* f = std::get_if<float>(&from.value)) a.set_type(A::FLOAT), a.set_f(*f);
  if (const auto* s = std::get_if<std::string>(&from.value)) a.set_type(A::STRING), a.set_s(*s);
  if (const auto* list = std::get_if<Ints>(&from.value)) {
    a.set_type(A::INTS);
    for (const auto v : *list) a.add_ints(v);
  }
  if (const auto* list = std::get_if<Floats>(&from.value)) {
    a.set_type(A::FLOATS);
    for (const auto v : *list) a.add_floats(v);
  }
  if (const auto* t = std::get_if<proto::TensorProto>(&from.value))
    a.set_type(A::TENSOR), *a.mutable_t() = *t;
  if (const auto* g = std::get_if<proto::GraphProto>(&from.value))
    a.set_type(A::GRAPH), *a.mutable_g() = *g;
}

inline void put(const std::string& op, const Names& inputs, const Names& outputs,
                const std::vector<Attribute>& attributes, proto::NodeProto& n) {
  n.set_op_type(op);
  for (const auto& s : inputs) n.add_input(s);
  for (const auto& s : outputs) n.add_output(s);
  for (const auto& a : attributes) put(a, *n.add_attribute());
}

class GraphBuilder {
 public:
  explicit GraphBuilder(const std::string& name = "g") { graph_.set_name(name); }

  /// Dims that begin with a digit or a minus are sizes, others names; {"*"} is no shape at all.
  GraphBuilder& input(const std::string& name, const Names& dims,
                      int type = proto::TensorProto::FLOAT) {
    value(*graph_.add_input(), name, dims, type);
    return *this;
  }
  GraphBuilder& output(const std::string& name, const Names& dims = {"*"},
                       int type = proto::TensorProto::FLOAT) {
    value(*graph_.add_output(), name, dims, type);
    return *this;
  }
  GraphBuilder& constant(const proto::TensorProto& t) {
    *graph_.add_initializer() = t;
    return *this;
  }
  GraphBuilder& node(const std::string& op, const Names& inputs, const Names& outputs,
                     const std::vector<Attribute>& attributes = {},
                     const std::string& domain = {}) {
    auto& n = *graph_.add_node();
    put(op, inputs, outputs, attributes, n);
    n.set_name(op + std::to_string(graph_.node_size()));
    if (!domain.empty()) n.set_domain(domain);
    return *this;
  }
  proto::GraphProto& proto() { return graph_; }
  operator const proto::GraphProto&() const { return graph_; }

 private:
  static void value(proto::ValueInfoProto& v, const std::string& name, const Names& dims,
                    int type) {
    v.set_name(name);
    auto& t = *v.mutable_type()->mutable_tensor_type();
    t.set_elem_type(type);
    if (dims == Names{"*"}) return;
    auto& shape = *t.mutable_shape();
    for (const auto& d : dims) {
      auto& dim = *shape.add_dim();
      const bool number =
          !d.empty() && (std::isdigit(static_cast<unsigned char>(d[0])) || d[0] == '-');
      if (number)
        dim.set_dim_value(std::stoll(d));
      else
        dim.set_dim_param(d);
    }
  }
  proto::GraphProto graph_;
};

struct ModelBuilder {
  GraphBuilder graph;
  proto::ModelProto model;

  explicit ModelBuilder(std::int64_t opset = 18) {
    model.set_ir_version(9);
    auto& o = *model.add_opset_import();
    o.set_version(opset);
  }
  void use_domain(const std::string& domain, std::int64_t version = 1) {
    auto& o = *model.add_opset_import();
    o.set_domain(domain);
    o.set_version(version);
  }
  /// A function of the model's own domain "local"; nodes are added to the result.
  proto::FunctionProto& function(const std::string& name, const Names& inputs,
                                 const Names& outputs) {
    auto& f = *model.add_functions();
    f.set_name(name);
    f.set_domain("local");
    for (const auto& s : inputs) f.add_input(s);
    for (const auto& s : outputs) f.add_output(s);
    *f.add_opset_import() = model.opset_import(0);
    return f;
  }
  std::string bytes() const {
    proto::ModelProto whole = model;
    *whole.mutable_graph() = graph;
    return whole.SerializeAsString();
  }
};

}  // namespace corecast::onnx_build
