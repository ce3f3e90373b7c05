#include "converter/emit/einsum.h"

#include "tests/emit/drafted.h"

namespace corecast::emit {
namespace {

Tensor counted(std::vector<std::int64_t> dims) {
  Tensor t = Tensor::zeros(DType::f32, std::move(dims));
  for (std::int64_t i = 0; i < t.count(); ++i) t.set(i, static_cast<double>(i));
  return t;
}

struct Case {
  const char* equation;
  std::vector<std::int64_t> a, b;  // b empty: one operand
  std::vector<std::int64_t> result;
  double last;
};

}  // namespace

TEST_CASE("einsum") {
  const Case cases[] = {
      {"ij,jk->ik", {2, 3}, {3, 2}, {2, 2}, 40},
      {"ij,jk", {2, 3}, {3, 2}, {2, 2}, 40},
      {"bij,bjk->bik", {1, 2, 3}, {1, 3, 2}, {1, 2, 2}, 40},
      {"ij->ji", {2, 3}, {}, {3, 2}, 5},
      {"...ij->...ji", {1, 2, 3}, {}, {1, 3, 2}, 5},
      {"ij->", {2, 3}, {}, {}, 15},
      {"i,j->ij", {2}, {3}, {2, 3}, 2},
      {"ijk,jk->i", {2, 2, 2}, {2, 2}, {2}, 38},
  };
  for (const Case& c : cases) {
    INFO(c.equation);
    Drafted d;
    Values operands = {d.input("a", DType::f32, ir::make_shape(c.a))};
    ir::NamedTensors inputs = {{"a", counted(c.a)}};
    if (!c.b.empty()) {
      operands.push_back(d.input("b", DType::f32, ir::make_shape(c.b)));
      inputs.emplace("b", counted(c.b));
    }
    d.finish({einsum(d.e, c.equation, operands)});
    const Tensor y = d.run(inputs);
    CHECK(y.dims() == c.result);
    CHECK(y.at(y.count() - 1) == c.last);
  }
}

TEST_CASE("equations that do not fit") {
  const auto code = [](const char* equation) {
    Drafted d;
    const ValueId x = d.input("x", DType::f32, {3, 3});
    CHECK_FALSE(einsum(d.e, equation, {x}));
    return d.code();
  };
  CHECK(code("ijk->i") == "E2005");
  CHECK(code("ij,jk->ik") == "E2005");
  CHECK(code("ij->k") == "E2005");
  CHECK(code("ii->i") == "E3001");
}

}  // namespace corecast::emit
