#include "converter/coreml/package_reader.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/strings.h"
#include "converter/coreml/manifest.h"

namespace corecast::coreml {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kModelFolder = "@model_path/";

Error input_error(Code code, std::string message, std::string help, std::string file) {
  Where where;
  where.file = std::move(file);
  return Error(code, std::move(message), std::move(help), std::move(where));
}

bool is_below(const std::string& path, const std::string& folder) {
  return !folder.empty() && path.size() > folder.size() && path.starts_with(folder) &&
         (folder.back() == '/' || path[folder.size()] == '/');
}

Result<std::string> real_path(const std::string& path) {
  std::error_code error;
  auto real = fs::canonical(path, error);
  if (error) {
    return input_error(Code::E2001, "cannot read the file: " + error.message(),
                       "check the path and its permissions", path);
  }
  return real.string();
}

std::string parent_of(const std::string& path) { return fs::path(path).parent_path().string(); }

}  // namespace

Result<PackageFiles> PackageFiles::open(const std::string& path) {
  std::error_code error;
  PackageFiles files;
  if (fs::is_directory(path, error)) {
    const std::string manifest_path = (fs::path(path) / "Manifest.json").string();
    if (!fs::exists(manifest_path, error)) {
      return input_error(Code::E2403, "not a Core ML package: it holds no Manifest.json",
                         "give the path of the .mlpackage folder itself", path);
    }
    TRY(const auto manifest_file, MappedFile::open(manifest_path));
    auto manifest = parse_manifest(manifest_file->bytes());
    if (!manifest) return std::move(manifest).error().with_file(manifest_path);
    TRY(files.root_, real_path(path));
    const auto* root = manifest->find(manifest->root_id);
    files.model_path_ = (fs::path(path) / "Data" / root->path).string();
  } else {
    files.model_path_ = path;
    TRY(const auto real, real_path(path));
    files.root_ = parent_of(real);
  }
  // Stores of downloaded models keep a package as links into a folder of contents. The model file
  // is what the user pointed at; its neighbours there are as trustworthy as it is.
  TRY(const auto real_model, real_path(files.model_path_));
  if (!is_below(real_model, files.root_)) {
    if (!fs::is_symlink(files.model_path_, error)) {
      return input_error(Code::E2402,
                         "a link in the package leads out of it: " + corecast::quote(real_model),
                         "copy the package with its links resolved", files.model_path_);
    }
    files.alias_root_ = parent_of(real_model);
  }
  TRY(files.model_, MappedFile::open(files.model_path_));
  return files;
}

Result<std::string> PackageFiles::resolve(const std::string& relative) const {
  const std::string path = (fs::path(parent_of(model_path_)) / relative).string();
  TRY(const auto real, real_path(path));
  if (!is_below(real, root_) && !is_below(real, alias_root_)) {
    return input_error(Code::E2402,
                       "a link in the package leads out of it: " + corecast::quote(real),
                       "copy the package with its links resolved", path);
  }
  return path;
}

Result<const BlobFile*> PackageFiles::blob_file(const std::string& name) {
  if (const auto it = blobs_.find(name); it != blobs_.end()) return &it->second;
  const std::string_view relative =
      name.starts_with(kModelFolder) ? std::string_view(name).substr(kModelFolder.size()) : name;
  if (!is_contained_path(relative)) {
    return input_error(
        Code::E2402, "the model names a weight file outside the package: " + corecast::quote(name),
        "the package is damaged", model_path_);
  }
  TRY(const auto path, resolve(std::string(relative)));
  TRY(auto blobs, BlobFile::open(path));
  return &blobs_.emplace(name, std::move(blobs)).first->second;
}

}  // namespace corecast::coreml
