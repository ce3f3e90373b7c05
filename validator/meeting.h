// Meeting: two runs side by side on two threads, whose values meet by name as they are made, so
// that neither run's values have to be kept.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "ir/tensor.h"

namespace corecast::validator {

/// One run offers values, the other takes them. The offering run does not go ahead of the other
/// unless that waits for a value still to come: what is held at a time is one value, and those that
/// the two make in different orders.
class Meeting {
 public:
  /// How many values of each name the taking run has; names that only one run has are left out.
  explicit Meeting(std::map<std::string, int, std::less<>> names) : left_(std::move(names)) {}

  /// Offers the first value of a name, later ones are not for comparison. Returns when it has been
  /// taken, or when the other waits for something else.
  void offer(const std::string& name, const ir::Tensor& value);
  /// The offered value of that name, waited for; empty when there is none. Each call counts as one
  /// of the name's values.
  std::optional<ir::Tensor> take(const std::string& name);

  /// The offering run comes first, alone: all that is offered is kept.
  void wait_for_none();

  /// Must be called at the end of each run, however it ended.
  void offering_ends();
  void taking_ends();

  /// The most bytes that were held at once.
  std::size_t most_held() const;

 private:
  std::map<std::string, int, std::less<>> left_;  ///< to be taken, by name
  std::map<std::string, ir::Tensor, std::less<>> offered_;
  std::size_t held_ = 0, most_held_ = 0;  ///< bytes of offered_
  bool waiting_ = false;                  ///< the taking run, for what is not offered yet
  bool alone_ = false, offering_ended_ = false, taking_ended_ = false;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace corecast::validator
