#include "base/diagnostic_groups.h"

#include "tests/support/catch.h"

namespace corecast {
namespace {

Error at(Code code, std::string message, std::string node) {
  Error e(code, std::move(message));
  e.where.node = std::move(node);
  return e;
}

std::vector<std::string> lines(const Diagnostics& d) {
  std::vector<std::string> out;
  for (const DiagnosticGroup& g : grouped(d.all())) out.push_back(g.to_string());
  return out;
}

}  // namespace

TEST_CASE("diagnostics of one code and reason are one line with a count") {
  Diagnostics d;
  d.note(at(Code::N3201, "op resize stays in f32: its positions need more digits", "a"));
  d.note(at(Code::N3201, "op exp stays in f32: it reaches 1.5e+06", "b"));
  d.note(at(Code::N3201, "op add stays in f32: its positions need more digits", "c"));
  d.note(at(Code::N3201, "op exp stays in f32: it reaches 70000", "d"));
  d.note(at(Code::N3105, "scalar input \"sr\" has the shape [1] outside", ""));
  CHECK(lines(d) == std::vector<std::string>{
                        "2 ops stay in f32: its positions need more digits (first: node \"a\")",
                        "2 ops stay in f32: it reaches … (first: node \"b\")",
                        "scalar input \"sr\" has the shape [1] outside"});
}

TEST_CASE("what is not listed in the plural is counted, without what differs") {
  Diagnostics d;
  d.note(at(Code::N3101, "i64 input \"ids\" became i32", ""));
  d.note(at(Code::N3101, "i64 output \"t\" became i32", ""));
  CHECK(lines(d) == std::vector<std::string>{"2 times: i64 … became i32"});
  // A name of several words makes a text longer: the code's title stands for all.
  d.note(at(Code::N3101, "f64 input \"mask of words\" became f32", ""));
  CHECK(lines(d) ==
        std::vector<std::string>{"3 times: an input or output has a narrower element type"});
}

TEST_CASE("severities and files are told apart") {
  Diagnostics d;
  d.warning(Error(Code::W2509, "size n of input \"x\" has no upper bound").with_file("m.onnx"));
  d.note(Error(Code::W2509, "size m of input \"x\" has no upper bound").with_file("m.onnx"));
  d.warning(Error(Code::W2509, "size k of input \"y\" has no upper bound").with_file("m.onnx"));
  d.warning(Error(Code::W2509, "size k of input \"y\" has no upper bound").with_file("n.onnx"));
  const auto groups = grouped(d.all());
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].members.size() == 3);
  CHECK(groups[1].to_string() == "m.onnx: size m of input \"x\" has no upper bound");
}

}  // namespace corecast
