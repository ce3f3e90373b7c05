// FunctionReader: one function of a program as an ir::Function, driven by the ops' schemas.
//
// One run reports every problem. An op that cannot be read poisons its results; ops that use those
// are skipped without a word, so that each cause is reported once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/diagnostics.h"
#include "base/stop.h"
#include "converter/coreml/description_reader.h"
#include "converter/coreml/package_reader.h"
#include "converter/coreml/proto/mil.pb.h"
#include "ir/module.h"
#include "ops/mil/target.h"

namespace corecast::coreml {

/// Ops that no schema knows, over all functions of a model.
struct UnknownOps {
  struct Entry {
    std::size_t count = 0;
    Where first;
  };
  std::map<std::string, Entry> by_type;
};

struct ReadContext {
  PackageFiles& files;
  const ir::Registry& registry;
  const BuildInfo& info;
  Diagnostics& diagnostics;
  UnknownOps& unknown;
  Stop stop;
};

class FunctionReader {
 public:
  FunctionReader(ReadContext context, FunctionInterface interface, std::string name,
                 mil::Target opset)
      : c_(context), interface_(std::move(interface)), opset_(opset), f_(std::move(name)) {
    f_.opset = name_of(opset);
  }

  /// The function is unusable when the diagnostics have errors afterwards, or when it was stopped.
  void read(const pb::Function& function);

  ir::Function&& take() && { return std::move(f_); }
  std::vector<ir::StateFeature>& states() { return states_; }
  std::optional<ir::ClassLabels>& class_labels() { return class_labels_; }

 private:
  /// What a name stands for. A constant becomes an IR value when an op first uses it as one: most
  /// are parameters.
  struct Binding {
    ir::ValueId value;
    const pb::Value* constant = nullptr;
    bool poisoned = false;
  };
  using Scope = std::unordered_map<std::string, Binding>;
  enum class Outcome : unsigned char { done, skipped };  ///< skipped: an operand is poisoned

  void read_inputs(const pb::Function& function);
  void read_outputs(const pb::Block& block);
  void read_ops(const pb::Block& block, ir::BlockId into);
  void read_op(const pb::Operation& op, ir::BlockId into);
  Result<Outcome> read_known(const pb::Operation& op, const ir::OpSchema& schema, ir::BlockId into);
  Result<Outcome> read_nested(const pb::Operation& op, std::vector<ir::BlockId>& blocks);
  Result<Outcome> read_block(const pb::Block& block, ir::BlockId into);
  Status read_classifier(const pb::Operation& op);
  Status bind_results(const pb::Operation& op, ir::OpId id);
  Status check_type(ir::ValueId value, const pb::NamedType& declared);
  const ir::OpSchema* schema_of(const pb::Operation& op) const;
  Status check_parameters(const pb::Operation& op, const ir::OpSchema& schema) const;

  /// Null when the name is not bound.
  Binding* lookup(const std::string& name);
  Result<Binding*> find(const std::string& name);
  Result<ir::ValueId> value_of(Binding& binding, const std::string& name);
  Result<Outcome> operands_of(const pb::Operation& op, const ir::OpSchema& schema,
                              std::vector<ir::ValueId>& out);
  Result<std::vector<ir::Attribute>> attributes_of(const pb::Operation& op,
                                                   const ir::OpSchema& schema);
  Result<ir::Attribute> attribute_of(const pb::Argument& argument, const ir::AttrSpec& spec);
  Result<ir::Tensor> constant_of(const pb::Binding& binding);
  void poison(const pb::Operation& op);
  Where where(const pb::Operation& op) const;

  ReadContext c_;
  FunctionInterface interface_;
  mil::Target opset_;
  ir::Function f_;
  std::vector<Scope> scopes_;
  std::vector<ir::StateFeature> states_;
  std::optional<ir::ClassLabels> class_labels_;
  std::string scores_, label_output_, probability_output_;
  int next_symbol_ = 0;
};

}  // namespace corecast::coreml
