#include "api/detail/given_samples.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "api/arrays.h"
#include "base/mapped_file.h"
#include "base/strings.h"
#include "converter/archive/zip.h"

namespace corecast::api {
namespace {

namespace fs = std::filesystem;

Result<std::vector<std::string>> files_of(const std::string& path) {
  std::error_code ec;
  if (!fs::is_directory(path, ec)) return std::vector{path};
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(path, ec)) {
    if (entry.path().extension() == ".npz" || entry.path().extension() == ".npy")
      files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) return Error(Code::E1020, cat("no .npz or .npy files in ", path));
  return files;
}

/// Bytes of a file's arrays in memory; 0 for what cannot be read, which reading will say.
std::uint64_t bytes_in(const std::string& path) {
  const auto file = MappedFile::open(path);
  if (!file) return 0;
  const auto entries = archive::read_zip_directory((*file)->bytes());
  if (!entries) return (*file)->bytes().size();
  std::uint64_t sum = 0;
  for (const auto& entry : *entries) sum += std::min(entry.size, UINT64_MAX - sum);
  return sum;
}

Status check_memory(const std::vector<std::string>& files, const std::string& path) {
  std::uint64_t bytes = 0;
  for (const auto& file : files) bytes += std::min(bytes_in(file), UINT64_MAX - bytes);
  const long pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || size <= 0) return {};
  const std::uint64_t memory = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size);
  // Once as arrays, once as samples.
  if (bytes <= memory / 2) return {};
  return Error(Code::E5001,
               cat("the samples take ", bytes >> 20,
                   " MiB, twice over while they are read; this "
                   "machine has ",
                   memory >> 20, " MiB"),
               "give fewer samples, or a folder with some of the files")
      .with_file(path);
}

bool is_input(const ir::Function& f, const std::string& name) {
  return std::any_of(f.inputs.begin(), f.inputs.end(),
                     [&](const auto& input) { return input.name == name; });
}

/// What numpy calls an array without a name, where there is one input.
bool is_unnamed(const std::string& name) { return name.empty() || name == "arr_0"; }

/// Drops arrays of no input: one may belong to an input that was baked in.
void drop_unknown(const ir::Function& f, NamedTensors& arrays, const std::string& file,
                  Diagnostics& diagnostics) {
  for (auto it = arrays.begin(); it != arrays.end();) {
    const bool only = f.inputs.size() == 1 && arrays.size() == 1 && is_unnamed(it->first);
    if (only || it->first.empty() || is_input(f, it->first)) {
      ++it;
      continue;
    }
    diagnostics.note(Error(Code::N4023, cat("array ", quote(it->first),
                                            " is no input of the model and was not used"))
                         .with_file(file));
    it = arrays.erase(it);
  }
}

/// A name that is nearly an input's, where that input has no array: a slip, not an extra.
Status check_names(const ir::Function& f, const NamedTensors& arrays) {
  std::vector<std::string> strangers;
  for (const auto& [name, tensor] : arrays) {
    if (!is_input(f, name)) strangers.push_back(name);
  }
  for (const auto& input : f.inputs) {
    if (arrays.contains(input.name)) continue;
    const bool only =
        f.inputs.size() == 1 && arrays.size() == 1 && is_unnamed(arrays.begin()->first);
    const std::string near = nearest(input.name, strangers);
    if (only || near.empty()) continue;
    return Error(Code::E1006,
                 cat("no array for input ", quote(input.name), ", but one named ", quote(near)),
                 cat("rename it: np.savez(\"inputs.npz\", **{\"", input.name, "\": ...})"));
  }
  return {};
}

/// Whether `size` is what the model takes for `dim`; symbols are bound as they are met.
bool takes(const ir::Function& f, const ir::Dim& dim, std::int64_t size, ir::SymbolValues& bound) {
  if (const auto name = dim.as_symbol()) {
    const auto [at, fresh] = bound.emplace(*name, size);
    if (!fresh && at->second != size) return false;
    const auto range = f.symbols.find(*name);
    return range == f.symbols.end() ||
           (size >= range->second.lo && (range->second.hi < 0 || size <= range->second.hi));
  }
  const auto value = dim.evaluate(bound);
  return !value || *value == size;
}

std::string range_text(const ir::Function& f, const ir::Dim& dim, const ir::SymbolValues& bound) {
  const auto name = dim.as_symbol();
  if (!name) return dim.to_string();
  const auto range = f.symbols.find(*name);
  if (range == f.symbols.end()) return dim.to_string();
  const auto& [lo, hi] = range->second;
  const auto known = bound.find(*name);
  if (known != bound.end() && known->second >= lo && (hi < 0 || known->second <= hi))
    return cat(*name, "=", known->second, " as in another input");
  return hi < 0 ? cat(*name, "=", lo, " or more") : cat(*name, "=", lo, "..", hi);
}

Status check_sizes(const ir::Function& f, const NamedTensors& sample) {
  ir::SymbolValues bound;
  const auto& args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    const auto it = sample.find(f.inputs[i].name);
    if (it == sample.end() || !f.type(args[i]).is_tensor()) continue;
    const auto& shape = f.type(args[i]).shape;
    const auto& dims = it->second.dims();
    for (std::size_t k = 0; k < shape.size() && k < dims.size(); ++k) {
      if (takes(f, shape[k], dims[k], bound)) continue;
      return Error(
          Code::E1006,
          cat("the array for input ", quote(f.inputs[i].name), " has shape [", join(dims, ","),
              "]; in dimension ", k, " the model takes ", range_text(f, shape[k], bound)),
          cat("the model takes ", ir::to_string(shape),
              "; other sizes are chosen with --input when it is converted"));
    }
    const auto& listed = f.inputs[i].enumerated;
    if (!listed.empty() && std::find(listed.begin(), listed.end(), dims) == listed.end()) {
      std::vector<std::string> texts;
      for (const auto& l : listed) texts.push_back(cat("[", join(l, ","), "]"));
      return Error(Code::E1006,
                   cat("the array for input ", quote(f.inputs[i].name), " has shape [",
                       join(dims, ","), "], which is none of the enumerated ones"),
                   cat("they are ", join(texts)));
    }
  }
  return {};
}

/// Arrays as some other form of the model takes them (indices of 64 bits) become what `f` takes.
void fit_types(const ir::Function& f, NamedTensors& sample) {
  const auto& args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    const auto it = sample.find(f.inputs[i].name);
    const ir::Type& type = f.type(args[i]);
    if (it == sample.end() || !type.is_tensor()) continue;
    const ir::DType from = it->second.dtype();
    const bool alike = ir::is_floating(from) == ir::is_floating(type.dtype) &&
                       ir::is_integer(from) == ir::is_integer(type.dtype);
    if (from != type.dtype && alike) it->second = it->second.cast(type.dtype);
  }
}

void warn_of_odd_numbers(const NamedTensors& arrays, const std::string& file,
                         Diagnostics& diagnostics) {
  for (const auto& [name, tensor] : arrays) {
    if (!ir::is_floating(tensor.dtype())) continue;
    std::int64_t nans = 0, infinite = 0;
    for (std::int64_t i = 0; i < tensor.count(); ++i) {
      const double v = tensor.at(i);
      nans += std::isnan(v) ? 1 : 0;
      infinite += std::isinf(v) ? 1 : 0;
    }
    if (nans + infinite == 0) continue;
    const std::string what = infinite == 0 ? cat(nans, " NaN")
                             : nans == 0   ? cat(infinite, " infinite")
                                           : cat(nans, " NaN and ", infinite, " infinite");
    diagnostics.warning(
        Error(Code::W4022,
              cat("array ", quote(name), " has ", what, " of ", tensor.count(), " elements"),
              "outputs that they reach cannot be compared; look at how the file was made")
            .with_file(file));
  }
}

}  // namespace

Result<std::vector<NamedTensors>> given_samples(const std::string& path, const ir::Function& f,
                                                Diagnostics& diagnostics) {
  TRY(const auto files, files_of(path));
  TRY_VOID(check_memory(files, path));
  std::vector<NamedTensors> all;
  for (const auto& file : files) {
    TRY(NamedTensors arrays, read_arrays(file));
    if (arrays.empty()) {
      return Error(Code::E1006, "the file holds no arrays",
                   "np.savez(\"inputs.npz\", **{\"x\": ...}) writes one that does")
          .with_file(file);
    }
    if (auto status = check_names(f, arrays); !status)
      return std::move(status).error().with_file(file);
    drop_unknown(f, arrays, file, diagnostics);
    warn_of_odd_numbers(arrays, file, diagnostics);
    auto samples = samples_for(f, arrays);
    if (!samples) return std::move(samples).error().with_file(file);
    for (NamedTensors& sample : *samples) {
      if (auto status = check_sizes(f, sample); !status)
        return std::move(status).error().with_file(file);
      fit_types(f, sample);
    }
    all.insert(all.end(), samples->begin(), samples->end());
  }
  return all;
}

}  // namespace corecast::api
