#include "ir/schema.h"

#include "tests/ir/tiny_ops.h"
#include "tests/support/catch.h"

namespace corecast::ir {
namespace {

TEST_CASE("schema: what is stored is loaded") {
  const OpSchema& schema = tiny::registry().get(tiny::Everything::kind);
  const tiny::Everything op{
      .x = ValueId(3), .count = -7, .mode = "full", .words = {"a"}, .maybe = 2};
  OpData d;
  schema.store(op, d);
  const auto back = schema.load<tiny::Everything>(d);
  CHECK(back.x == op.x);
  CHECK_FALSE(back.extra);
  CHECK(back.count == -7);
  CHECK(back.mode == "full");
  CHECK(back.words == op.words);
  CHECK(back.maybe == 2);
}

TEST_CASE("schema: the struct of another op is refused, whatever its layout") {
  const OpSchema& halves = tiny::registry().get(tiny::Halves::kind);
  OpData d;
  halves.store(tiny::Halves{ValueId(1)}, d);
  CHECK_THROWS_AS(halves.load<tiny::Pick>(d), InternalError);
  CHECK_THROWS_AS(halves.store(tiny::Pick{ValueId(1)}, d), InternalError);
  CHECK(d.operands.size() == 1);
}

}  // namespace
}  // namespace corecast::ir
