// The options that say how to compress, which convert and compress share.
#pragma once

#include "api/compress.h"
#include "cli/command.h"

namespace corecast::cli {

struct CompressionFlags {
  std::string recipe, quantize, prune, granularity, mode, scale, size, max_drop, memory;
  int palettize = 0;
  std::int64_t vector = 0;
  double bits = 0;
  bool asymmetric = false;
  bool any() const {
    return !recipe.empty() || palettize || !quantize.empty() || !prune.empty() || bits > 0 ||
           !size.empty() || !max_drop.empty();
  }
};

void add_compression_options(CLI::App& verb, CompressionFlags& flags);
/// Errors: E1017 options that contradict each other, and those of recipes and schemes.
Status read_compression(const CompressionFlags& flags, std::optional<ir::Target> target,
                        api::CompressOptions& options);
/// Compresses, fills the command's result, prints the tables.
Status run_compression(ir::Module& module, api::CompressOptions options, Command& command);

/// "ios17". Errors: E1012.
Result<std::optional<ir::Target>> parse_target(const std::string& text);

}  // namespace corecast::cli
