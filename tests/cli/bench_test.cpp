// corecast bench: its figures agree with each other.
#include "tests/cli/program.h"
#include "tests/support/catch.h"

namespace corecast::test {

TEST_CASE("bench: percentiles are ordered, every step is timed, two models give a ratio") {
  TempFolder folder;
  const std::string model = folder / "m.onnx";
  write_model(model);
  const Ended one = corecast({"bench", model, "--runs", "5", "--precision", "fp32", "--json"});
  REQUIRE(one.code == 0);
  const auto result = one.json().at("result");
  REQUIRE(result.at("models").size() == 1);
  const auto& m = result.at("models")[0];
  CHECK(m.at("runs") == 5);
  CHECK(m.at("min_ms") > 0.0);
  CHECK(m.at("min_ms") <= m.at("median_ms"));
  CHECK(m.at("median_ms") <= m.at("p90_ms"));
  CHECK(m.at("p90_ms") <= m.at("p99_ms"));
  CHECK(m.at("live_bytes") <= m.at("arena_bytes"));
  CHECK(!m.at("steps").empty());
  for (const auto& step : m.at("steps")) CHECK(step.at("ms") >= 0.0);
  CHECK(result.at("peak_memory_bytes") > 0);
  CHECK(!result.contains("ratio"));

  const Ended two = corecast({"bench", model, "--vs", model, "--runs", "3", "--json"});
  REQUIRE(two.code == 0);
  CHECK(two.json().at("result").at("models").size() == 2);
  CHECK(two.json().at("result").at("ratio") > 0.0);

  const Ended text = corecast({"bench", model, "--runs", "3", "--steps"});
  CHECK(text.code == 0);
  CHECK(text.out.find("median") != std::string::npos);
  CHECK(corecast({"bench", folder / "none.onnx"}).code == 2);
}

}  // namespace corecast::test
