#include "api/detail/samples.h"

#include <algorithm>
#include <cmath>
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
    if (files.empty()) return Error(Code::E1020, cat("no .npz or .npy files in ", path));
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

/// A running mean over about 2 / (1 - kMemory) elements, there and back.
constexpr double kMemory = 0.8;
/// Shorter axes hold channels or features, not places or times.
constexpr std::int64_t kLongAxis = 16;

struct Spread {
  double mean = 0, deviation = 0;
};

Spread spread_of(const std::vector<double>& v) {
  Spread s;
  for (const double x : v) s.mean += x;
  s.mean /= static_cast<double>(v.size());
  for (const double x : v) s.deviation += (x - s.mean) * (x - s.mean);
  s.deviation = std::sqrt(s.deviation / static_cast<double>(v.size()));
  return s;
}

/// Smooths along one axis of an array of [outer, size, inner].
void smooth(std::vector<double>& v, std::size_t size, std::size_t inner) {
  for (std::size_t at = 0; at < v.size(); at += size * inner) {
    for (std::size_t i = at; i < at + inner; ++i) {
      for (std::size_t k = 1; k < size; ++k)
        v[i + k * inner] += kMemory * (v[i + (k - 1) * inner] - v[i + k * inner]);
      for (std::size_t k = size - 1; k-- > 0;)
        v[i + k * inner] += kMemory * (v[i + (k + 1) * inner] - v[i + k * inner]);
    }
  }
}

}  // namespace

NamedTensors smoothed(NamedTensors sample) {
  for (auto& [name, tensor] : sample) {
    if (!ir::is_floating(tensor.dtype())) continue;
    std::vector<double> v = tensor.to_doubles();
    const Spread before = v.empty() ? Spread{} : spread_of(v);
    if (!(before.deviation > 0)) continue;
    std::size_t inner = 1;
    for (std::size_t axis = tensor.dims().size(); axis-- > 0;) {
      const std::int64_t size = tensor.dims()[axis];
      if (size >= kLongAxis) smooth(v, static_cast<std::size_t>(size), inner);
      inner *= static_cast<std::size_t>(size);
    }
    const Spread after = spread_of(v);
    if (!(after.deviation > 0)) continue;
    ir::Tensor out = ir::Tensor::empty(tensor.dtype(), tensor.dims());
    for (std::size_t i = 0; i < v.size(); ++i) {
      out.set(static_cast<std::int64_t>(i),
              before.mean + (v[i] - after.mean) * (before.deviation / after.deviation));
    }
    tensor = std::move(out);
  }
  return sample;
}

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
