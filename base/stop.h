// Stop: how long work learns that nobody wants its result any more.
#pragma once

#include <atomic>

#include "base/result.h"

namespace corecast {

/// Watches a flag that another thread or a signal handler sets; one that watches nothing never
/// stops. Work asks between steps of some milliseconds, so that Ctrl-C is answered at once.
class Stop {
 public:
  Stop() = default;
  /// `flag` may be null, and must outlive all copies.
  Stop(const std::atomic<bool>* flag) : flag_(flag) {}  // NOLINT(google-explicit-constructor)

  bool requested() const { return flag_ && flag_->load(std::memory_order_relaxed); }
  /// E5104 once it is requested: `TRY_VOID(stop.check());`
  Status check() const;

 private:
  const std::atomic<bool>* flag_ = nullptr;
};

/// E5104, of kind interrupted.
Error interrupted_error();

}  // namespace corecast
