// A progress bar with the time that is left, on terminals only and only for long work.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace corecast::cli {

class ProgressBar {
 public:
  /// Draws nothing unless `shown`.
  explicit ProgressBar(bool shown) : shown_(shown) {}
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `fraction` of the stage is done, 0 to 1. A fraction that falls starts a new stage.
  void update(std::string_view stage, double fraction);

 private:
  using Clock = std::chrono::steady_clock;
  bool shown_, drawn_ = false;
  double last_ = 0;
  Clock::time_point started_ = Clock::now(), drawn_at_ = started_;
};

}  // namespace corecast::cli
