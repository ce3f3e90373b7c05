#include "python/model.h"

#include "base/strings.h"

namespace corecast::python {

Result<std::shared_ptr<Model>> Model::make(api::Model model, std::string function, Computed how,
                                           std::vector<Diagnostic> problems) {
  std::shared_ptr<Model> out(new Model(std::move(model), how, std::move(problems)));
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

Result<api::Session*> Model::session(SharedPool pool) {
  const std::scoped_lock lock(mutex_);
  if (!session_) {
    TRY(session_, api::Session::make(module(), function_->name, how_.precision, std::move(pool),
                                     how_.engine));
  }
  return &*session_;
}

Result<api::NamedTensors> Model::run(const api::NamedTensors& inputs, State* state,
                                     SharedPool pool) {
  TRY(api::Session* const ready, session(std::move(pool)));
  if (!state) return ready->run(inputs);
  return state->with([&](api::NamedTensors& tensors) { return ready->run(inputs, &tensors); });
}

}  // namespace corecast::python
