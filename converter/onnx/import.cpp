#include "converter/onnx/import.h"

#include <algorithm>

#include "base/strings.h"
#include "converter/onnx/importer.h"

namespace corecast::onnx {

Result<ir::Module> import_model(const std::string& path, const ImportOptions& options,
                                Diagnostics& diagnostics) {
  TRY(const auto file, ModelFile::open(path));
  ImportOptions bound = options;
  for (;;) {
    Diagnostics own;
    Importer importer(*file, bound, own);
    auto module = importer.run();
    const std::size_t known = bound.sizes.size();
    bound.sizes.insert(importer.required_sizes().begin(), importer.required_sizes().end());
    if (bound.sizes.size() > known) continue;  // every round fixes a symbol more
    diagnostics.append(own);
    for (const auto& [symbol, size] : bound.sizes) {
      if (options.sizes.contains(symbol)) continue;
      diagnostics.note(Error(Code::N2010, cat("dimension ", symbol, " is fixed to ", size,
                                              ": an operator works at this size only"))
                           .with_file(path));
    }
    if (!module) return std::move(module).error().with_file(path);
    return module;
  }
}

Result<std::vector<std::string>> input_names(const std::string& path) {
  TRY(const auto file, ModelFile::open(path));
  const auto& graph = file->model().graph();
  std::vector<std::string> names;
  for (const auto& input : graph.input()) {
    const bool initialised = std::any_of(graph.initializer().begin(), graph.initializer().end(),
                                         [&](const auto& t) { return t.name() == input.name(); });
    if (!initialised) names.push_back(input.name());
  }
  return names;
}

bool looks_like_onnx(ByteView head) {
  // ModelProto begins with ir_version (field 1, varint) in every known exporter.
  return head.size() >= 2 && head[0] == std::byte{8} && std::to_integer<int>(head[1]) < 32;
}

}  // namespace corecast::onnx
