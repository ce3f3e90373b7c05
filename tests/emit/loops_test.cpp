#include "converter/emit/loops.h"

#include "ir/parse.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/reduction/reduction.h"
#include "ops/shape/concat.h"
#include "ops/shape/expand_dims.h"
#include "ops/shape/shape.h"
#include "ops/shape/slice_by_index.h"
#include "tests/emit/drafted.h"

namespace corecast::emit {
namespace {

/// Trips are an input, so that nothing is unrolled.
struct Looped : Drafted {
  ValueId x = input("x", DType::f32, {1, 2});
  ValueId trips = input("trips", DType::i64, {});
  Loop loop;
  int calls = 0;

  Looped() { loop.trips = trips; }
  /// `next` gives the carried values of the next iteration.
  Values carry(Values first, const std::function<Values(const Iteration&)>& next) {
    loop.carried = std::move(first);
    loop.body = [this, next](const Iteration& i) {
      ++calls;
      Values out = next(i);
      out.insert(out.begin(), i.going);
      return out;
    };
    return counted_loop(e, loop);
  }
  ir::NamedTensors inputs(std::int64_t n) {
    return {{"x", floats({1, 2}, {1, 2})}, {"trips", Tensor::scalar(n)}};
  }
  ValueId length(ValueId v) { return e.add(op::Cast{e.add(op::ShapeOf{v}), DType::f32}); }
  std::string type_text(ValueId v) { return ir::to_string(e.type(v)); }
};

}  // namespace

TEST_CASE("a size that the body keeps is exact, and the body is emitted once") {
  Looped d;
  const Values y = d.carry({d.x}, [&](const Iteration& i) {
    return Values{d.e.add(op::Add{i.carried[0], d.x})};
  });
  CHECK(d.calls == 1);
  CHECK(d.type_text(y.at(0)) == "f32[1,2]");
  d.finish(y);
  CHECK(d.run(d.inputs(3)).at(1) == 8);
}

TEST_CASE("a cache that starts empty is not empty inside the loop") {
  Looped d;
  const ValueId empty = d.e.constant(Tensor::zeros(DType::f32, {0, 2}));
  const ValueId zeros = d.e.constant(Tensor::zeros(DType::f32, {2}));
  const Values y = d.carry({empty, zeros}, [&](const Iteration& i) {
    const ValueId grown = d.e.add(op::Concat{.values = {i.carried[0], d.x}, .axis = 0});
    return Values{grown, d.e.add(op::Add{i.carried[1], d.length(grown)})};
  });
  CHECK(d.calls == 2);
  REQUIRE(y.size() == 2);
  CHECK_FALSE(d.e.shape(y[0])[0].is_constant());
  CHECK(d.e.shape(y[0])[1] == Dim(2));
  CHECK(d.type_text(y[1]) == "f32[2]");
  const ir::Module& m = d.finish(y);
  for (const std::int64_t n : {0, 1, 4}) {
    CHECK(d.run(d.inputs(n)).dims() == std::vector<std::int64_t>{n, 2});
    CHECK(d.run(d.inputs(n), "1").at(0) == static_cast<double>(n * (n + 1) / 2));
  }
  // The text form holds all of it.
  const auto again = ir::parse_module(ir::print(m), *m.registry);
  REQUIRE(again);
  CHECK(ir::print(*again) == ir::print(m));
}

TEST_CASE("a size that follows another one's change is freed, too") {
  Looped d;
  const ValueId empty = d.e.constant(Tensor::zeros(DType::f32, {0, 2}));
  const Values y = d.carry({empty, empty, d.x}, [&](const Iteration& i) {
    const ValueId grown = d.e.add(op::Concat{.values = {i.carried[0], d.x}, .axis = 0});
    return Values{grown, i.carried[0], i.carried[2]};
  });
  REQUIRE(y.size() == 3);
  CHECK_FALSE(d.e.shape(y[1])[0].is_constant());
  CHECK(d.type_text(y[2]) == "f32[1,2]");
  d.finish(y);
  CHECK(d.run(d.inputs(3), "1").dims() == std::vector<std::int64_t>{2, 2});
}

TEST_CASE("lists that shrink") {
  Looped d;
  const ValueId list = d.e.constant(Tensor::zeros(DType::f32, {5, 2}));
  const Values y = d.carry({list}, [&](const Iteration& i) {
    op::SliceByIndex rest{};
    rest.x = i.carried[0];
    rest.begin = d.e.ints({1, 0});
    rest.end = d.e.ints({0, 0});
    rest.begin_mask = {false, true};
    rest.end_mask = {true, true};
    return Values{d.e.add(rest)};
  });
  d.finish(y);
  CHECK(d.run(d.inputs(0)).dims() == std::vector<std::int64_t>{5, 2});
  CHECK(d.run(d.inputs(3)).dims() == std::vector<std::int64_t>{2, 2});
}

TEST_CASE("loops in loops") {
  Looped d;
  const ValueId empty = d.e.constant(Tensor::zeros(DType::f32, {0, 2}));
  const Values y = d.carry({empty}, [&](const Iteration& outer) {
    Loop inner;
    inner.trips = outer.index;
    inner.carried = outer.carried;
    inner.body = [&](const Iteration& i) {
      return Values{i.going, d.e.add(op::Concat{.values = {i.carried[0], d.x}, .axis = 0})};
    };
    return counted_loop(d.e, inner);
  });
  d.finish(y);
  CHECK(d.run(d.inputs(4)).dims() == std::vector<std::int64_t>{6, 2});  // 0 + 1 + 2 + 3
}

TEST_CASE("ranks and element types that change are refused") {
  for (const bool rank : {true, false}) {
    Looped d;
    d.carry({d.x}, [&](const Iteration& i) {
      return Values{rank ? d.e.add(op::ExpandDims{i.carried[0], {0}})
                         : d.e.add(op::Cast{i.carried[0], DType::i32})};
    });
    CHECK(d.code() == "E3001");
    CHECK(d.diagnostics.all()[0].error.message.find("keeps ranks and element types") !=
          std::string::npos);
  }
}

TEST_CASE("a trial leaves no notes and asks for no sizes") {
  Looped d;
  d.draft.function().symbols.try_emplace("N");
  const ValueId empty = d.e.constant(Tensor::zeros(DType::f32, {0, 2}));
  d.carry({empty}, [&](const Iteration& i) {
    const Dim length = d.e.shape(i.carried[0])[0];
    if (length.is_constant()) {
      d.e.note(Code::N2011, "seen");
      d.e.require_equal(Dim::symbol("N"), length);
    }
    return Values{d.e.add(op::Concat{.values = {i.carried[0], d.x}, .axis = 0})};
  });
  CHECK(d.calls == 2);
  CHECK(d.diagnostics.all().empty());
  CHECK(d.draft.required_sizes().empty());
}

TEST_CASE("a known trip count repeats the body, each time with types of its own") {
  Looped d;
  d.loop.trips = d.e.int_scalar(3);
  const ValueId empty = d.e.constant(Tensor::zeros(DType::f32, {0, 2}));
  const Values y = d.carry({empty}, [&](const Iteration& i) {
    CHECK(i.number == d.calls - 1);
    return Values{d.e.add(op::Concat{.values = {i.carried[0], d.x}, .axis = 0})};
  });
  CHECK(d.calls == 3);
  CHECK(d.type_text(y.at(0)) == "f32[3,2]");
}

TEST_CASE("elements are collected, up to where the loop stops") {
  Looped d;
  d.loop.collected = 1;
  d.loop.body = [&](const Iteration& i) {
    const ValueId more = d.e.add(op::Less{i.index, d.e.constant(Tensor::scalar(std::int64_t{1}))});
    return Values{more, d.e.add(op::Add{d.x, d.e.add(op::Cast{i.index, DType::f32})})};
  };
  const Values y = counted_loop(d.e, d.loop);
  d.finish(y);
  const Tensor all = d.run(d.inputs(9));
  CHECK(all.dims() == std::vector<std::int64_t>{2, 1, 2});
  CHECK(all.at(3) == 3);
}

TEST_CASE("a branch that is known is taken, else both are emitted") {
  Drafted d;
  const ValueId x = d.input("x", DType::f32, {2});
  const ValueId pred = d.input("p", DType::boolean, {});
  const auto doubled = [&] { return Values{d.e.add(op::Add{x, x})}; };
  const auto same = [&] { return Values{x}; };
  CHECK(conditional(d.e, d.e.constant(Tensor::scalar(false)), doubled, same) == Values{x});
  const Values y = conditional(d.e, pred, doubled, same);
  d.finish(y);
  CHECK(d.run({{"x", floats({2}, {1, 2})}, {"p", Tensor::scalar(true)}}).at(1) == 4);
  CHECK(d.run({{"x", floats({2}, {1, 2})}, {"p", Tensor::scalar(false)}}).at(1) == 2);
  conditional(
      d.e, pred,
      [&] {
        return Values{d.e.add(op::ExpandDims{x, {0}})};
      },
      same);
  CHECK(d.code() == "E3001");
}

}  // namespace corecast::emit
