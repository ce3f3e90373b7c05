// A model that unfolds without end in practice: a small file that takes seconds to refuse.
#pragma once

#include "tests/onnx/imported.h"

namespace corecast::onnx {

/// Sixty functions, each of which calls the one before it twice.
inline ModelBuilder doubling() {
  ModelBuilder m;
  m.use_domain("local");
  for (int i = 0; i < 60; ++i) {
    auto& f = m.function("F" + std::to_string(i), {"a"}, {"c"});
    *f.add_opset_import() = m.model.opset_import(1);
    for (const auto& [in, out] : {std::pair{"a", "b"}, {"b", "c"}}) {
      auto& n = *f.add_node();
      put(i == 0 ? "Relu" : "F" + std::to_string(i - 1), {in}, {out}, {}, n);
      if (i > 0) n.set_domain("local");
    }
  }
  m.graph.input("x", {"3"}).node("F59", {"x"}, {"y"}, {}, "local").output("y");
  return m;
}

}  // namespace corecast::onnx
