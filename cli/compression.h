// The options that say how to compress, which convert and compress share.
#pragma once

#include "api/compress.h"
#include "cli/command.h"

namespace corecast::cli {

struct CompressionFlags {
  api::SchemeWords scheme;
  std::string recipe, size, max_drop, memory;
  double bits = 0;
  bool any() const {
    return scheme.any() || !recipe.empty() || bits > 0 || !size.empty() || !max_drop.empty();
  }
};

void add_compression_options(CLI::App& verb, CompressionFlags& flags);
/// Errors: E1017 options that contradict each other or that nothing listens to, and those of
/// recipes and schemes.
Status read_compression(const CompressionFlags& flags, std::optional<mil::Target> target,
                        api::CompressOptions& options);
/// Compresses, fills the command's result, prints the tables.
Status run_compression(ir::Module& module, api::CompressOptions options, Command& command);

}  // namespace corecast::cli
