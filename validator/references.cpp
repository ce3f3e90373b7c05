// The runtimes of others that compute references: a row each.
#include <algorithm>
#include <array>

#include "validator/runner.h"

namespace corecast::validator {
namespace {

constexpr std::array kReferences = {
    Reference{.name = "onnxruntime", .format = "onnx", .open = onnxruntime_runner},
};

template <class Matches>
const Reference* find(const Matches& matches) {
  const auto it = std::ranges::find_if(kReferences, matches);
  return it == kReferences.end() ? nullptr : &*it;
}

}  // namespace

std::span<const Reference> references() { return kReferences; }

const Reference* find_reference(std::string_view name) {
  return find([&](const Reference& r) { return r.name == name; });
}

const Reference* reference_of(std::string_view format) {
  return find([&](const Reference& r) { return r.format == format; });
}

}  // namespace corecast::validator
