// State: the states of a model between runs, as Python holds them.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "api/types.h"

namespace corecast::python {

class State {
 public:
  explicit State(std::map<std::string, ir::Type> types);

  const std::map<std::string, ir::Type>& types() const { return types_; }
  /// A copy that shares memory. Precondition: the name is one of types().
  ir::Tensor get(const std::string& name) const;
  /// Precondition: it has the declared type.
  void set(const std::string& name, ir::Tensor value);

  /// Calls f(tensors) with nobody else reading or writing.
  template <class F>
  auto with(F&& f) {
    const std::scoped_lock lock(mutex_);
    return f(tensors_);
  }

 private:
  std::map<std::string, ir::Type> types_;
  mutable std::mutex mutex_;
  api::NamedTensors tensors_;
};

}  // namespace corecast::python
