// What indices say at import, and what the target makes of it.
#include <functional>

#include "converter/coreml/legalise/legalise.h"
#include "ir/print.h"
#include "tests/onnx/imported.h"

namespace corecast::onnx {
namespace {

constexpr int kInt64 = proto::TensorProto::INT64;

bool wraps(const ir::Module& m) { return ir::print(m).find("wraps=true") != std::string::npos; }
bool computes_indices(const ir::Module& m) {
  return ir::print(m).find(" select(") != std::string::npos;
}

/// A Gather of x [N, 3] by "i", which `add` makes.
ir::Module gathering(const std::function<void(GraphBuilder&)>& add) {
  ModelBuilder m;
  m.graph.input("x", {"N", "3"});
  add(m.graph);
  m.graph.node("Gather", {"x", "i"}, {"y"}).output("y");
  Outcome o = imported(m);
  REQUIRE(o.module);
  return std::move(*o.module);
}

}  // namespace

TEST_CASE("indices say that they count from the end; the target computes them") {
  ir::Module m = gathering([](GraphBuilder& g) { g.input("i", {"2"}, kInt64); });
  CHECK(wraps(m));
  CHECK_FALSE(computes_indices(m));
  passes::PassContext context;
  REQUIRE(coreml::legalise_pass().run(m, context));
  CHECK_FALSE(wraps(m));
  CHECK(computes_indices(m));
}

TEST_CASE("indices that are never negative do not say so") {
  CHECK(wraps(gathering([](GraphBuilder& g) { g.constant(ints("i", {2}, {0, -1})); })));
  CHECK_FALSE(wraps(gathering([](GraphBuilder& g) { g.constant(ints("i", {2}, {0, 1})); })));
  CHECK_FALSE(wraps(gathering([](GraphBuilder& g) {
    g.node("ArgMax", {"x"}, {"i"}, {{"axis", 0}, {"keepdims", 0}});
  })));
}

}  // namespace corecast::onnx
