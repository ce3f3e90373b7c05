#include "converter/coreml/package_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/strings.h"
#include "converter/coreml/manifest.h"

namespace corecast::coreml {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".mlpackage";
constexpr const char* kAuthor = "com.apple.CoreML";

Error target_error(Code code, std::string message, std::string help, const std::string& target) {
  Where where;
  where.file = target;
  return Error(code, std::move(message), std::move(help), std::move(where));
}

// ---- renames that never destroy

/// Renames onto a name that must be free. Returns an errno value, 0 on success.
int rename_new(const std::string& from, const std::string& to) {
#if defined(__APPLE__)
  return ::renamex_np(from.c_str(), to.c_str(), RENAME_EXCL) == 0 ? 0 : errno;
#elif defined(RENAME_NOREPLACE)
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
#endif
#if !defined(__APPLE__)
  std::error_code error;  // A file system without the flag: check, then rename.
  if (fs::symlink_status(to, error).type() != fs::file_type::not_found) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
#endif
}

/// Exchanges the two. Returns an errno value, 0 on success.
int rename_swap(const std::string& a, const std::string& b) {
#if defined(__APPLE__)
  if (::renamex_np(a.c_str(), b.c_str(), RENAME_SWAP) == 0) return 0;
  if (errno != ENOTSUP && errno != EINVAL) return errno;
#elif defined(RENAME_EXCHANGE)
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
#endif
  // No exchange here: move the old one aside, and back when the new one cannot take its place.
  const std::string aside = a + ".old";
  if (::rename(b.c_str(), aside.c_str()) != 0) return errno;
  if (::rename(a.c_str(), b.c_str()) != 0) {
    const int code = errno;
    ::rename(aside.c_str(), b.c_str());
    return code;
  }
  return ::rename(aside.c_str(), a.c_str()) == 0 ? 0 : errno;
}

// ---- temporary folders

std::string temp_prefix(const fs::path& target) {
  return "." + target.filename().string() + ".tmp-";
}

/// Opens and locks a folder; -1 when someone else holds it or it cannot be opened.
int lock_folder(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return -1;
  struct stat held {
  }, named{};
  // Between mkdir and the lock a cleaner may have removed the folder again: look twice.
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::fstat(fd, &held) == 0 &&
      ::lstat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino) {
    return fd;
  }
  ::close(fd);
  return -1;
}

void remove_stale(const fs::path& folder, const std::string& prefix) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (!entry.path().filename().string().starts_with(prefix)) continue;
    const int fd = lock_folder(entry.path().string());
    if (fd < 0) continue;
    std::error_code ignored;
    fs::remove_all(entry.path(), ignored);
    ::close(fd);
  }
}

/// Whether --force may replace what is at `target`: packages, links, plain files and empty folders,
/// but not a folder of something else.
bool is_replaceable(const std::string& target) {
  std::error_code error;
  const auto status = fs::symlink_status(target, error);
  if (status.type() != fs::file_type::directory) {
    return status.type() == fs::file_type::regular || status.type() == fs::file_type::symlink;
  }
  return fs::is_empty(target, error) || fs::exists(fs::path(target) / "Manifest.json", error);
}

bool exists(const std::string& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

Error exists_error(const std::string& target) {
  return target_error(Code::E5101, "the output exists already",
                      "choose another name, or pass --force to replace it", target);
}

}  // namespace

Result<PackageWriter> PackageWriter::begin(const std::string& target, PackageOptions options) {
  fs::path path(target);
  if (!path.has_filename()) path = path.parent_path();  // "x.mlpackage/"
  const std::string name = path.filename().string();
  if (!name.ends_with(kSuffix) || name.size() == kSuffix.size()) {
    return target_error(
        Code::E5105,
        cat("the output is called ", corecast::quote(name), ", expected NAME.mlpackage"),
        "Core ML recognises a package by the ending of its name", target);
  }
  PackageWriter writer;
  writer.target_ = path.string();
  writer.options_ = std::move(options);
  if (exists(writer.target_)) {
    if (!writer.options_.force) return exists_error(writer.target_);
    if (!is_replaceable(writer.target_)) {
      return target_error(Code::E5101,
                          "the output is a folder that is no Core ML package, not replacing it",
                          "choose another name, or remove the folder yourself", target);
    }
  }
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const std::string prefix = temp_prefix(path);
  remove_stale(folder, prefix);
  static std::atomic<unsigned> counter = 0;
  for (int attempt = 0; attempt < 100; ++attempt) {
    const std::string temp = (folder / cat(prefix, ::getpid(), "-", counter++)).string();
    if (::mkdir(temp.c_str(), 0777) != 0) {
      if (errno == EEXIST) continue;
      return write_error(writer.target_, errno);
    }
    writer.lock_ = lock_folder(temp);
    if (writer.lock_ < 0) continue;  // taken away by a cleaner
    writer.temp_ = temp;
    TRY_VOID(writer.make_folders());
    return writer;
  }
  return write_error(writer.target_, EEXIST);
}

PackageWriter::PackageWriter(PackageWriter&& other) noexcept
    : target_(std::move(other.target_)),
      temp_(std::exchange(other.temp_, {})),
      lock_(std::exchange(other.lock_, -1)),
      options_(std::move(other.options_)),
      model_hash_(other.model_hash_) {}

PackageWriter::~PackageWriter() {
  std::error_code ignored;
  if (!temp_.empty()) fs::remove_all(temp_, ignored);
  if (lock_ >= 0) ::close(lock_);
}

Status PackageWriter::make_folders() {
  for (const char* part : {"/Data", "/Data/com.apple.CoreML", "/Data/com.apple.CoreML/weights"}) {
    if (::mkdir((temp_ + part).c_str(), 0777) != 0) return write_error(target_, errno);
  }
  return {};
}

std::string PackageWriter::weight_file() const {
  return temp_ + "/Data/com.apple.CoreML/weights/weight.bin";
}

const std::string& PackageWriter::weight_file_name() {
  static const std::string name = "@model_path/weights/weight.bin";
  return name;
}

Status PackageWriter::write_model(ByteView model) {
  if (options_.cancelled && options_.cancelled()) return interrupted_error();
  model_hash_.update(model);
  return write_file(temp_ + "/Data/com.apple.CoreML/model.mlmodel", model);
}

Status PackageWriter::commit(const ContentHash& weights) {
  // The model's identifier stands for the whole package: it covers the weights too.
  ContentHash whole = model_hash_;
  const std::string weights_id = uuid_of(weights);
  whole.update(as_bytes(weights_id));
  const std::string model_id = uuid_of(whole);
  Manifest manifest;
  manifest.root_id = model_id;
  manifest.items = {
      {model_id, "model.mlmodel", kAuthor, cat(kAuthor, "/model.mlmodel"),
       "CoreML Model Specification"},
      {weights_id, "weights", kAuthor, cat(kAuthor, "/weights"), "CoreML Model Weights"}};
  TRY_VOID(write_file(temp_ + "/Manifest.json", as_bytes(manifest_text(manifest))));
  if (options_.cancelled && options_.cancelled()) return interrupted_error();
  return publish();
}

Status PackageWriter::publish() {
  int code = rename_new(temp_, target_);
  if (code == 0) {
    temp_.clear();
    return {};
  }
  if (code != EEXIST && code != ENOTEMPTY) return write_error(target_, code);
  if (!options_.force) return exists_error(target_);  // it has appeared meanwhile
  code = rename_swap(temp_, target_);
  if (code != 0) return write_error(target_, code);
  return {};  // temp_ is the old package now, and goes with this object
}

}  // namespace corecast::coreml
