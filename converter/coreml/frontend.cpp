// The row of converter/frontends.def: packages are models that can be read, too.
#include "converter/frontend.h"

#include <filesystem>

#include "converter/coreml/mil_reader.h"

namespace corecast::coreml {
namespace {

/// By the ending, or because it is a folder: what is in it, the reader says.
bool looks_like_package(const std::string& path, ByteView) {
  namespace fs = std::filesystem;
  std::error_code ec;
  const std::string extension = fs::path(path).extension().string();
  return fs::is_directory(path, ec) || extension == ".mlmodel" || extension == ".mlpackage" ||
         fs::path(path).filename().empty();
}

}  // namespace

const converter::Frontend& frontend();

const converter::Frontend& frontend() {
  static constexpr converter::Frontend row = {
      .name = "coreml",
      .title = "Core ML",
      .noun = "a Core ML package",
      .sniff = looks_like_package,
      .interface = nullptr,
      .import = [](const std::string& path, const converter::ImportOptions& options,
                   Diagnostics& diagnostics) {
        return read_package(path, diagnostics, options.stop);
      }};
  return row;
}

}  // namespace corecast::coreml
