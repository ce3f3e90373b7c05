// FunctionInfer: what inference sees of a function's values: the one InferContext. As it stands it
// serves the builder; an executor or an evaluation, which know more of the values, derive from it.
#pragma once

#include <memory>

#include "ir/context.h"

namespace corecast::ir {

class Function;

/// The elements of a small integer tensor, as inference wants them; empty when it is data: more
/// than 64 elements, or rank 3 and up.
std::optional<Dims> small_integers(const Tensor& t);

/// Whether both are unknown or hold equal elements.
bool same_known(const std::shared_ptr<const Dims>& a, const std::shared_ptr<const Dims>& b);

class FunctionInfer : public InferContext {
 public:
  explicit FunctionInfer(const Function& f, OpId op = {}) : f_(f), op_(op) {}

  const Type& type(ValueId v) const override;
  const Tensor* constant(ValueId v) const override;
  std::optional<Dims> known(ValueId v) const final;
  Types block_args(BlockId b) const final;
  Types block_results(BlockId b) const final;
  Dim fresh(int index) final;

 protected:
  /// What shape arithmetic found for a value that is no constant; null: nothing. v is not empty.
  virtual const Dims* computed(ValueId v) const;

  const Function& f_;
  OpId op_;  ///< being inferred

 private:
  Types types_of(const std::vector<ValueId>& values) const;
};

}  // namespace corecast::ir
