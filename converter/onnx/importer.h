// Importer: walks graphs, keeps names, reports problems. OnnxNode: what an operator row sees.
// Private to converter/onnx.
#pragma once

#include <functional>
#include <set>
#include <unordered_map>

#include "converter/onnx/import.h"
#include "converter/onnx/model_file.h"
#include "ir/builder.h"

namespace corecast::onnx {

using ir::Dim;
using ir::Dims;
using ir::DType;
using ir::Shape;
using ir::Tensor;
using ir::Type;
using ir::ValueId;
using Values = std::vector<ValueId>;

/// Of any value. Nothing real comes near; sizes of thousands of dimensions only cost time.
inline constexpr std::int64_t kLargestRank = 32;

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
  Importer(ModelFile& file, const ImportOptions& options, Diagnostics& diagnostics);
  Result<ir::Module> run();

  ir::Builder& builder() { return builder_; }
  ir::Function& function() { return builder_.function(); }
  ModelFile& file() { return file_; }
  Diagnostics& diagnostics() { return diagnostics_; }
  /// Dimensions of inputs that some operator only takes at one size.
  std::map<std::string, std::int64_t, std::less<>>& required_sizes() { return required_sizes_; }

  void import_nodes(const google::protobuf::RepeatedPtrField<proto::NodeProto>& nodes,
                    Scope& scope);
  /// Imports the initialisers and nodes of a nested graph into the current insert point; its
  /// outputs.
  Values import_subgraph(const proto::GraphProto& graph, Scope& scope);
  /// Whether the limit on nodes (repeated ones counted) is reached: nothing more is imported.
  bool exhausted() const { return nodes_ > kMostNodes; }
  /// Replaces freshly made results by constants when all operands are constant and it is cheap.
  void fold(ir::OpId op, Values& results);

 private:
  Status import_inputs(const proto::GraphProto& graph, Scope& scope);
  Status import_outputs(const proto::GraphProto& graph, Scope& scope);
  void import_initializers(const proto::GraphProto& graph, Scope& scope);
  Result<Type> declared_type(const proto::ValueInfoProto& input);
  void import_node(const proto::NodeProto& node, Scope& scope);
  bool expand_function(const proto::NodeProto& node, Scope& scope);
  /// Reports every node, nested ones too, that nothing here can convert.
  void report_unsupported(const google::protobuf::RepeatedPtrField<proto::NodeProto>& nodes,
                          const Scope& scope, int depth);
  const proto::FunctionProto* local_function(const proto::NodeProto& node) const;
  bool function_body(const proto::NodeProto& node, const Scope& scope, proto::FunctionProto& body);
  void bind(const std::string& name, ValueId v, Scope& scope);
  std::string symbol_for(const std::string& name);

  /// Loops and functions repeat nodes; a small file could stand for more than any memory holds.
  static constexpr std::int64_t kMostNodes = 1'000'000;

  std::map<std::string, std::int64_t, std::less<>> required_sizes_;
  ModelFile& file_;
  const ImportOptions& options_;
  Diagnostics& diagnostics_;
  ir::Module module_;
  ir::Builder builder_;
  std::map<std::string, std::string> symbols_;
  std::set<const proto::FunctionProto*> reported_;
  std::int64_t nodes_ = 0;
  std::int64_t folded_bytes_ = 0, weight_bytes_ = 0;
  int function_depth_ = 0;
  int calls_ = 0;
};

/// A node as its row reads it. Sticky: after the first problem every further call is harmless, one
/// diagnostic is recorded, and the node's results become poison.
class OnnxNode {
 public:
  OnnxNode(Importer& importer, const proto::NodeProto& node, Scope& scope);

  const std::string& op_type() const { return node_.op_type(); }
  std::int64_t opset() const { return opset_; }
  std::size_t input_count() const { return static_cast<std::size_t>(node_.input_size()); }
  std::size_t output_count() const { return static_cast<std::size_t>(node_.output_size()); }
  bool wants_output(std::size_t i) const {
    return i < output_count() && !node_.output(static_cast<int>(i)).empty();
  }
  bool failed() const { return failed_; }

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

  // Types of values; defaults when the node has failed.
  const Type& type(ValueId v) const;
  DType dtype(ValueId v) const { return type(v).dtype; }
  const Shape& shape(ValueId v) const { return type(v).shape; }
  std::int64_t rank(ValueId v) const { return type(v).rank(); }
  /// Elements of an integer value known at import (perhaps symbolically).
  std::optional<Dims> known(ValueId v) const;
  /// The same when all are numbers.
  std::optional<std::vector<std::int64_t>> known_ints(ValueId v) const;
  const Tensor* constant(ValueId v) const;
  /// As known_ints, but it is a problem of this node when they are not known.
  std::vector<std::int64_t> need_ints(ValueId v, std::string_view what);
  /// Whether a constant's only element is not zero; empty when it is not a constant scalar.
  std::optional<bool> known_flag(ValueId v) const;
  /// A constant's only element; a problem when it is not a constant scalar.
  double need_scalar(ValueId v, std::string_view what);

  /// Adds an op; constant results fold at once.
  template <class Op>
  ValueId add(const Op& op) {
    const Values all = add_all(op);
    return all.empty() ? ValueId() : all[0];
  }
  template <class Op>
  Values add_all(const Op& op) {
    if (failed_) return {};
    return finish(importer_.builder().try_add(op));
  }
  ValueId constant(Tensor t) { return importer_.builder().constant(std::move(t)); }
  ValueId ints(const std::vector<std::int64_t>& values);
  ValueId int_scalar(std::int64_t v) {
    return constant(Tensor::scalar(static_cast<std::int32_t>(v)));
  }
  ValueId scalar(DType dtype, double value) { return constant(Tensor::splat(dtype, {}, value)); }

  /// Records a problem of the input's and poisons the node.
  template <class... Args>
  Values fail(const Args&... args) {
    report(Error(Code::E2005, cat(args...)));
    return {};
  }
  /// Records that this form of the operator is not supported.
  template <class... Args>
  Values unsupported(const Args&... args) {
    report(Error(Code::E3001, cat(args...)));
    return {};
  }
  void note(Code code, std::string message);
  /// The operator needs these two to be equal. Where one is a dimension of the model's inputs and
  /// the other a number, the model only works at that number, and is imported again with it.
  void require_equal(const Dim& a, const Dim& b);

  Importer& importer() { return importer_; }
  Scope& scope() { return scope_; }
  Where where() const;

 private:
  Values finish(Result<ir::OpId> op);
  void report(Error e);
  Importer& importer_;
  const proto::NodeProto& node_;
  Scope& scope_;
  std::int64_t opset_;
  bool failed_ = false;
};

}  // namespace corecast::onnx
