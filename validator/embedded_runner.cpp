#include "base/strings.h"
#include "executor/engine.h"
#include "validator/runner.h"

namespace corecast::validator {
namespace {

class Embedded final : public Runner {
 public:
  Embedded(std::unique_ptr<executor::Plan> plan, std::string name, Stop stop)
      : plan_(std::move(plan)), name_(std::move(name)), stop_(stop) {}
  std::string name() const override { return name_; }
  Result<NamedTensors> run(const NamedTensors& inputs) override {
    return plan_->run(inputs, {.stop = stop_});
  }

 private:
  std::unique_ptr<executor::Plan> plan_;
  std::string name_;
  Stop stop_;
};

/// The default engine goes without saying.
std::string name_of(const executor::Options& options) {
  const char* precision = executor::name_of(options.precision);
  const bool is_default = !options.engine || options.engine == &executor::engine_list().front();
  return is_default ? cat("corecast ", precision)
                    : cat("corecast ", options.engine->name, " ", precision);
}

Result<std::unique_ptr<Runner>> make(const ir::Module& module, const executor::Options& options,
                                     Stop stop) {
  TRY(auto plan, executor::compile(module, {}, options));
  return std::unique_ptr<Runner>(
      std::make_unique<Embedded>(std::move(plan), name_of(options), stop));
}

}  // namespace

Result<std::unique_ptr<Runner>> embedded_runner(const ir::Module& module,
                                                executor::Precision precision, SharedPool pool,
                                                Stop stop, const executor::EngineEntry* engine) {
  executor::Options options;
  options.precision = precision;
  options.engine = engine;
  options.pool = std::move(pool);
  return make(module, options, stop);
}

Result<std::unique_ptr<Runner>> rounding_runner(const ir::Module& module,
                                                std::shared_ptr<const executor::Rounding> rounding,
                                                SharedPool pool, Stop stop) {
  CC_CHECK(rounding != nullptr, "no rounding");
  executor::Options options;
  options.pool = std::move(pool);
  options.rounding = std::move(rounding);
  return make(module, options, stop);
}

}  // namespace corecast::validator
