// Module: named functions and what the package says about itself.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/function.h"

namespace corecast::ir {

/// A mutable tensor that lives between calls (Core ML state, iOS 18).
struct StateFeature {
  std::string name;
  Type type;  ///< kind: state
};

struct Metadata {
  std::string author, license, version, description;
  std::map<std::string, std::string> user;
};

struct ClassLabels {
  std::string output;               ///< the output that holds the class scores
  std::vector<std::string> labels;  ///< by index
};

struct Module {
  explicit Module(const Registry& r) : registry(&r) {}

  const Registry* registry;
  std::vector<Function> functions;
  std::string default_function = "main";
  std::vector<StateFeature> states;
  Metadata metadata;
  std::optional<ClassLabels> class_labels;
  std::string source_format;  ///< "onnx", "coreml", ...: for messages

  Function* find(std::string_view name);
  const Function* find(std::string_view name) const;
  /// CHECKs that it exists.
  Function& main();
  const Function& main() const;
};

}  // namespace corecast::ir
