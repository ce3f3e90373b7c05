#include "tests/ops/text_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using test::rejection;
using test::type_of;

bool says(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

std::string cond(const char* params, const char* yes, const char* no) {
  return cat("func @main(", params, ") { %y = cond(pred=%p) { true_branch() { yield ", yes,
             " } false_branch() { yield ", no, " } } return %y }");
}

TEST_CASE("cond joins the types of its blocks") {
  const auto same = cond("%p: bool[], %a: f32[N,3], %b: f32[N,3]", "%a", "%b");
  CHECK(type_of(same) == "f32[N,3]");
  // Sizes that differ depend on data.
  const auto f = test::parse(cond("%p: bool[], %a: f32[2,3], %b: f32[4,3]", "%a", "%b"));
  const auto& type = f.type(f.block(f.entry()).results[0]);
  CHECK(type.shape[0].as_symbol().has_value());
  CHECK(type.shape[1] == ir::Dim(3));
  CHECK(says(rejection(cond("%p: bool[], %a: f32[2], %b: f16[2]", "%a", "%b")),
             "result 0 is f32[2] in true_branch"));
  CHECK(says(rejection(cond("%p: bool[2], %a: f32[2], %b: f32[2]", "%a", "%b")), "not one bool"));
}

std::string loop(const char* init, const char* arg, const char* next, const char* go) {
  return cat("func @main(%p: bool[], %n: i32[], ", init,
             ") { %y = while_loop(loop_vars=(%x)) { cond(%c: ", arg, ") { yield ", go,
             " } body(%b: ", arg, ") { yield ", next, " } } return %y }");
}

TEST_CASE("while_loop keeps the sizes that its body keeps") {
  CHECK(type_of(loop("%x: f32[N,3]", "f32[N,3]", "%b", "%p")) == "f32[N,3]");
  const auto f = test::parse(loop("%x: f32[4]", "f32[K]", "%b", "%p"));
  CHECK(f.type(f.block(f.entry()).results[0]).shape[0].as_symbol().has_value());
  CHECK(says(rejection(loop("%x: f32[4]", "i32[4]", "%b", "%p")),
             "starts as f32[4] and becomes i32[4]"));
  CHECK(says(rejection(loop("%x: f32[4]", "f32[4]", "%b", "%n")), "must give one bool"));
}

TEST_CASE("while_loop: a size that the blocks take for granted must be so in every iteration") {
  const char* const longer = "%more } } return %y }";
  const auto growing = [&](const char* init, const char* arg) {
    return cat("func @main(%p: bool[], ", init,
               ") { %y = while_loop(loop_vars=(%x)) { cond(%c: ", arg,
               ") { yield %p } body(%b: ", arg,
               ") { %more = concat(values=(%b, %b)) {axis=0} yield ", longer);
  };
  CHECK(says(rejection(growing("%x: f32[3]", "f32[3]")),
             "is f32[3] inside the loop, which is given f32[6]"));
  CHECK(
      says(rejection(growing("%x: f32[N]", "f32[N]")), "inside the loop, which is given f32[2*N]"));
  CHECK(says(rejection(growing("%x: f32[3]", "f32[6]")), "which is given f32[3]"));
  CHECK_FALSE(type_of(growing("%x: f32[3]", "f32[K]")).empty());
  CHECK(type_of(growing("%x: f32[0]", "f32[0]")) == "f32[0]");  // twice nothing is nothing
}

}  // namespace
}  // namespace corecast
