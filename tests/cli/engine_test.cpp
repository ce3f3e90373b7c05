// --engine, and what doctor says of the engines.
#include "tests/cli/program.h"
#include "tests/support/catch.h"

namespace corecast::test {

TEST_CASE("--engine: an engine that is not here ends with code 4 and says why") {
  TempFolder folder;
  const std::string model = folder / "m.onnx", package = folder / "m.mlpackage";
  write_model(model);
  REQUIRE(corecast({"convert", model, "-o", package, "--no-validate"}).code == 0);
  const auto engines = corecast({"doctor", "--json"}).json()["result"]["engines"];
  REQUIRE(engines.size() >= 2);
  CHECK(engines[0]["name"] == "cpu");
  CHECK(engines[0]["available"] == true);
  for (const auto& engine : engines) {
    const std::string name = engine["name"];
    CAPTURE(name);
    const bool here = engine["available"];
    CHECK(engine["why_not"].get<std::string>().empty() == here);
    for (const Ended& e : {corecast({"run", package, "--engine", name, "--json"}),
                           corecast({"bench", model, "--engine", name, "--runs", "3", "--json"}),
                           corecast({"validate", model, package, "--reference", "embedded",
                                     "--engine", name, "--json"})}) {
      CHECK(e.code == (here ? 0 : 4));
      const auto diagnostics = e.json()["diagnostics"];
      if (!here) CHECK(diagnostics.back()["code"] == "E4006");
    }
  }
  const auto steps =
      corecast({"bench", model, "--runs", "3", "--json"}).json()["result"]["models"][0]["steps"];
  REQUIRE(!steps.empty());
  CHECK(steps[0]["engine"] == "cpu");
}

TEST_CASE("--engine: a name that nobody knows is a usage error") {
  TempFolder folder;
  write_model(folder / "m.onnx");
  CHECK(corecast({"run", folder / "m.onnx", "--engine", "abacus"}).code == 2);
}

}  // namespace corecast::test
