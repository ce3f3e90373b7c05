// ConcreteTypes: the types of a function's values once the input shapes are known. Inference runs
// again with numbers in place of symbols; what depends on data stays a symbol.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "ir/function.h"

namespace corecast::executor {

class ConcreteTypes final : public ir::InferContext {
 public:
  explicit ConcreteTypes(const ir::Function& f);

  /// For a block argument whose shape is given.
  void set(ir::ValueId v, ir::Type type);
  /// The value is a constant for these shapes (shape arithmetic, folded ops).
  void set_constant(ir::ValueId v, std::shared_ptr<const ir::Tensor> tensor);
  /// Lets go of all that set_constant was given; types and known values stay.
  void forget_constants();
  void forget_constant(ir::ValueId v) { constants_[v.index()].reset(); }
  /// Infers the results of an op whose operands are known; nested blocks keep their declared types.
  Status infer(ir::OpId op);

  const ir::Type& type(ir::ValueId v) const override { return types_[v.index()]; }
  const ir::Tensor* constant(ir::ValueId v) const override;
  std::optional<ir::Dims> known(ir::ValueId v) const override;
  ir::Types block_args(ir::BlockId b) const override;
  ir::Types block_results(ir::BlockId b) const override;
  ir::Dim fresh(int index) override;

 private:
  ir::Types types_of(const std::vector<ir::ValueId>& values) const;
  const ir::Function& f_;
  std::vector<ir::Type> types_;
  std::vector<std::shared_ptr<const ir::Tensor>> constants_;
  std::vector<std::optional<ir::Dims>> known_;
  ir::OpId current_;
};

/// The elements of a small integer tensor, as inference wants them; empty when it is data.
std::optional<ir::Dims> small_integers(const ir::Tensor& t);

}  // namespace corecast::executor
