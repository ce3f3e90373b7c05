#include "cli/progress.h"

#include <algorithm>
#include <iostream>

#include "base/strings.h"
#include "base/table.h"

namespace corecast::cli {
namespace {

constexpr double kPatience = 2;   // seconds before anything is drawn
constexpr double kBetween = 0.1;  // seconds between drawings
constexpr int kWidth = 24;
constexpr std::size_t kStage = 46;

std::string clock_text(double seconds) {
  const auto s = static_cast<int>(std::min(seconds, 359999.0) + 0.5);
  return s >= 3600 ? format_number("%.0f h", s / 3600.0)
                   : cat(s / 60, ":", s % 60 < 10 ? "0" : "", s % 60);
}

}  // namespace

ProgressBar::~ProgressBar() {
  if (drawn_) std::cerr << "\r\033[K" << std::flush;
}

void ProgressBar::update(std::string_view stage, double fraction) {
  if (!shown_) return;
  const auto now = Clock::now();
  const auto since = [&](Clock::time_point t) {
    return std::chrono::duration<double>(now - t).count();
  };
  fraction = std::clamp(fraction, 0.0, 1.0);
  if (fraction < last_) started_ = now;
  last_ = fraction;
  if (since(started_) < kPatience && !drawn_) return;
  if (drawn_ && since(drawn_at_) < kBetween) return;
  const int full = static_cast<int>(fraction * kWidth);
  std::string line = cat("\r\033[K[", std::string(static_cast<std::size_t>(full), '#'),
                         std::string(static_cast<std::size_t>(kWidth - full), '.'), "] ",
                         static_cast<int>(fraction * 100), "% ", stage.substr(0, kStage));
  if (fraction > 0.01) line += cat(", ", clock_text(since(started_) * (1 / fraction - 1)), " left");
  std::cerr << line << std::flush;
  drawn_ = true;
  drawn_at_ = now;
}

}  // namespace corecast::cli
