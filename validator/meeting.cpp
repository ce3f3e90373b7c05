#include "validator/meeting.h"

#include <algorithm>

namespace corecast::validator {

void Meeting::offer(const std::string& name, const ir::Tensor& value) {
  std::unique_lock lock(mutex_);
  if (taking_ended_ || !left_.contains(name) || !offered_.emplace(name, value).second) return;
  held_ += value.byte_size();
  most_held_ = std::max(most_held_, held_);
  waiting_ = false;  // the other looks whether this is it
  changed_.notify_all();
  changed_.wait(lock, [&] { return alone_ || offered_.empty() || waiting_ || taking_ended_; });
}

std::optional<ir::Tensor> Meeting::take(const std::string& name) {
  std::unique_lock lock(mutex_);
  const auto left = left_.find(name);
  if (left == left_.end()) return std::nullopt;
  changed_.wait(lock, [&] {
    if (offered_.contains(name) || offering_ended_) return true;
    waiting_ = true;
    changed_.notify_all();
    return false;
  });
  waiting_ = false;
  const auto it = offered_.find(name);
  if (it == offered_.end()) return std::nullopt;
  std::optional<ir::Tensor> value = it->second;
  if (--left->second == 0) {
    held_ -= it->second.byte_size();
    offered_.erase(it);
    left_.erase(left);
    changed_.notify_all();
  }
  return value;
}

void Meeting::wait_for_none() {
  const std::scoped_lock lock(mutex_);
  alone_ = true;
}

void Meeting::offering_ends() {
  const std::scoped_lock lock(mutex_);
  offering_ended_ = true;
  changed_.notify_all();
}

void Meeting::taking_ends() {
  const std::scoped_lock lock(mutex_);
  taking_ended_ = true;
  changed_.notify_all();
}

std::size_t Meeting::most_held() const {
  const std::scoped_lock lock(mutex_);
  return most_held_;
}

}  // namespace corecast::validator
