#include "tests/cli/program.h"
#include "tests/support/catch.h"

namespace corecast::test {

TEST_CASE("explain prints text, or a document") {
  const Ended text = corecast({"explain", "E2003"});
  CHECK(text.code == 0);
  CHECK(text.out.starts_with("E2003: this opset is not supported\n\n"));
  CHECK(text.out.find("exit code  3\n") != std::string::npos);
  const auto j = corecast({"explain", "ios17", "--json"}).json();
  CHECK(j["status"] == "ok");
  CHECK(j["result"]["name"] == "ios17");
  CHECK(j["result"]["topic"] == "target");
  CHECK(j["result"]["facts"].size() >= 3);
}

TEST_CASE("explain suggests the nearest name") {
  const Ended e = corecast({"explain", "quantise"});
  CHECK(e.code == 2);
  CHECK(e.out.empty());
  CHECK(e.err.find("error E1028") != std::string::npos);
  CHECK(e.err.find("did you mean \"quantize\"?") != std::string::npos);
  CHECK(corecast({"explain"}).code == 2);
}

}  // namespace corecast::test
