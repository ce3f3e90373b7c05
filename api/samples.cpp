#include "api/samples.h"

#include <algorithm>
#include <filesystem>

#include "api/arrays.h"
#include "base/strings.h"
#include "validator/inputs.h"

namespace corecast::api {
namespace {

namespace fs = std::filesystem;

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

Result<std::vector<NamedTensors>> given_samples(const std::string& path, const ir::Function& f) {
  std::error_code ec;
  std::vector<std::string> files;
  if (fs::is_directory(path, ec)) {
    for (const auto& entry : fs::directory_iterator(path, ec)) {
      if (entry.path().extension() == ".npz" || entry.path().extension() == ".npy")
        files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    if (files.empty())
      return Error(ErrorKind::usage, "E1006", cat("no .npz or .npy files in ", path));
  } else {
    files.push_back(path);
  }
  std::vector<NamedTensors> all;
  for (const auto& file : files) {
    TRY(NamedTensors arrays, read_arrays(file));
    // Arrays for inputs that were baked into the model are no mistake.
    for (auto it = arrays.begin(); it != arrays.end();) {
      const bool known =
          it->first.empty() || std::any_of(f.inputs.begin(), f.inputs.end(),
                                           [&](const auto& i) { return i.name == it->first; });
      it = known ? std::next(it) : arrays.erase(it);
    }
    auto samples = samples_for(f, arrays);
    if (!samples) return std::move(samples).error().with_file(file);
    for (NamedTensors& sample : *samples) fit_types(f, sample);
    all.insert(all.end(), samples->begin(), samples->end());
  }
  return all;
}

}  // namespace

Result<std::vector<NamedTensors>> samples_of(const ir::Function& f,
                                             const std::optional<std::string>& data,
                                             std::uint64_t seed, int shapes) {
  if (data) return given_samples(*data, f);
  std::vector<NamedTensors> samples;
  const int variants = f.symbols.empty() ? 1 : std::clamp(shapes, 1, 3);
  for (int v = 0; v < variants; ++v) {
    validator::InputOptions inputs;
    inputs.seed = seed + static_cast<std::uint64_t>(v);
    inputs.symbols = validator::symbol_values(f, v);
    TRY(samples.emplace_back(), validator::generate_inputs(f, inputs));
  }
  return samples;
}

}  // namespace corecast::api
