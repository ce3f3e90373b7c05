// Types of the public C++ API. Everything else under api/ is in terms of these and of ir::Module.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "ir/module.h"

namespace corecast::api {

using NamedTensors = std::map<std::string, ir::Tensor, std::less<>>;

/// How to read a model.
struct LoadOptions {
  /// As --input: "x[1,3,224,224]{f32}", "tokens[batch,seq]", and sizes of symbols: "seq=1..512",
  /// "batch={1,4,8}", "batch=4".
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;    ///< keep only these
  std::map<std::string, double> bake;  ///< inputs that become constants
};

/// Watches and stops long work.
struct Progress {
  std::function<void(std::string_view stage, double fraction)> report;  ///< may be empty
  const std::atomic<bool>* cancelled = nullptr;
  bool stopped() const { return cancelled && cancelled->load(std::memory_order_relaxed); }
};

}  // namespace corecast::api
