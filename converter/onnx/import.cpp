#include "converter/onnx/import.h"

#include <unordered_set>

#include "base/strings.h"
#include "converter/onnx/importer.h"
#include "converter/onnx/support.h"

namespace corecast::onnx {
namespace {

constexpr std::string_view kFormat = "onnx";

}  // namespace

Result<ir::Module> import_model(const std::string& path, const ImportOptions& options,
                                Diagnostics& diagnostics) {
  TRY(const auto file, ModelFile::open(path, options.stop));
  const emit::Source source{path, kFormat,
                            "the model contradicts itself or a size given to it: check --input, "
                            "then the model with onnx.checker, or export it again"};
  return emit::import_at_required_sizes(source, options, diagnostics,
                                        [&](emit::Draft& draft, const ImportOptions& bound) {
                                          return Importer(*file, bound, draft).run();
                                        });
}

Result<std::vector<std::string>> input_names(const std::string& path) {
  TRY(const auto file, ModelFile::open(path));
  const auto& graph = file->model().graph();
  std::unordered_set<std::string_view> initialized;
  for (const auto& t : graph.initializer()) initialized.insert(t.name());
  std::vector<std::string> names;
  for (const auto& input : graph.input()) {
    if (!initialized.contains(input.name())) names.push_back(input.name());
  }
  return names;
}

bool looks_like_onnx(ByteView head) {
  // ModelProto begins with ir_version (field 1, varint) in every known exporter.
  return head.size() >= 2 && head[0] == std::byte{8} && std::to_integer<int>(head[1]) < 32;
}

const converter::Frontend& frontend() {
  static constexpr converter::Frontend row = {
      .name = kFormat,
      .title = "ONNX",
      .noun = "an ONNX file",
      .sniff = [](const std::string& path,
                  ByteView head) { return path.ends_with(".onnx") || looks_like_onnx(head); },
      .interface = input_names,
      .import = import_model,
      .operators = operators,
      .coverage =
          "operators of the standard domain can be imported, from every version since "
          "opset 7"};
  return row;
}

}  // namespace corecast::onnx
