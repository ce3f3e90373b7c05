// Running a model on named arrays.
#pragma once

#include <memory>

#include "api/types.h"
#include "executor/plan.h"

namespace corecast::api {

/// A model made ready to run. One call at a time; concurrent calls queue.
class Session {
 public:
  /// `precision`: fp32 (reference), fp16 (every intermediate rounded), native (as declared).
  static Result<Session> make(const ir::Module& module, const std::string& function,
                              executor::Precision precision, int threads);

  /// Inputs by feature name. Any numeric element type that converts to the feature's without loss;
  /// else E1007 names the element. Shapes are checked against the interface (E2102). States are
  /// read and written when given.
  Result<NamedTensors> run(const NamedTensors& inputs, NamedTensors* states = nullptr);
  const ir::Function& function() const { return plan_->function(); }
  executor::Plan& plan() { return *plan_; }

 private:
  explicit Session(std::unique_ptr<executor::Plan> plan) : plan_(std::move(plan)) {}
  std::unique_ptr<executor::Plan> plan_;
};

Result<executor::Precision> precision_from_name(std::string_view name);

/// `tensor` as `dtype` when no element changes its value; bools count as 0 and 1. Floats may round.
/// Errors: E1007 with the first element that does not fit.
Result<ir::Tensor> lossless_cast(const ir::Tensor& tensor, ir::DType dtype,
                                 const std::string& name);

}  // namespace corecast::api
