#include "converter/emit/emit.h"

#include "converter/emit/broadcasting.h"
#include "converter/emit/indices.h"
#include "converter/emit/padding.h"
#include "converter/emit/slices.h"
#include "ops/activation/activation.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/shape/concat.h"
#include "ops/shape/reshape.h"
#include "ops/shape/shape.h"
#include "tests/emit/drafted.h"

namespace corecast::emit {

TEST_CASE("after the first problem every call is harmless, and one diagnostic is recorded") {
  Drafted d;
  const ValueId x = d.input("x", DType::f32, {2, 3});
  const ValueId y = d.input("y", DType::f32, {4});
  CHECK_FALSE(d.e.add(op::Add{x, y}));
  CHECK(d.e.failed());
  CHECK_FALSE(d.e.add(op::Add{x, x}));  // would fit
  CHECK(d.e.fail("again").empty());
  CHECK(d.e.need_ints(x, "x").empty());
  CHECK(d.e.rank(ValueId()) == 0);
  REQUIRE(d.diagnostics.all().size() == 1);
  const Error& error = d.diagnostics.all()[0].error;
  CHECK(error.code == Code::E2005);
  CHECK(error.help == "write it again");
  CHECK(error.where.node == "node");
  CHECK(error.where.op == "Op");
}

TEST_CASE("what rows are made of is harmless after a problem, too") {
  Drafted d;
  d.e.fail("a value is missing");
  CHECK_FALSE(slice_axis(d.e, ValueId(), 1, 0, 4));
  CHECK_FALSE(along_axis(d.e, ValueId(), 3, 2));
  CHECK_FALSE(padded(d.e, Padding{.before = {1, -1}, .after = {0, 0}}));
  CHECK_FALSE(never_negative(d.e, ValueId()));
}

TEST_CASE("poison is silent") {
  Drafted d;
  d.e.poison();
  CHECK(d.e.failed());
  CHECK_FALSE(d.e.add(op::Relu{d.input("x", DType::f32, {2})}));
  CHECK(d.diagnostics.all().empty());
}

TEST_CASE("constants fold, and so does shape arithmetic of flexible values") {
  Drafted d;
  const ValueId four = d.e.add(op::Add{d.e.int_scalar(1), d.e.int_scalar(3)});
  REQUIRE(d.e.constant(four));
  CHECK(d.e.constant(four)->at_int(0) == 4);
  const ValueId x = d.input("x", DType::f32, {Dim::symbol("N"), 3});
  const ValueId shape = d.e.add(op::ShapeOf{x});
  CHECK_FALSE(d.e.constant(shape));
  REQUIRE(d.e.known(shape));
  CHECK((*d.e.known(shape))[0] == Dim::symbol("N"));
  CHECK_FALSE(d.e.known_ints(shape));
  CHECK(d.e.need_ints(shape, "sizes").empty());
  CHECK(d.code() == "E3001");
}

TEST_CASE("flags, scalars and axes") {
  Drafted d;
  CHECK(d.e.known_flag(d.e.constant(Tensor::scalar(true))) == true);
  CHECK(d.e.known_flag(d.e.scalar(DType::f32, 0)) == false);
  CHECK_FALSE(d.e.known_flag(d.e.ints({1, 2})));
  CHECK(d.e.need_scalar(d.e.scalar(DType::f32, 0.5), "alpha") == 0.5);
  CHECK(d.e.need_axis(-1, 3) == 2);
  CHECK_FALSE(d.e.failed());
  CHECK(d.e.need_axis(3, 3) == 0);
  CHECK(d.diagnostics.all()[0].error.message == "axis 3 is outside the rank 3");
}

TEST_CASE("integers are i32 where they fit") {
  Drafted d;
  CHECK(d.e.dtype(d.e.ints({1, -2})) == DType::i32);
  CHECK(d.e.dtype(d.e.ints({1, INT64_MAX})) == DType::i64);
  const ValueId v = d.e.ints({1});
  CHECK(d.e.cast(v, DType::i32) == v);
  CHECK(d.e.dtype(d.e.cast(v, DType::f32)) == DType::f32);
}

TEST_CASE("a rank that nothing real has is a problem") {
  Drafted d;
  const ValueId x = d.input("x", DType::f32, {1});
  CHECK_FALSE(d.e.add(op::Reshape{x, d.e.ints(std::vector<std::int64_t>(40, 1))}));
  CHECK(d.code() == "E2005");
}

TEST_CASE("a size that an operator needs is asked for, and the model imported again with it") {
  std::vector<std::int64_t> rounds;
  Diagnostics diagnostics;
  const auto module = import_at_required_sizes(
      {"m.toy", "toy", ""}, {}, diagnostics,
      [&](Draft& draft, const converter::ImportOptions& options) -> Status {
        const auto size = options.sizes.find("N");
        rounds.push_back(size == options.sizes.end() ? -1 : size->second);
        ir::Function& f = draft.function();
        const Dim n = rounds.back() < 0 ? Dim::symbol("N") : Dim(rounds.back());
        if (rounds.back() < 0) f.symbols.try_emplace("N");
        Emit(draft, {}).require_equal(Dim(7), n);
        Emit(draft, {}).require_equal(Dim::symbol("unknown"), Dim(3));  // no size of an input
        return {};
      });
  REQUIRE(module);
  CHECK(rounds == std::vector<std::int64_t>{-1, 7});
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].error.code == Code::N2010);
}

TEST_CASE("nodes are counted, and the limit is reported once") {
  Drafted d;
  std::int64_t nodes = 0;
  while (d.draft.count_node("graph") && nodes < 2'000'000) ++nodes;
  CHECK(nodes == 1'000'000);
  CHECK(d.draft.exhausted());
  CHECK_FALSE(d.draft.count_node("graph"));
  CHECK(d.diagnostics.all().size() == 1);
  CHECK(d.code() == "E5001");
}

}  // namespace corecast::emit
