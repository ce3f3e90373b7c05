// Conversion: source model to a module ready to be written, and to a package.
#pragma once

#include "api/model.h"

namespace corecast::api {

enum class Precision : unsigned char { fp16, fp32, automatic };

struct ConvertOptions {
  LoadOptions load;
  std::optional<ir::Target> target;  ///< empty: the lowest that the result needs
  Precision precision = Precision::fp16;
  std::optional<std::string> labels;  ///< file of class labels (api/detail/labels.h)
  std::vector<std::string> disabled_passes;
  std::int64_t rewrite_limit = -1;                ///< bisects a bad rewrite
  std::string print_ir_after;                     ///< a pass name, or "all"
  std::function<void(const std::string&)> print;  ///< receives what print_ir_after asks for
  Progress progress;
};

struct PassTime {
  std::string name;
  double milliseconds = 0;
  std::int64_t ops_removed = 0;
};

struct Conversion {
  ir::Module source;  ///< as imported, before any pass: the validator's reference
  ir::Module converted;
  std::vector<PassTime> passes;
  double import_ms = 0, passes_ms = 0;
};

/// Imports, optimises, legalises for the target, casts. Nothing is written.
Result<Conversion> convert(const std::string& path, const ConvertOptions& options,
                           Diagnostics& diagnostics);
/// The same for a model that is loaded already.
Result<Conversion> convert(const Model& model, const ConvertOptions& options,
                           Diagnostics& diagnostics);

struct SaveOptions {
  std::optional<ir::Target> target;
  bool force = false;
  const std::atomic<bool>* cancelled = nullptr;
};

struct Saved {
  std::string path;
  ir::Target target = ir::Target::ios15;
  std::string target_reason;
  std::uint64_t bytes = 0, weight_bytes = 0;
  std::size_t ops = 0;
};

/// Writes the package, whole or not at all. Errors: E25xx, E51xx.
Result<Saved> save(const ir::Module& module, const std::string& path, const SaveOptions& options,
                   Diagnostics& diagnostics);

}  // namespace corecast::api
