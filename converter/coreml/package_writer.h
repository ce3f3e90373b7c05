// PackageWriter: an .mlpackage folder that appears whole or not at all.
//
// Everything is written into a temporary folder beside the target and renamed at the end. A folder
// left behind by a killed process is removed when the next one writes to the same target: the owner
// holds a lock on it, and a lock dies with its process.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "converter/coreml/content_hash.h"
#include "converter/coreml/output_file.h"

namespace corecast::coreml {

struct PackageOptions {
  bool force = false;  ///< replace an existing package
  Cancelled cancelled;
};

class PackageWriter {
 public:
  /// `target` must end in ".mlpackage". Errors: E5101 exists and may not be replaced, E5102, E5103,
  /// E5105 bad name.
  static Result<PackageWriter> begin(const std::string& target, PackageOptions options);
  PackageWriter(PackageWriter&& other) noexcept;
  PackageWriter& operator=(PackageWriter&&) = delete;
  /// Removes the temporary folder unless commit() succeeded.
  ~PackageWriter();

  /// Where to create weight.bin; its folder exists.
  std::string weight_file() const;
  /// The name that a program uses for weight_file().
  static const std::string& weight_file_name();

  /// Errors: E5102, E5103, E5104.
  Status write_model(ByteView model);
  /// Writes the manifest, whose identifiers derive from the model and `weights`, and publishes the
  /// package. The old package, if any, stays whole until the new one is in place.
  Status commit(const ContentHash& weights);

 private:
  PackageWriter() = default;
  Status make_folders();
  Status publish();

  std::string target_;
  std::string temp_;  ///< empty once published
  int lock_ = -1;
  PackageOptions options_;
  ContentHash model_hash_;
};

}  // namespace corecast::coreml
