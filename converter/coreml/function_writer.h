// FunctionWriter: one ir::Function as a function of a program. Knows no op by name except where
// Core ML treats one differently from all others; everything else is driven by the op's schema.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/diagnostics.h"
#include "converter/coreml/build_info.h"
#include "converter/coreml/constant_writer.h"
#include "converter/coreml/names.h"
#include "converter/coreml/proto/mil.pb.h"
#include "ir/module.h"
#include "ops/mil/target.h"

namespace corecast::coreml {

/// What the interface of a written function is called.
struct WrittenNames {
  std::vector<std::string> inputs;   ///< per argument, states included
  std::vector<std::string> outputs;  ///< per output feature of the model, in block order
  /// Source name and name in the package of every value whose name had to change.
  std::vector<std::pair<std::string, std::string>> renamed;
};

class FunctionWriter {
 public:
  /// All references must outlive this object.
  FunctionWriter(const ir::Module& module, const ir::Function& function, mil::Target target,
                 ConstantWriter& constants, Diagnostics& diagnostics)
      : module_(module),
        f_(function),
        target_(target),
        constants_(constants),
        diagnostics_(diagnostics) {}

  /// Faults of the model are collected in the diagnostics, and the function is then incomplete.
  /// Errors: those of writing weight.bin.
  Status write(pb::Function& out);

  const WrittenNames& names() const { return names_; }
  std::size_t op_count() const { return op_count_; }
  /// Adds the names that features have in the source model, where they had to change.
  void add_source_names(BuildInfo& info) const;

 private:
  void name_interface();
  Status write_inputs(pb::Function& out);
  Status write_block(ir::BlockId block, pb::Block& out);
  Status write_op(ir::OpId op, pb::Block& out);
  Status write_parameters(ir::OpId op, pb::Block& block, pb::Operation& out);
  Status write_results(ir::OpId op, pb::Operation& out);
  Status write_nested(ir::OpId op, pb::Operation& out);
  Status write_outputs(pb::Block& out);
  Status consume_unused_inputs(pb::Block& out);
  Status write_classifier(const std::string& scores, pb::Block& out);

  /// The name of a value that is visible at the end of `out`; constants are written there first.
  Result<std::string> use(ir::ValueId value, pb::Block& out);
  Status write_const(const ir::Tensor& tensor, const std::string& name, pb::Block& out);
  Status write_unary(const char* type, const std::string& x, ir::ValueId like, ir::DType dtype,
                     const std::string& name, pb::Block& out);
  pb::Operation& add_op(const char* type, const std::string& name, pb::Block& out);
  std::string new_name(ir::ValueId value, const std::string& fallback);
  bool is_direct_output(std::size_t index) const;
  void report(Error error, ir::OpId op);

  const ir::Module& module_;
  const ir::Function& f_;
  mil::Target target_;
  ConstantWriter& constants_;
  Diagnostics& diagnostics_;

  NameTable table_;
  WrittenNames names_;
  std::vector<std::string> result_names_;  ///< wanted for the entry block's results
  std::unordered_map<ir::ValueId, std::string> value_names_;
  std::vector<ir::ValueId> scoped_;  ///< constants written so far, innermost block last
  std::size_t op_count_ = 0;
  int scores_ = -1;  ///< the result that becomes a classifier's scores
};

}  // namespace corecast::coreml
