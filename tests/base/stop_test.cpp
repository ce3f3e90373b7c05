#include "base/stop.h"

#include "tests/support/catch.h"

using namespace corecast;

TEST_CASE("stop: watches a flag, and copies watch the same") {
  CHECK_FALSE(Stop().requested());
  CHECK(Stop().check());
  std::atomic<bool> flag = false;
  const Stop stop = &flag, copy = stop;
  CHECK(copy.check());
  flag = true;
  CHECK(copy.requested());
  REQUIRE_FALSE(stop.check());
  CHECK(stop.check().error().code == Code::E5104);
  CHECK(stop.check().error().kind() == ErrorKind::interrupted);
}
