// Model: a module, which of its functions runs and how, and the plan made of it on the first run.
#pragma once

#include <mutex>
#include <optional>
#include <variant>

#include "api/compress.h"
#include "api/model.h"
#include "api/run.h"
#include "python/state.h"

namespace corecast::python {

/// How a model's runs are computed.
struct Computed {
  executor::Precision precision = executor::Precision::native;
  const executor::EngineEntry* engine = &executor::engine_list().front();
};

class Model {
 public:
  /// `function` empty: the default one. Errors: E1010 when there is none of that name.
  static Result<std::shared_ptr<Model>> make(api::Model model, std::string function, Computed how,
                                             std::vector<Diagnostic> problems);

  const api::Model& model() const { return model_; }
  const ir::Module& module() const { return model_.module; }
  ir::Metadata& metadata() { return model_.module.metadata; }
  const ir::Function& function() const { return *function_; }
  const Computed& how() const { return how_; }
  const std::vector<Diagnostic>& problems() const { return problems_; }

  std::optional<mil::Target> target;  ///< that save writes for; empty: the lowest that fits
  std::optional<api::Compression> compression;  ///< what compress() did to get this model
  bool unchanged = false;                       ///< what the file at path() holds

  /// Thread-safe; the interpreter lock must not be held. `pool`: of a plan made now.
  Result<api::NamedTensors> run(const api::NamedTensors& inputs, State* state, SharedPool pool);

 private:
  Model(api::Model model, Computed how, std::vector<Diagnostic> problems)
      : model_(std::move(model)), how_(how), problems_(std::move(problems)) {}
  Result<api::Session*> session(SharedPool pool);

  api::Model model_;
  const ir::Function* function_ = nullptr;
  Computed how_;
  std::vector<Diagnostic> problems_;
  std::mutex mutex_;
  std::optional<api::Session> session_;
};

/// Type, name and sizes of one input, output or state, as Python sees it.
struct FeatureView {
  std::string name, dtype, description;
  std::vector<std::variant<std::int64_t, std::string>> shape;
  std::map<std::string, std::pair<std::int64_t, std::optional<std::int64_t>>> ranges;
  std::vector<std::vector<std::int64_t>> enumerated;
  std::optional<std::string> image;
  std::vector<double> image_scale, image_bias;  ///< of an input that is an image
  bool optional = false;
};

}  // namespace corecast::python
