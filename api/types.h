// Types of the public C++ API. Everything else under api/ is in terms of these and of ir::Module.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "converter/frontend.h"
#include "ir/named_tensors.h"

namespace corecast::api {

using ir::NamedTensors;

/// An input that becomes an image (api/detail/image_input.h): pixels from 0 to 255 are mapped to
/// [low, high], then (x - mean) / std, as the source expects them.
struct ImageInput {
  std::string name;
  std::vector<double> mean, std;  ///< one number, or one per channel; empty: 0 and 1
  /// Unset: 0..1 with a mean or a std, else 0..255.
  std::optional<std::pair<double, double>> range;
  std::string layout;  ///< of the source: "nchw" or "nhwc"; empty: as its shape tells
};

/// How to read a model.
struct LoadOptions {
  /// As --input: "x[1,3,224,224]{f32}", "tokens[batch,seq]", and sizes of symbols: "seq=1..512",
  /// "batch={1,4,8}", "batch=4".
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;    ///< keep only these
  std::map<std::string, double> bake;  ///< inputs that become constants
  std::vector<ImageInput> images;
  Stop stop;  ///< asked before each node; loading then ends with E5104
  /// Formats beside those of converter/frontends.def, asked before them.
  converter::Frontends frontends;
  /// Whether they leave a model's interface as it is.
  bool empty() const { return inputs.empty() && outputs.empty() && bake.empty() && images.empty(); }
};

/// Watches and stops long work.
struct Progress {
  std::function<void(std::string_view stage, double fraction)> report;  ///< may be empty
  const std::atomic<bool>* cancelled = nullptr;
};

}  // namespace corecast::api
