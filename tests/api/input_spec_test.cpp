#include "api/model.h"
#include "tests/support/catch.h"

namespace corecast::api {
namespace {

std::string shape_of(const std::string& text) {
  const auto spec = parse_input(text);
  if (!spec) return std::string(name_of(spec.error().code));
  return spec->name + (spec->shape ? ir::to_string(*spec->shape) : "") +
         (spec->dtype ? "{" + std::string(ir::name_of(*spec->dtype)) + "}" : "");
}

}  // namespace

TEST_CASE("shapes, element types and names") {
  CHECK(shape_of("x[1,3,224,224]") == "x[1,3,224,224]");
  CHECK(shape_of(" x [ 1 , 3 ] {f16}") == "x[1,3]{f16}");
  CHECK(shape_of("x[]") == "x[]");
  CHECK(shape_of("x{i32}") == "x{i32}");
  CHECK(shape_of("a/b.c:0[N,3]") == "a/b.c:0[N,3]");
  CHECK(shape_of("x[batch=1..8,seq]") == "x[batch,seq]");
  CHECK(shape_of("x[batch=4,3]") == "x[4,3]");
}

TEST_CASE("ranges, lists and values") {
  const auto range = parse_input("tokens=1..512").value();
  CHECK(range.ranges.at("tokens").lo == 1);
  CHECK(range.ranges.at("tokens").hi == 512);
  CHECK(parse_input("tokens=2..").value().ranges.at("tokens").hi == -1);
  const auto list = parse_input("batch={4,1,8}").value();
  CHECK(list.enumerated == std::vector<std::int64_t>{4, 1, 8});
  CHECK(list.ranges.at("batch").lo == 1);
  CHECK(list.ranges.at("batch").hi == 8);
  CHECK(parse_input("sr=16000").value().value == 16000);
  CHECK(parse_input("x[n=2..3]").value().ranges.at("n").hi == 3);
}

TEST_CASE("texts that mean nothing are refused with what cannot be read") {
  for (const char* text : {"",
                           "[1]",
                           "x",
                           "x[",
                           "x[1",
                           "x]1[",
                           "x[1,]",
                           "x[1,,2]",
                           "x[-1]",
                           "x[1.5]",
                           "x[99999999999999999999]",
                           "x[1]{",
                           "x[1]{nosuch}",
                           "x[1]junk",
                           "x[1]{f32}x",
                           "=3",
                           "x=",
                           "x=a..b",
                           "x=5..2",
                           "x=-1..2",
                           "x={}",
                           "x={0}",
                           "x={1,}",
                           "x={1",
                           "x[n=]",
                           "x[n=2..1]",
                           "x=1..2..3",
                           "x[a b]"}) {
    CAPTURE(text);
    const auto spec = parse_input(text);
    REQUIRE_FALSE(spec);
    CHECK(spec.error().code == Code::E1001);
    CHECK(spec.error().kind() == ErrorKind::usage);
    CHECK_FALSE(spec.error().help.empty());
  }
}

}  // namespace corecast::api
