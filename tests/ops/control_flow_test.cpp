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

}  // namespace
}  // namespace corecast
