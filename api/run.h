// Running a model on named arrays.
#pragma once

#include <memory>

#include "api/types.h"
#include "executor/engine.h"

namespace corecast::api {

/// A model made ready to run. One call at a time; concurrent calls queue.
class Session {
 public:
  /// `function`: of a package with several; empty: the default one. `precision`: fp32 (reference),
  /// fp16 (every intermediate rounded), native (as declared). `pool`: sessions may share one, and
  /// run at the same time. `engine`: null is the processor. Errors: E1010 no such function, E4006
  /// the engine is not here, E5001 a value that memory cannot hold.
  static Result<Session> make(const ir::Module& module, const std::string& function,
                              executor::Precision precision, SharedPool pool = {},
                              const executor::EngineEntry* engine = nullptr);

  /// Inputs and outputs by feature name, with the features' element types and shapes. Inputs of any
  /// other numeric element type are taken where no element loses its value. States are read and
  /// written when given. Errors: E1007 the element that would change, E2102 a shape, a size or a
  /// name that the interface does not have, E2101 values that an op cannot compute with, E5001,
  /// E5104 stopped.
  Result<NamedTensors> run(const NamedTensors& inputs, NamedTensors* states = nullptr,
                           Stop stop = {});
  const ir::Function& function() const { return plan_->function(); }
  executor::Plan& plan() { return *plan_; }

 private:
  explicit Session(std::unique_ptr<executor::Plan> plan) : plan_(std::move(plan)) {}
  std::unique_ptr<executor::Plan> plan_;
};

/// "native", "fp32" or "fp16". Errors: E1009.
Result<executor::Precision> precision_from_name(std::string_view name);

/// The names of the engines that can be asked for, the default one first.
std::vector<std::string> engine_names();
/// Errors: E1029 there is none of this name.
Result<const executor::EngineEntry*> engine_from_name(std::string_view name);

/// `tensor` as `dtype` when no element changes its value; bools count as 0 and 1. Floats may round.
/// Errors: E1007 with the first element that does not fit.
Result<ir::Tensor> lossless_cast(const ir::Tensor& tensor, ir::DType dtype,
                                 const std::string& name);

}  // namespace corecast::api
