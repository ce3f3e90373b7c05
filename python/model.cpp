#include "python/model.h"

#include "base/strings.h"

namespace corecast::python {

Result<std::shared_ptr<Model>> Model::make(api::Model model, std::string function,
                                           executor::Precision precision,
                                           std::vector<Diagnostic> problems) {
  std::shared_ptr<Model> out(new Model(std::move(model), precision, std::move(problems)));
  const ir::Module& module = out->module();
  if (function.empty()) function = module.default_function;
  out->function_ = module.find(function);
  if (!out->function_) {
    std::vector<std::string> names;
    for (const auto& f : module.functions) names.push_back(f.name);
    return Error(Code::E1010, cat("the model has no function ", quote(function)),
                 cat("it has ", join(names)));
  }
  return out;
}

Result<api::Session*> Model::session(int threads) {
  const std::scoped_lock lock(mutex_);
  if (!session_) {
    TRY(session_, api::Session::make(module(), function_->name, precision_, threads));
  }
  return &*session_;
}

Result<api::NamedTensors> Model::run(const api::NamedTensors& inputs, State* state, int threads) {
  TRY(api::Session* const ready, session(threads));
  if (!state) return ready->run(inputs);
  return state->with([&](api::NamedTensors& tensors) { return ready->run(inputs, &tensors); });
}

}  // namespace corecast::python
