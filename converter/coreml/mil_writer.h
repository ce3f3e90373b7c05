// Writes a module as an .mlpackage.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostics.h"
#include "base/result.h"
#include "base/thread_pool.h"
#include "converter/coreml/output_file.h"
#include "ir/module.h"
#include "ops/mil/target.h"

namespace corecast::coreml {

struct WriteOptions {
  /// Unset: the lowest target that the module needs.
  std::optional<mil::Target> target;
  bool force = false;  ///< replace an existing package
  /// Added to the module's own user metadata.
  std::map<std::string, std::string> user_metadata;
  /// Upper bound written for a size that has none, where that is not the length of a signal, which
  /// gets 2^20; 0: such a size is an error.
  std::int64_t assumed_upper_bound = 4096;
  /// Polled during long writes; true stops with E5104 and leaves nothing behind.
  Cancelled cancelled;
  /// Converts weights; never null. The bytes written do not depend on it.
  ThreadPool* pool = &ThreadPool::alone();
};

struct WriteReport {
  mil::Target target = mil::Target::ios15;
  std::string target_reason;  ///< why not an older one; empty when asked for or for the oldest
  std::uint64_t model_bytes = 0;
  std::uint64_t weight_bytes = 0;
  std::size_t blobs = 0;
  std::size_t ops = 0;  ///< constants left out
  /// Source name and name in the package, per function, of the names that had to change.
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> renamed;
};

/// All problems of the module go to `diagnostics`; the error returned sums them up.
/// Errors: E25xx cannot be expressed for the target, E51xx cannot be written. Nothing is left
/// behind on failure, and an existing package stays as it was.
Result<WriteReport> write_package(const ir::Module& module, const std::string& path,
                                  const WriteOptions& options, Diagnostics& diagnostics);
Result<WriteReport> write_package(const ir::Module& module, const std::string& path,
                                  const WriteOptions& options = {});

}  // namespace corecast::coreml
