// Indices that count from the end, and what MIL gets instead.
#include "converter/coreml/legalise/legalise.h"
#include "tests/passes/equivalence.h"

using namespace corecast;
using namespace corecast::test;
using mil::Target;

namespace {

// Inputs' integers lie in [-20, 20].
const CompareOptions kFinite{.edges = false, .symbols = {{"N", 21}, {"K", 2}}};

/// Legalises a function of these inputs, one of whose ops wraps, and compares.
PassedModule legalised(std::string_view inputs, std::string_view op,
                       std::optional<Target> target = Target::ios17) {
  const auto text =
      cat("func @main(", inputs, ") {\n %n = const dense<i32[]: 7>\n %y = ", op, "\n return %y\n}");
  INFO(text);
  PassedModule m = run_pass(coreml::legalise_pass(), text, target);
  compare(m, kFinite);
  INFO(m.text());
  CHECK(ir::print(m.before).find("wraps=true") != std::string::npos);
  CHECK(m.text().find("wraps") == std::string::npos);
  return m;
}

}  // namespace

TEST_CASE("indices that count from the end are moved up by the size that they index") {
  for (const std::string_view i : {"i32", "i64", "i16", "i8"}) {
    for (const std::string_view x : {"f32[21,22]", "f32[N,N]"}) {
      const auto types = cat("%x: ", x, ", %i: ", i);
      CHECK(legalised(cat(types, "[3]"), "gather(x=%x, indices=%i) {axis=-1, wraps=true}")
                .has("select"));
      legalised(cat(types, "[]"), "gather(x=%x, indices=%i) {wraps=true}");
      legalised(cat(types, "[0]"), "gather(x=%x, indices=%i) {wraps=true}");
      legalised(cat(types, "[5,2]"), "gather_nd(x=%x, indices=%i) {wraps=true}");
      const auto batch = x[4] == 'N' ? "[N,4]" : "[21,4]";
      legalised(cat(types, batch), "gather_along_axis(x=%x, indices=%i) {axis=1, wraps=true}");
      legalised(cat(types, batch, ", %u: f32", batch),
                "scatter_along_axis(data=%x, indices=%i, updates=%u) {axis=1, wraps=true}");
      legalised(cat(types, "[K], %u: f32[K,", x[4] == 'N' ? "N]" : "22]"),
                "scatter(data=%x, indices=%i, updates=%u) {wraps=true}");
      legalised(cat(types, "[3,2], %u: f32[3]"),
                "scatter_nd(data=%x, indices=%i, updates=%u) {wraps=true}");
    }
    legalised(cat("%i: ", i, "[2,K]"), "one_hot(indices=%i, one_hot_vector_size=%n) {wraps=true}");
  }
}

TEST_CASE("sizes beyond the type of the indices") {
  legalised("%x: f32[200,2], %i: i8[3]", "gather(x=%x, indices=%i) {wraps=true}");
  legalised("%x: f32[40000,1], %i: i16[3], %u: f32[3,1]",
            "scatter(data=%x, indices=%i, updates=%u) {wraps=true}");
}

TEST_CASE("constant indices stay constants") {
  for (const auto& [indices, places, op] :
       {std::tuple("i32[3]: -1, 0, -21", "20, 0, 0", "gather(x=%x, indices=%y) {wraps=true}"),
        std::tuple("i32[]: -2", "19", "gather(x=%x, indices=%y) {wraps=true}"),
        std::tuple("i32[2,2]: -1, -1, 3, -22", "20, 21, 3, 0",
                   "gather_nd(x=%x, indices=%y) {wraps=true}")}) {
    const auto text =
        run_pass(coreml::legalise_pass(), cat("func @main(%x: f32[21,22]) {\n %y = const dense<",
                                              indices, ">\n %z = ", op, "\n return %z\n}"))
            .text();
    CHECK(text.find(places) != std::string::npos);
    CHECK(text.find("select") == std::string::npos);
  }
}

TEST_CASE("batches of indices that count from the end, for targets without batches") {
  for (const Target target : {Target::ios15, Target::ios17}) {
    legalised("%x: f32[2,N,22], %i: i64[2,3]",
              "gather(x=%x, indices=%i) {axis=2, batch_dims=1, wraps=true}", target);
    legalised("%x: f32[2,N,22], %i: i64[2,3,1]",
              "gather_nd(x=%x, indices=%i) {batch_dims=1, wraps=true}", target);
  }
}

TEST_CASE("inputs that look up rows of a constant table are numbers of words") {
  const auto looked_up = [](std::string_view lines, std::string_view type = "i64[3]") {
    const auto m = run_pass(coreml::legalise_pass(),
                            cat("func @main(%i: ", type, ") {\n %t = const seq<f32[40,2]: 0, 1>\n ",
                                lines, "\n return %y\n}"));
    CHECK(m.text().find("wraps") == std::string::npos);
    return !m.has("select");
  };
  CHECK(looked_up("%y = gather(x=%t, indices=%i) {wraps=true}"));
  CHECK(looked_up("%y = gather(x=%t, indices=%i) {wraps=true}", "i32[]"));
  CHECK(looked_up("%k = cast(x=%i) {dtype=i32}\n %y = gather(x=%t, indices=%k) {wraps=true}"));
  CHECK_FALSE(looked_up("%k = add(x=%i, y=%i)\n %y = gather(x=%t, indices=%k) {wraps=true}"));
  CHECK_FALSE(looked_up("%y = gather(x=%i, indices=%i) {wraps=true}"));
}
