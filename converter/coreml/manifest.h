// Manifest.json: which files of an .mlpackage are the model and its weights.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace corecast::coreml {

struct ManifestItem {
  std::string id;
  std::string name;
  std::string author;
  std::string path;  ///< below the package's Data folder; '/'-separated, never leaves it
  std::string description;
};

struct Manifest {
  std::string root_id;  ///< of the item that is the model
  std::vector<ManifestItem> items;

  /// Null when there is none.
  const ManifestItem* find(std::string_view id) const;
};

/// Errors: E2401 malformed, with the offending key.
Result<Manifest> parse_manifest(ByteView json);

/// Keys sorted, 4 spaces, a newline at the end.
std::string manifest_text(const Manifest& manifest);

/// Whether `path` is relative, not empty, and made of plain names only: no "..", ".", empty part,
/// backslash or NUL.
bool is_contained_path(std::string_view path);

}  // namespace corecast::coreml
