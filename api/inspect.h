// What a model is: interface, operators, sizes.
#pragma once

#include "api/model.h"

namespace corecast::api {

struct FeatureInfo {
  std::string name, dtype, shape;  ///< shape as text, symbols included
};

struct Inspection {
  std::string path, format, function;
  std::vector<FeatureInfo> inputs, outputs;
  std::map<std::string, std::int64_t> ops;           ///< by IR name, constants left out
  std::map<std::string, std::int64_t> weight_bytes;  ///< by element type, and by compression op
  std::int64_t parameters = 0;                       ///< elements of constants with more than 16
  std::optional<std::int64_t> macs;                  ///< multiply-adds at the default sizes
  std::optional<std::string> target;                 ///< lowest deployment target of a package
  std::map<std::string, std::string> metadata;
};

Inspection inspect(const Model& model);
std::string to_text(const Inspection& inspection);

}  // namespace corecast::api
