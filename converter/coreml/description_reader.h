// Reads the interface that a model describes, and matches it with the functions of its program.
#pragma once

#include <map>
#include <string>

#include "base/diagnostics.h"
#include "converter/coreml/build_info.h"
#include "converter/coreml/proto/model.pb.h"
#include "ir/module.h"

namespace corecast::coreml {

/// What the description says of one function, by feature name.
struct FunctionInterface {
  struct Entry {
    const pb::FeatureDescription* feature = nullptr;
    int position = 0;  ///< among its kind
  };
  std::map<std::string, Entry> inputs, outputs, states;
};

/// The interface of `function`; empty when the description has none.
FunctionInterface interface_of(const pb::ModelDescription& description,
                               const std::string& function);

/// An input's IR type and feature. Unknown sizes become symbols: those that corecast recorded, else
/// one per size. `ranges` takes what the description allows for them.
struct ReadInput {
  ir::Type type;
  ir::Feature feature;
};
Result<ReadInput> read_input(const pb::NamedType& input, const pb::FeatureDescription* description,
                             const std::string& function, const BuildInfo& info,
                             std::map<std::string, ir::SymbolRange, std::less<>>& ranges);

/// An output's feature; `description` may be null.
ir::Feature read_output(const std::string& name, const pb::FeatureDescription* description);

ir::Metadata read_metadata(const pb::Metadata& metadata);

}  // namespace corecast::coreml
