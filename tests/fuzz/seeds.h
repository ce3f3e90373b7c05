// Small ONNX models that between them use most of what the importer knows: where mutations start.
#pragma once

#include <string>
#include <vector>

namespace corecast::fuzz {

struct Seed {
  std::string name;
  std::string bytes;
  bool own = true;  ///< must be importable; others need not
};

/// Networks: convolutions, transformers, recurrent layers, quantised layers, functions.
std::vector<Seed> network_seeds();
/// Everything else: shapes, indexing, control flow, reductions, resizing, element types.
std::vector<Seed> operator_seeds();
/// Every operator that has a row of its own, and some that are expanded.
std::vector<std::string> operator_names();

}  // namespace corecast::fuzz
