#include "api/arrays.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/mapped_file.h"
#include "base/strings.h"
#include "converter/archive/zip.h"
#include "validator/npy.h"

namespace corecast::api {

Result<NamedTensors> read_arrays(const std::string& path) {
  constexpr std::uint64_t limit = std::uint64_t{1} << 36;
  TRY(const auto file, MappedFile::open(path));
  NamedTensors arrays;
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

Status write_arrays(const std::string& path, const NamedTensors& arrays, bool force) {
  namespace fs = std::filesystem;
  const auto failed = [&](const char* code, const std::string& why, const std::string& help) {
    return Error(ErrorKind::limit, code, cat("cannot write ", path, ": ", why), help);
  };
  std::error_code ec;
  if (!force && fs::exists(path, ec)) {
    Error e = failed("E5101", "it exists", "add --force to replace it");
    e.kind = ErrorKind::usage;
    return e;
  }
  std::vector<std::pair<std::string, std::string>> entries;
  for (const auto& [name, tensor] : arrays)
    entries.emplace_back(name + ".npy", validator::encode_npy(tensor));
  const std::string bytes = archive::write_zip(entries);
  const std::string partial = path + ".partial";
  std::ofstream out(partial, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) {
    fs::remove(partial, ec);
    return failed("E5102", "the folder is not writable, or the disk is full",
                  "choose another place with -o");
  }
  fs::rename(partial, path, ec);
  if (ec) {
    const std::string why = ec.message();
    fs::remove(partial, ec);
    return failed("E5102", why, "choose another place with -o");
  }
  return {};
}

Result<std::vector<NamedTensors>> samples_for(const ir::Function& f, const NamedTensors& arrays) {
  const auto problem = [](std::string message, std::string help = {}) {
    return Error(ErrorKind::usage, "E1006", std::move(message), std::move(help));
  };
  std::vector<std::string> names;
  for (const auto& input : f.inputs) names.push_back(input.name);
  std::vector<std::pair<const ir::Tensor*, bool>> per_input;  // array, has samples
  std::int64_t samples = -1;
  const auto& args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    auto it = arrays.find(names[i]);
    if (it == arrays.end() && names.size() == 1 && arrays.size() == 1) it = arrays.begin();
    if (it == arrays.end())
      return problem(cat("no array for input ", quote(names[i])),
                     cat("the inputs are ", join(names)));
    const std::int64_t rank = f.type(args[i]).rank();
    const ir::Tensor& t = it->second;
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
    per_input.emplace_back(&t, many);
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
  std::vector<NamedTensors> out(static_cast<std::size_t>(samples < 0 ? 1 : samples));
  for (std::size_t i = 0; i < per_input.size(); ++i) {
    const auto& [t, many] = per_input[i];
    for (std::size_t s = 0; s < out.size(); ++s) {
      if (!many) {
        out[s].emplace(names[i], *t);
        continue;
      }
      const std::vector<std::int64_t> dims(t->dims().begin() + 1, t->dims().end());
      const std::size_t each = t->byte_size() / out.size();
      out[s].emplace(names[i],
                     ir::Tensor::from_bytes(t->dtype(), dims, t->bytes().subspan(s * each, each)));
    }
  }
  return out;
}

}  // namespace corecast::api
