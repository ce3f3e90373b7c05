// A draft to emit into, as a frontend would make one.
#pragma once

#include "converter/emit/emit.h"
#include "ir/module.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "ops/interpret.h"
#include "tests/support/catch.h"

namespace corecast::emit {

struct Drafted {
  Diagnostics diagnostics;
  Draft draft{{"m.toy", "toy", "write it again"}, diagnostics};
  Emit e{draft, {"m.toy", "graph", "node", "Op", {}}};

  ValueId input(const char* name, DType dtype, Shape shape) {
    for (const Dim& d : shape) {
      for (const auto& s : d.symbols()) draft.function().symbols.try_emplace(s);
    }
    ir::Feature feature;
    feature.name = name;
    draft.function().inputs.push_back(feature);
    return draft.function().add_arg(draft.function().entry(), Type(dtype, std::move(shape)), name);
  }
  /// Makes `values` the outputs "0", "1", ...; the module must then be sound.
  const ir::Module& finish(const Values& values) {
    REQUIRE(all_valid(values));
    draft.function().outputs.clear();
    for (std::size_t i = 0; i < values.size(); ++i) {
      ir::Feature feature;
      feature.name = std::to_string(i);
      draft.function().outputs.push_back(feature);
    }
    draft.function().set_results(draft.function().entry(), values);
    const auto sound = ir::verify(draft.module());
    if (!sound) FAIL(sound.error().to_string());
    return draft.module();
  }
  Tensor run(const ir::NamedTensors& inputs, const char* output = "0") {
    auto out = ops::interpret(draft.function(), inputs);
    if (!out) FAIL(out.error().to_string());
    return out->at(output);
  }
  std::string code() const {
    return diagnostics.all().empty() ? std::string("ok")
                                     : std::string(name_of(diagnostics.all()[0].error.code));
  }
};

inline Tensor floats(std::vector<std::int64_t> dims, std::vector<float> values) {
  return Tensor::of(values, std::move(dims));
}

}  // namespace corecast::emit
