// Whether passes keep their word about numbers: what --check-passes does.
#pragma once

#include "base/diagnostics.h"
#include "base/shared_pool.h"
#include "base/stop.h"
#include "ir/module.h"
#include "passes/pass.h"

namespace corecast::api {

/// Executes a module before and after each pass on one made-up sample, as the types that it
/// declares say.
class PassCheck {
 public:
  /// `module` is what the first pass gets.
  PassCheck(const ir::Module& module, SharedPool pool, Stop stop, Diagnostics& diagnostics);

  /// `module` is what `pass` made of the module before. Diagnostics: E4005 an output moved further
  /// than rounding explains, by the limits of a validation (validator/validate.h); W4005 the module
  /// cannot be run, so nothing is known from here on.
  void after(const passes::Pass& pass, const ir::Module& module);

  /// Passes that were checked, each time that they changed something.
  std::int64_t count() const { return count_; }

 private:
  ir::Module before_;
  SharedPool pool_;
  Stop stop_;
  Diagnostics& diagnostics_;
  std::int64_t count_ = 0;
  bool given_up_ = false;
};

}  // namespace corecast::api
