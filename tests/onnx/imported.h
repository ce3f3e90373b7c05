// Importing a model that a test builds, and what came of it.
#pragma once

#include <string>

#include "converter/onnx/import.h"
#include "ir/verify.h"
#include "tests/coreml/temp_folder.h"
#include "tests/onnx/graph_builder.h"
#include "tests/support/catch.h"

namespace corecast::onnx {

using namespace onnx_build;

struct Outcome {
  std::optional<ir::Module> module;
  Error error{Code::E9000, {}};  ///< where there is no module
  Diagnostics diagnostics;
  std::string code() const { return module ? "ok" : std::string(name_of(error.code)); }
};

inline Outcome import_file(const std::string& path, const ImportOptions& options = {}) {
  Outcome out;
  auto module = import_model(path, options, out.diagnostics);
  if (module) {
    const auto sound = ir::verify(*module);
    if (!sound) FAIL(sound.error().to_string());
    out.module = std::move(*module);
  } else {
    out.error = std::move(module).error();
    CHECK(out.error.where.file == path);
    CHECK_FALSE(out.error.message.empty());
  }
  return out;
}

inline Outcome imported(const std::string& bytes, const ImportOptions& options = {}) {
  TempFolder folder;
  write_text(folder / "m.onnx", bytes);
  return import_file(folder / "m.onnx", options);
}
inline Outcome imported(const ModelBuilder& m, const ImportOptions& options = {}) {
  return imported(m.bytes(), options);
}

inline ModelBuilder relu() {
  ModelBuilder m;
  m.graph.input("x", {"2", "3"}).node("Relu", {"x"}, {"y"}).output("y");
  return m;
}

}  // namespace corecast::onnx
