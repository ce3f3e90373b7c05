// Importer: walks graphs and keeps their names. OnnxNode: what an operator row sees, which is an
// Emit that reads its inputs and attributes from protobuf. Private to converter/onnx.
#pragma once

#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "converter/emit/emit.h"
#include "converter/emit/interface.h"
#include "converter/onnx/import.h"
#include "converter/onnx/model_file.h"

namespace corecast::onnx {

using emit::Emit;
using emit::kLargestRank;
using emit::Values;
using ir::Dim;
using ir::Dims;
using ir::DType;
using ir::Shape;
using ir::Tensor;
using ir::Type;
using ir::ValueId;

class OnnxNode;
using Row = Values (*)(OnnxNode&);

/// The row for an operator of a domain ("" is ONNX's own) or null.
Row find_row(std::string_view domain, std::string_view op_type);

/// Names visible in one graph; an inner graph sees the outer ones. An empty id marks a value whose
/// node failed: the failure is reported once, where it happened.
struct Scope {
  const Scope* outer = nullptr;
  std::unordered_map<std::string, ValueId> values;
  std::string graph;
  std::string prefix;  ///< for value names of expanded functions
  std::map<std::string, std::int64_t, std::less<>> opsets;
  const std::map<std::string, const proto::AttributeProto*>* attributes =
      nullptr;  ///< of a function call

  const ValueId* find(const std::string& name) const;
};

class Importer {
 public:
  /// All must outlive this object.
  Importer(ModelFile& file, const ImportOptions& options, emit::Draft& draft);
  /// Fills the draft's module.
  Status run();

  emit::Draft& draft() { return draft_; }
  ModelFile& file() { return file_; }

  void import_nodes(const google::protobuf::RepeatedPtrField<proto::NodeProto>& nodes,
                    Scope& scope);
  /// Imports the initialisers and nodes of a nested graph into the current insert point; its
  /// outputs.
  Values import_subgraph(const proto::GraphProto& graph, Scope& scope);

 private:
  /// Domain, name and overload: what tells a model's functions apart, and what a node calls.
  using FunctionKey = std::tuple<std::string_view, std::string_view, std::string_view>;

  Status import_inputs(const proto::GraphProto& graph, Scope& scope);
  void import_initializers(const proto::GraphProto& graph, Scope& scope);
  Result<emit::DeclaredInput> declared(const proto::ValueInfoProto& input) const;
  void import_node(const proto::NodeProto& node, Scope& scope);
  bool expand_function(const proto::NodeProto& node, Scope& scope);
  /// Reports every node, nested ones too, that nothing here can convert.
  void report_unsupported(const google::protobuf::RepeatedPtrField<proto::NodeProto>& nodes,
                          const Scope& scope, int depth);
  const proto::FunctionProto* local_function(const proto::NodeProto& node) const;
  /// What the attributes of a function's body refer to: the call's, else the defaults.
  std::map<std::string, const proto::AttributeProto*> function_attributes(
      const proto::NodeProto& call, const proto::FunctionProto& body, const Scope& scope) const;
  bool function_body(const proto::NodeProto& node, const Scope& scope, proto::FunctionProto& body);
  void bind(const std::string& name, ValueId v, Scope& scope);

  ModelFile& file_;
  const ImportOptions& options_;
  emit::Draft& draft_;
  std::map<FunctionKey, const proto::FunctionProto*> functions_;  ///< the model's own
  std::set<const proto::FunctionProto*> reported_;
  int function_depth_ = 0;
  int calls_ = 0;
};

/// The node's name for messages; a nameless one goes by its first output.
std::string name_of(const proto::NodeProto& node);

/// A node as its row reads it.
class OnnxNode : public Emit {
 public:
  OnnxNode(Importer& importer, const proto::NodeProto& node, Scope& scope);

  const std::string& op_type() const { return node_.op_type(); }
  std::int64_t opset() const { return opset_; }
  std::size_t input_count() const { return static_cast<std::size_t>(node_.input_size()); }
  std::size_t output_count() const { return static_cast<std::size_t>(node_.output_size()); }
  bool wants_output(std::size_t i) const {
    return i < output_count() && !node_.output(static_cast<int>(i)).empty();
  }

  bool has(std::size_t i) const {
    return i < input_count() && !node_.input(static_cast<int>(i)).empty();
  }
  ValueId input(std::size_t i);         ///< required
  ValueId optional(std::size_t i);      ///< empty id when absent
  Values inputs(std::size_t from = 0);  ///< all from `from` on

  bool has_attr(std::string_view name) const { return attr(name) != nullptr; }
  std::int64_t integer(std::string_view name, std::int64_t fallback);
  double real(std::string_view name, double fallback);
  std::string text(std::string_view name, std::string fallback);
  std::vector<std::int64_t> integers(std::string_view name,
                                     std::vector<std::int64_t> fallback = {});
  std::vector<double> reals(std::string_view name);
  std::vector<std::string> texts(std::string_view name);
  const proto::GraphProto* graph(std::string_view name);
  std::optional<Tensor> tensor(std::string_view name);
  const proto::AttributeProto* attr(std::string_view name) const;
  /// Fails when it says that it is of another type.
  const proto::AttributeProto* attr(std::string_view name,
                                    proto::AttributeProto::AttributeType wanted);

  Importer& importer() { return importer_; }
  Scope& scope() { return scope_; }

 private:
  Importer& importer_;
  const proto::NodeProto& node_;
  Scope& scope_;
  std::int64_t opset_;
};

}  // namespace corecast::onnx
