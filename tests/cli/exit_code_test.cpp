// Every exit code of the contract, and the JSON document beside it.
#include "tests/cli/program.h"
#include "tests/support/catch.h"

namespace corecast::test {
namespace {

constexpr const char* kVerbs[] = {"convert", "validate", "run",   "bench",
                                  "inspect", "check",    "doctor"};

/// The document has the contract's shape, and names what went wrong.
void check_document(const Ended& e, const std::string& status) {
  const auto j = e.json();
  CHECK(j.at("schema_version") == 1);
  CHECK(j.at("command").is_string());
  CHECK(j.at("status") == status);
  CHECK(j.at("result").is_object());
  REQUIRE(j.at("diagnostics").is_array());
  for (const auto& d : j.at("diagnostics")) {
    for (const char* key : {"code", "severity", "message", "help"}) CHECK(d.at(key).is_string());
    for (const char* key : {"file", "graph", "node", "op", "source"})
      CHECK(d.at("where").at(key).is_string());
  }
  if (status == "error") CHECK_FALSE(j.at("diagnostics").empty());
}

}  // namespace

TEST_CASE("help and version of the program and of every verb") {
  CHECK(corecast({"--version"}).out.starts_with("corecast "));
  const Ended help = corecast({"--help"});
  CHECK(help.code == 0);
  for (const char* verb : kVerbs) {
    CAPTURE(verb);
    CHECK(help.out.find(verb) != std::string::npos);
    const Ended e = corecast({verb, "--help"});
    CHECK(e.code == 0);
    CHECK(e.err.empty());
    CHECK(e.out.find(verb) != std::string::npos);
  }
  CHECK(corecast({"convert", "--help"}).out.find("--target") != std::string::npos);
  CHECK(corecast({"run", "--help"}).out.find("--inputs") != std::string::npos);
}

TEST_CASE("0: convert, validate, run, inspect, check") {
  TempFolder folder;
  const std::string model = folder / "m.onnx", package = folder / "m.mlpackage";
  write_model(model);
  const Ended made =
      corecast({"convert", model, "-o", package, "--reference", "embedded", "--json"});
  CHECK(made.code == 0);
  check_document(made, "ok");
  CHECK(made.json()["result"]["validation"]["passed"] == true);
  CHECK(corecast({"validate", model, package, "--reference", "embedded"}).code == 0);
  CHECK(corecast({"run", package, "-o", folder / "y.npz"}).code == 0);
  CHECK(std::filesystem::exists(folder / "y.npz"));
  CHECK(corecast({"run", model, "--inputs", folder / "y.npz"}).code == 2);  // holds y, not x
  CHECK(corecast({"inspect", package}).code == 0);
  CHECK(corecast({"check", model}).code == 0);
  const Ended plain = corecast({"convert", model, "-o", package, "--force", "--no-validate"});
  CHECK(plain.code == 0);
  CHECK(plain.out.ends_with("not validated\n"));
  const Ended checked =
      corecast({"convert", model, "-o", package, "--dry-run", "--check-passes", "--json"});
  CHECK(checked.code == 0);
  CHECK(checked.json()["result"]["passes_checked"] >= 1);
}

TEST_CASE("1: a verdict that failed") {
  TempFolder folder;
  const std::string a = folder / "a.onnx", package = folder / "m.mlpackage", b = folder / "b.onnx";
  write_model(a);
  REQUIRE(corecast({"convert", a, "-o", package, "--no-validate"}).code == 0);
  using namespace onnx_build;
  ModelBuilder other;
  other.graph.input("x", {"2", "4"})
      .constant(floats("w", {4, 4}, Floats(16, 1)))
      .node("MatMul", {"x", "w"}, {"y"})
      .output("y");
  write_text(b, other.bytes());
  const Ended e = corecast({"validate", b, package, "--reference", "embedded", "--json"});
  CHECK(e.code == 1);
  check_document(e, "failed");
  CHECK(e.json()["result"]["validation"]["passed"] == false);
}

TEST_CASE("2: usage, configuration, input that cannot be read") {
  TempFolder folder;
  const std::string model = folder / "m.onnx";
  write_model(model);
  write_text(folder / "text.onnx", "hello");
  const std::vector<std::vector<std::string>> cases = {
      {},
      {"nosuchverb"},
      {"convert"},
      {"convert", model},
      {"convert", model, "-o", folder / "m.mlpackage", "--nosuchflag"},
      {"convert", model, "-o", folder / "m.mlpackage", "--precision", "fp8"},
      {"convert", model, "-o", folder / "m.mlpackage", "--target", "ios3"},
      {"convert", model, "-o", folder / "m.mlmodel"},
      {"convert", model, "-o", folder / "none/m.mlpackage"},
      {"convert", model, "-o", folder / "m.mlpackage", "--disable-pass", "nosuchpass"},
      {"convert", model, "-o", folder / "m.mlpackage", "--bake", "x"},
      {"convert", model, "-o", folder / "m.mlpackage", "--input", "x[1,2"},
      {"convert", model, "-o", folder / "m.mlpackage", "--input", "z[1,2]"},
      {"convert", model, "-o", folder / "m.mlpackage", "--mode", "kmeans"},
      {"convert", model, "-o", folder / "m.mlpackage", "--palettize", "0"},
      {"compress", model, "-o", folder / "m.mlpackage", "--prune", "0.5", "--vector", "2"},
      {"compress", model, "-o", folder / "m.mlpackage", "--target-bpw", "4", "--asymmetric"},
      {"convert", folder / "none.onnx", "-o", folder / "m.mlpackage"},
      {"convert", folder / "text.onnx", "-o", folder / "m.mlpackage"},
      {"convert", folder.path().string(), "-o", folder / "m.mlpackage"},
      {"inspect", folder / "none.mlpackage"},
      {"run", model, "--inputs", folder / "none.npz"},
      {"run", model, "--inputs", model},
      {"run", model, "--function", "nosuch"},
      {"run", model, "--threads", "-1"},
      {"validate", model},
      {"validate", model, folder / "none.mlpackage"},
      {"bench", model, "--seconds", "-1"},
  };
  for (std::vector<std::string> arguments : cases) {
    CAPTURE(arguments);
    const Ended e = corecast(arguments);
    CHECK(e.code == 2);
    CHECK(e.err.find("error E") != std::string::npos);
    arguments.insert(arguments.begin(), "--json");
    const Ended j = corecast(arguments);
    CHECK(j.code == 2);
    check_document(j, "error");
  }
  CHECK(folder.entries() == 2);  // nothing was written
}

TEST_CASE("a verb that is misspelt, an expectation that cannot be read") {
  TempFolder folder;
  write_model(folder / "m.onnx");
  CHECK(corecast({"covert", "x"}).err.find("did you mean convert?") != std::string::npos);
  CHECK(corecast({}).err.find("no verb is given") != std::string::npos);
  const Ended e =
      corecast({"convert", folder / "m.onnx", "-o", folder / "m.mlpackage", "--expect", "psnr>40"});
  CHECK(e.code == 2);
  CHECK(e.err.find("psnr>=40") != std::string::npos);
  CHECK(folder.entries() == 1);  // found out before anything is written
}

TEST_CASE("3: operators that cannot be converted, all of them") {
  TempFolder folder;
  using namespace onnx_build;
  ModelBuilder m;
  m.graph.input("x", {"3"}).node("Foo", {"x"}, {"a"}).node("Bar", {"a"}, {"y"}).output("y");
  write_text(folder / "m.onnx", m.bytes());
  for (const char* verb : {"check", "inspect", "run"}) {
    const Ended e = corecast({verb, folder / "m.onnx", "--json"});
    CHECK(e.code == 3);
    check_document(e, "error");
    CHECK(e.json()["diagnostics"].size() == 2);  // each once, and no summary beside them
  }
  const Ended e = corecast({"convert", folder / "m.onnx", "-o", folder / "m.mlpackage"});
  CHECK(e.code == 3);
  CHECK(e.err.find("Foo") != std::string::npos);
  CHECK(e.err.find("Bar") != std::string::npos);
  CHECK(folder.entries() == 1);
}

TEST_CASE("4: a reference that is not here") {
  TempFolder folder;
  write_model(folder / "m.onnx");
  REQUIRE(corecast({"convert", folder / "m.onnx", "-o", folder / "m.mlpackage", "--no-validate"})
              .code == 0);
  const Surroundings nowhere{[] { ::setenv("CORECAST_PYTHON", "/nonexistent/python", 1); }, {}};
  const Ended e = corecast({"validate", folder / "m.onnx", folder / "m.mlpackage", "--reference",
                            "onnxruntime", "--json"},
                           nowhere);
  CHECK(e.code == 4);
  check_document(e, "error");
  // Not asked for by name, it is a note.
  CHECK(corecast({"validate", folder / "m.onnx", folder / "m.mlpackage"}, nowhere).code == 0);
}

}  // namespace corecast::test
