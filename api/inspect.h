// What a model is: interface, operators, sizes.
#pragma once

#include "api/model.h"

namespace corecast::api {

struct FeatureInfo {
  std::string name;
  std::string dtype;  ///< the IR's name: "f16", "i32"
  std::string shape;  ///< as text, symbols included: "[batch,3,224,224]"
};

struct Inspection {
  std::string path;
  std::string format;    ///< converter::Frontend::name
  std::string function;  ///< the one that is described: the main one
  std::vector<FeatureInfo> inputs, outputs;
  std::map<std::string, std::int64_t> ops;           ///< by IR name, constants left out
  std::map<std::string, std::int64_t> weight_bytes;  ///< by element type, and by compression op
  std::int64_t parameters = 0;                       ///< elements of constants with more than 16
  std::optional<std::int64_t> macs;                  ///< multiply-adds at the default sizes
  std::optional<std::string> target;                 ///< lowest deployment target of a package
  std::map<std::string, std::string> metadata;
};

Inspection inspect(const Model& model);
/// For people, a fact a line; sizes in KiB, MiB and GiB.
std::string to_text(const Inspection& inspection);

}  // namespace corecast::api
