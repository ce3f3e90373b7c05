// Attributes are read as what they say they are.
#include "tests/onnx/imported.h"

namespace corecast::onnx {
namespace {

ModelBuilder with(const char* op, const Attribute& attribute) {
  ModelBuilder m(20);
  m.graph.input("x", {"2", "3"}).node(op, {"x"}, {"y"}, {attribute}).output("y");
  return m;
}

std::string problem(const ModelBuilder& m) {
  const Outcome o = imported(m);
  if (o.module) return "none";
  CHECK(o.code() == "E2005");
  return o.diagnostics.all().at(0).error.message;
}

}  // namespace

TEST_CASE("an attribute of another type than its operator wants is an error") {
  CHECK(problem(with("Softmax", {"axis", 1})) == "none");
  CHECK(problem(with("Softmax", {"axis", 1.0F})) ==
        "attribute \"axis\" is a float, not an integer");
  CHECK(problem(with("Softmax", {"axis", Ints{1}})) ==
        "attribute \"axis\" is a list of integers, not an integer");
  CHECK(problem(with("LeakyRelu", {"alpha", 1.0F})) == "none");
  CHECK(problem(with("LeakyRelu", {"alpha", 1})) ==
        "attribute \"alpha\" is an integer, not a float");
  CHECK(problem(with("Transpose", {"perm", Ints{1, 0}})) == "none");
  CHECK(problem(with("Transpose", {"perm", std::string("10")})) ==
        "attribute \"perm\" is a string, not a list of integers");
  CHECK(problem(with("Gelu", {"approximate", Floats{1}})) ==
        "attribute \"approximate\" is a list of floats, not a string");
}

TEST_CASE("an attribute that says nothing of its type is read as what is wanted") {
  ModelBuilder m = with("Softmax", {"axis", 1});
  m.graph.proto().mutable_node(0)->mutable_attribute(0)->clear_type();
  CHECK(problem(m) == "none");
}

}  // namespace corecast::onnx
