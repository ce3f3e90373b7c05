// Functions, loops and branches on their way into a module.
#include "ir/print.h"
#include "tests/onnx/doubling.h"

namespace corecast::onnx {

TEST_CASE("functions: nested ones expand, those without end are refused") {
  const auto model = [](const std::string& inner) {
    ModelBuilder m;
    m.use_domain("local");
    auto& f = m.function("F", {"a"}, {"b"});
    *f.add_opset_import() = m.model.opset_import(1);
    put(inner, {"a"}, {"b"}, {}, *f.add_node());
    if (inner == "F" || inner == "G") f.mutable_node(0)->set_domain("local");
    auto& g = m.function("G", {"a"}, {"b"});
    *g.add_opset_import() = m.model.opset_import(1);
    put("F", {"a"}, {"b"}, {}, *g.add_node());
    g.mutable_node(0)->set_domain("local");
    m.graph.input("x", {"3"}).node("G", {"x"}, {"y"}, {}, "local").output("y");
    return m;
  };
  CHECK(imported(model("Relu")).code() == "ok");
  CHECK(imported(model("F")).code() == "E3001");  // calls itself
  CHECK(imported(model("G")).code() == "E3001");  // calls its caller
}

TEST_CASE("standard functions whose nodes do not fit") {
  GraphBuilder body("body");
  body.input("a", {"3"}).node("Identity", {"a"}, {"b"}).output("b");
  for (const Names& inputs : {Names{"nowhere"}, Names{""}, Names{}, Names{"x"}}) {
    for (const bool with_body : {false, true}) {
      ModelBuilder m;
      std::vector<Attribute> attributes;
      if (with_body) attributes.emplace_back("body", body.proto());
      m.graph.input("x", {"3"}).node("SequenceMap", inputs, {"y"}, attributes).output("y");
      CHECK_FALSE(imported(m).module);
    }
  }
}

TEST_CASE("functions that double are stopped in time") {
  CHECK(imported(doubling()).code() == "E5001");
}

TEST_CASE("loops in loops are stopped in time") {
  const auto loop = [](const std::function<void(GraphBuilder&)>& fill) {
    GraphBuilder body("body");
    body.input("i", {}, proto::TensorProto::INT64)
        .input("c", {}, proto::TensorProto::BOOL)
        .input("v", {"3"});
    fill(body);
    body.node("Identity", {"c"}, {"c2"})
        .output("c2", {}, proto::TensorProto::BOOL)
        .output("w", {"3"});
    return body;
  };
  GraphBuilder inner = loop([](GraphBuilder& b) { b.node("Relu", {"v"}, {"w"}); });
  for (int depth = 0; depth < 4; ++depth) {
    inner = loop([&](GraphBuilder& b) {
      b.node("Loop", {"trips", "go", "v"}, {"w"}, {{"body", inner.proto()}});
    });
  }
  ModelBuilder m;
  m.graph.input("x", {"3"})
      .constant(ints("trips", {}, {5000}))
      .constant(narrow("go", proto::TensorProto::BOOL, {}, {1}))
      .node("Loop", {"trips", "go", "x"}, {"y"}, {{"body", inner.proto()}})
      .output("y");
  CHECK(imported(m).code() == "E5001");
}

TEST_CASE("trip counts and conditions of the wrong kind") {
  const auto code = [](const proto::TensorProto& trips, const proto::TensorProto& go) {
    GraphBuilder body("body");
    body.input("i", {}, proto::TensorProto::INT64)
        .input("c", {}, proto::TensorProto::BOOL)
        .input("v", {"3"})
        .node("Relu", {"v"}, {"w"})
        .node("Identity", {"c"}, {"c2"})
        .output("c2", {}, proto::TensorProto::BOOL)
        .output("w", {"3"});
    ModelBuilder m;
    m.graph.input("x", {"3"})
        .constant(trips)
        .constant(go)
        .node("Loop", {"trips", "go", "x"}, {"y"}, {{"body", body.proto()}})
        .output("y");
    return imported(m).code();
  };
  const auto yes = narrow("go", proto::TensorProto::BOOL, {}, {1});
  CHECK(code(ints("trips", {}, {2}), yes) == "ok");
  CHECK(code(ints("trips", {1}, {2}), yes) == "ok");
  CHECK(code(ints("trips", {}, {-5}), yes) == "ok");  // never runs
  CHECK(code(ints("trips", {}, {INT64_MAX}), yes) == "ok");
  CHECK(code(ints("trips", {2}, {1, 2}), yes) == "E2005");
  CHECK(code(ints("trips", {0}, {}), yes) == "E2005");
  CHECK(code(floats("trips", {}, {2}), yes) == "E2005");
  CHECK(code(ints("trips", {}, {2}), ints("go", {}, {1})) == "E2005");
}

TEST_CASE("branches of different rank are named, and a fixed condition decides") {
  const auto model = [](bool fixed) {
    GraphBuilder a("a"), b("b");
    a.node("Relu", {"x"}, {"t"}).output("t");
    b.constant(ints("axes", {1}, {0})).node("Unsqueeze", {"x", "axes"}, {"e"}).output("e");
    ModelBuilder m;
    m.graph.input("x", {"3"})
        .node("If", {"p"}, {"y"}, {{"then_branch", a.proto()}, {"else_branch", b.proto()}})
        .output("y");
    if (fixed)
      m.graph.constant(narrow("p", proto::TensorProto::BOOL, {}, {0}));
    else
      m.graph.input("p", {}, proto::TensorProto::BOOL);
    return m;
  };
  const Outcome open = imported(model(false));
  CHECK(open.code() == "E3001");
  CHECK(open.error.message.find("f32[3]") != std::string::npos);
  CHECK(open.error.message.find("f32[1,3]") != std::string::npos);
  const Outcome fixed = imported(model(true));
  REQUIRE(fixed.module);
  CHECK(ir::to_string(fixed.module->main().type(
            fixed.module->main().block(fixed.module->main().entry()).results[0])) == "f32[1,3]");
}

}  // namespace corecast::onnx
