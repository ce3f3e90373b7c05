#include "converter/emit/windows.h"

#include "tests/emit/drafted.h"

namespace corecast::emit {
namespace {

using Ints = std::vector<std::int64_t>;

Window window(std::int64_t stride, std::int64_t before = 0, std::int64_t after = 0) {
  Window w{.strides = {stride}, .dilations = {1}};
  w.pad_with({before}, {after});
  return w;
}

}  // namespace

TEST_CASE("padding is interleaved, and named as MIL names it") {
  Window w;
  w.pad_with({1, 2}, {3, 4});
  CHECK(w.pad == Ints{1, 3, 2, 4});
  CHECK(w.pad_type == "custom");
  w.pad_with({0, 0}, {0, 0});
  CHECK(w.pad_type == "valid");
}

TEST_CASE("rounding up counts only where it makes a window that starts within the input") {
  Drafted d;
  CHECK(rounds_up(d.e, {1, 1, 6}, {3}, window(2)));        // 6: one more, at 4
  CHECK_FALSE(rounds_up(d.e, {1, 1, 7}, {2}, window(5)));  // divides
  CHECK_FALSE(rounds_up(d.e, {1, 1, 5}, {2}, window(5)));  // the next starts at 5, past the end
  CHECK(rounds_up(d.e, {1, 1, 6}, {2}, window(5)));        // at 5, within
  CHECK(rounds_up(d.e, {1, 1, 5}, {2}, window(5, 1, 0)));  // with padding MIL drops it itself
  CHECK_FALSE(d.e.failed());
  rounds_up(d.e, {1, 1, Dim::symbol("N")}, {2}, window(5));
  CHECK(d.code() == "E3001");
}

TEST_CASE("axes that part are refused") {
  Drafted d;
  Window w{.strides = {5, 5}, .dilations = {1, 1}};
  w.pad_with({0, 0}, {0, 0});
  rounds_up(d.e, {1, 1, 6, 5}, {2, 2}, w);
  CHECK(d.code() == "E3001");
}

TEST_CASE("parameters that change nothing are left out") {
  CHECK(unless_all({1, 1}, 1).empty());
  CHECK(unless_all({1, 2}, 1) == Ints{1, 2});
}

TEST_CASE("the padding of a transposed convolution of a wanted size") {
  const auto p = padding_for(6, 3, 3, 2, 1, 0, /*more_after=*/true);  // unpadded: 2 * 2 + 3 = 7
  REQUIRE(p);
  CHECK(p->before == 0);
  CHECK(p->after == 1);
  const auto q = padding_for(6, 3, 3, 2, 1, 0, false);
  CHECK(q->before == 1);
  CHECK(q->after == 0);
  const auto r = padding_for(9, 3, 3, 2, 1, 0, true);  // beyond the kernel's reach
  CHECK(r->output == 2);
  CHECK(r->before + r->after == 0);
  CHECK_FALSE(padding_for(6, Dim::symbol("N"), 3, 2, 1, 0, true));
  // What grows with the input leaves a number all the same.
  CHECK(padding_for(Dim::symbol("N") * Dim(2), Dim::symbol("N"), 3, 2, 1, 0, true));
}

}  // namespace corecast::emit
