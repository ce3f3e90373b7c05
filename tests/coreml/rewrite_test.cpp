// Not a test by itself: reads the package CORECAST_READ and writes it again to CORECAST_WRITE, for
// the Python tests, which compare the two with coremltools. Run by name only.
#include <cstdlib>

#include "base/strings.h"
#include "converter/coreml/mil_reader.h"
#include "converter/coreml/mil_writer.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "tests/support/catch.h"

namespace corecast::coreml {

TEST_CASE("rewrite the package of the environment", "[.rewrite]") {
  const char* from = std::getenv("CORECAST_READ");
  const char* to = std::getenv("CORECAST_WRITE");
  REQUIRE(from != nullptr);
  REQUIRE(to != nullptr);
  Diagnostics diagnostics;
  const auto module = read_package(from, diagnostics);
  for (const auto& d : diagnostics.all())
    UNSCOPED_INFO(cat(d.error.code, " ", d.error.to_string()));
  REQUIRE(module.has_value());
  UNSCOPED_INFO(ir::print(*module));
  const auto sound = ir::verify(*module);
  if (!sound) FAIL(sound.error().to_string());
  Diagnostics complaints;
  const auto report = write_package(*module, to, {}, complaints);
  for (const auto& d : complaints.all()) UNSCOPED_INFO(cat(d.error.code, " ", d.error.to_string()));
  REQUIRE(report.has_value());
}

}  // namespace corecast::coreml
