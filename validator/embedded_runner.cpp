#include "base/strings.h"
#include "validator/runner.h"

namespace corecast::validator {
namespace {

class Embedded final : public Runner {
 public:
  Embedded(std::unique_ptr<executor::Plan> plan, executor::Precision precision, Stop stop)
      : plan_(std::move(plan)), precision_(precision), stop_(stop) {}
  std::string name() const override { return cat("corecast ", executor::name_of(precision_)); }
  Result<NamedTensors> run(const NamedTensors& inputs) override {
    return plan_->run(inputs, {.stop = stop_});
  }

 private:
  std::unique_ptr<executor::Plan> plan_;
  executor::Precision precision_;
  Stop stop_;
};

}  // namespace

Result<std::unique_ptr<Runner>> embedded_runner(const ir::Module& module,
                                                executor::Precision precision, int threads,
                                                Stop stop) {
  executor::Options options;
  options.precision = precision;
  options.threads = threads;
  TRY(auto plan, executor::compile(module, {}, options));
  return std::unique_ptr<Runner>(std::make_unique<Embedded>(std::move(plan), precision, stop));
}

}  // namespace corecast::validator
