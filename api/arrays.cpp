#include "api/arrays.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/mapped_file.h"
#include "base/strings.h"
#include "converter/archive/zip.h"
#include "validator/npy.h"

namespace corecast::api {

Result<NamedTensors> read_arrays(const std::string& path) {
  constexpr std::uint64_t limit = std::uint64_t{1} << 36;
  TRY(const auto file, MappedFile::open(path));
  NamedTensors arrays;
  if (file->bytes().empty())
    return Error(Code::E2007, "the file is empty", "save arrays with numpy.save or numpy.savez")
        .with_file(path);
  if (as_chars(file->bytes()).starts_with("\x93NUMPY")) {
    auto t = validator::decode_npy(file->bytes());
    if (!t) return std::move(t).error().with_file(path);
    arrays.emplace("", std::move(*t));
    return arrays;
  }
  auto entries = archive::read_zip_directory(file->bytes());
  if (!entries) return std::move(entries).error().with_file(path);
  for (const auto& entry : *entries) {
    auto bytes = archive::read_zip_entry(file->bytes(), entry, limit);
    if (!bytes) return std::move(bytes).error().with_file(path);
    auto t = validator::decode_npy(as_bytes(*bytes));
    if (!t) return std::move(t).error().in(entry.name).with_file(path);
    std::string name = entry.name;
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    arrays.emplace(std::move(name), std::move(*t));
  }
  return arrays;
}

namespace {

/// A file beside `path` that only this call writes to; removed unless it took path's place.
class Partial {
 public:
  explicit Partial(const std::string& path) : name_(path + ".partial-XXXXXX") {
    fd_ = ::mkstemp(name_.data());
  }
  ~Partial() {
    if (fd_ >= 0) ::close(fd_);
    if (!name_.empty() && made_) ::unlink(name_.c_str());
  }
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;

  /// An errno value, 0 on success.
  int write(std::string_view bytes) {
    if (fd_ < 0) return errno;
    made_ = true;
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), std::min<std::size_t>(bytes.size(), 1u << 30));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return n < 0 ? errno : EIO;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    // mkstemp's file is private; what is published follows the umask.
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(fd_, 0666 & ~mask) != 0) return errno;
    return ::close(std::exchange(fd_, -1)) != 0 && errno != EINTR ? errno : 0;
  }
  /// Takes the place of `path`; of nothing that exists unless `force`.
  int publish(const std::string& path, bool force) {
    if (!force) return ::link(name_.c_str(), path.c_str()) == 0 ? 0 : errno;
    if (::rename(name_.c_str(), path.c_str()) != 0) return errno;
    made_ = false;
    return 0;
  }

 private:
  std::string name_;
  int fd_ = -1;
  bool made_ = false;
};

}  // namespace

Status write_arrays(const std::string& path, const NamedTensors& arrays, bool force) {
  namespace fs = std::filesystem;
  const auto failed = [&](int code) {
    const std::string reason = std::generic_category().message(code);
    if (code == EEXIST)
      return Error(Code::E5101, "the output exists already",
                   "choose another name, or pass --force to replace it")
          .with_file(path);
    if (code == ENOSPC || code == EDQUOT || code == EFBIG)
      return Error(Code::E5103, cat("no room to write: ", reason),
                   "free some space, or write to another disk")
          .with_file(path);
    return Error(Code::E5102, cat("cannot write: ", reason),
                 "check that the folder exists and may be written to")
        .with_file(path);
  };
  std::error_code ec;
  const auto there = fs::symlink_status(path, ec).type();
  if (there != fs::file_type::not_found && !force) return failed(EEXIST);
  if (there != fs::file_type::not_found && there != fs::file_type::regular &&
      there != fs::file_type::symlink) {
    return Error(Code::E5101, "the output is no file, not replacing it",
                 "choose another name with -o")
        .with_file(path);
  }
  std::vector<std::pair<std::string, std::string>> entries;
  for (const auto& [name, tensor] : arrays)
    entries.emplace_back(name + ".npy", validator::encode_npy(tensor));
  Partial file(path);
  if (const int code = file.write(archive::write_zip(entries))) return failed(code);
  if (const int code = file.publish(path, force)) return failed(code);
  return {};
}

Result<NamedTensors> stacked(const std::vector<NamedTensors>& samples) {
  CC_CHECK(!samples.empty());
  NamedTensors out = samples.front();
  if (samples.size() == 1) return out;
  for (auto& [name, first] : out) {
    std::vector<std::int64_t> dims = first.dims();
    dims.insert(dims.begin(), static_cast<std::int64_t>(samples.size()));
    std::string bytes;
    for (const NamedTensors& sample : samples) {
      const ir::Tensor& t = sample.at(name);
      if (t.dims() != first.dims())
        return Error(Code::E1021, cat("output ", name, " changes its shape between samples"));
      bytes += as_chars(t.bytes());
    }
    first = ir::Tensor::from_bytes(first.dtype(), dims, as_bytes(bytes));
  }
  return out;
}

namespace {

/// A scalar stands for a vector of one and the other way round: formats differ in which they have.
ir::Tensor as_wanted(const ir::Tensor& t, const ir::Shape& wanted) {
  const std::int64_t first = t.rank() > 0 ? t.dims()[0] : 1;
  if (wanted == ir::Shape{ir::Dim(1)}) {
    if (t.rank() == 0) return t.reshaped({1});
    if (t.rank() == 1 && first != 1) return t.reshaped({first, 1});  // a scalar a sample
  }
  if (wanted.empty() && t.rank() == 2 && t.dims()[1] == 1) return t.reshaped({first});
  return t;
}

}  // namespace

Result<std::vector<NamedTensors>> samples_for(const ir::Function& f, const NamedTensors& arrays) {
  const auto problem = [](std::string message, std::string help = {}) {
    return Error(Code::E1006, std::move(message), std::move(help));
  };
  std::vector<std::string> names;
  for (const auto& input : f.inputs) names.push_back(input.name);
  std::vector<std::pair<ir::Tensor, bool>> per_input;  // array, has samples
  std::int64_t samples = -1;
  const auto& args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    auto it = arrays.find(names[i]);
    // What has no name of its own, or numpy's for that, is the only input's.
    if (it == arrays.end() && names.size() == 1 && arrays.size() == 1 &&
        (arrays.begin()->first.empty() || arrays.begin()->first == "arr_0"))
      it = arrays.begin();
    if (it == arrays.end())
      return problem(cat("no array for input ", quote(names[i])),
                     cat("the inputs are ", join(names)));
    const std::int64_t rank = f.type(args[i]).rank();
    const ir::Tensor t = as_wanted(it->second, f.type(args[i]).shape);
    const bool many = t.rank() == rank + 1;
    if (!many && t.rank() != rank) {
      return problem(cat("input ", quote(names[i]), " has rank ", rank, ", the array [",
                         join(t.dims(), ","), "] has rank ", t.rank()));
    }
    if (many) {
      if (samples >= 0 && samples != t.dims()[0])
        return problem("the arrays hold different numbers of samples");
      samples = t.dims()[0];
    }
    per_input.emplace_back(t, many);
  }
  for (const auto& [name, tensor] : arrays) {
    if (!name.empty() && names.size() > 1 &&
        std::find(names.begin(), names.end(), name) == names.end()) {
      const auto near = nearest(name, names);
      return problem(cat("there is no input named ", quote(name)),
                     near.empty() ? cat("the inputs are ", join(names))
                                  : cat("did you mean ", quote(near), "?"));
    }
  }
  if (samples == 0) return problem("the arrays hold no sample");
  std::vector<NamedTensors> out(static_cast<std::size_t>(samples < 0 ? 1 : samples));
  for (std::size_t i = 0; i < per_input.size(); ++i) {
    const auto& [t, many] = per_input[i];
    for (std::size_t s = 0; s < out.size(); ++s) {
      if (!many) {
        out[s].emplace(names[i], t);
        continue;
      }
      const std::vector<std::int64_t> dims(t.dims().begin() + 1, t.dims().end());
      const std::size_t each = t.byte_size() / out.size();
      out[s].emplace(names[i],
                     ir::Tensor::from_bytes(t.dtype(), dims, t.bytes().subspan(s * each, each)));
    }
  }
  return out;
}

}  // namespace corecast::api
