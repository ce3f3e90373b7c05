// ConcreteTypes: the types of a function's values once the input shapes are known. Inference runs
// again with numbers in place of symbols; what depends on data stays a symbol.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ir/function.h"
#include "ir/function_infer.h"

namespace corecast::executor {

class ConcreteTypes final : public ir::FunctionInfer {
 public:
  explicit ConcreteTypes(const ir::Function& f);

  /// For a block argument whose shape is given.
  void set(ir::ValueId v, ir::Type type);
  /// The value is a constant for these shapes (shape arithmetic, folded ops).
  void set_constant(ir::ValueId v, std::shared_ptr<const ir::Tensor> tensor);
  /// Lets go of all that set_constant was given; types and known values stay.
  void forget_constants();
  /// Infers the results of an op whose operands are known; nested blocks keep their declared types.
  Status infer(ir::OpId op);

  const ir::Type& type(ir::ValueId v) const override { return types_[v.index()]; }
  const ir::Tensor* constant(ir::ValueId v) const override;

 private:
  const ir::Dims* computed(ir::ValueId v) const override;

  std::vector<ir::Type> types_;
  std::vector<std::shared_ptr<const ir::Tensor>> constants_;
  std::vector<std::optional<ir::Dims>> known_;
};

}  // namespace corecast::executor
