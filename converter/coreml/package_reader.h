// PackageFiles: finds and opens the parts of a Core ML model on disk, an .mlpackage folder or a
// bare .mlmodel file. Knows nothing of what is in them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/mapped_file.h"
#include "base/result.h"
#include "converter/coreml/blob_reader.h"

namespace corecast::coreml {

class PackageFiles {
 public:
  /// Errors: E2001 unreadable, E2401 bad manifest, E2402 a link leads out of the package, E2403 not
  /// a Core ML model.
  static Result<PackageFiles> open(const std::string& path);

  /// The bytes of the model message.
  ByteView model() const { return model_->bytes(); }
  const std::string& model_path() const { return model_path_; }

  /// The blob file that a program calls `name`, e.g. "@model_path/weights/weight.bin"; opened once.
  /// The result lives as long as this object, its mapping as long as anyone holds it.
  /// Errors: E2001, E2402, E2411.
  Result<const BlobFile*> blob_file(const std::string& name);

 private:
  PackageFiles() = default;
  Result<std::string> resolve(const std::string& relative) const;

  std::string root_;        ///< real path of the package, or of the folder of a bare model file
  std::string model_path_;  ///< as the user would write it
  std::string alias_root_;  ///< real folder of the model file when that is a link, else empty
  std::shared_ptr<const MappedFile> model_;
  std::map<std::string, BlobFile> blobs_;
};

}  // namespace corecast::coreml
