#include "ops/linear/einsum.h"

#include "tests/ops/room_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using ir::Dim;
using ir::DType;
using ir::Tensor;
using ir::Type;
using test::RoomBench;
using Numbers = std::vector<double>;

TEST_CASE("einsum infers shapes through dots, diagonals and broadcasting") {
  RoomBench b;
  const auto schema = op::einsum_schema();
  const Dim n = Dim::symbol("N");
  const auto x = b.add(Type(DType::f32, {n, 4, 5, 6})), y = b.add(Type(DType::f32, {1, 6, 5, 7}));
  CHECK(b.type_of(schema, op::Einsum{{x, y}, "nchw,nwhu->nchu"}) == "f32[N,4,5,7]");
  CHECK(b.type_of(schema, op::Einsum{{x}, "...ij->...ji"}) == "f32[N,4,6,5]");
  CHECK(b.type_of(schema, op::Einsum{{x}, "zyxw"}) == "f32[6,5,4,N]");
  CHECK(b.error_of(schema, op::Einsum{{x, y}, "abcd,efgh->a?"}) ==
        "equation term \"a?\" has a character that is no letter");
  CHECK_FALSE(b.infer(schema, op::Einsum{{x, y}, "nchw,nhwu->nchu"}));
  CHECK_FALSE(b.infer(schema, op::Einsum{{x}, "abc->a"}));
  CHECK_FALSE(b.infer(schema, op::Einsum{{x}, "abcd->aa"}));
  CHECK_FALSE(b.infer(schema, op::Einsum{{x}, "abcd->e"}));
}

TEST_CASE("einsum sums what the result does not name") {
  RoomBench b;
  const auto schema = op::einsum_schema();
  const auto m = b.add(Tensor::of<float>({1, 2, 3, 4}, {2, 2})),
             v = b.add(Tensor::of<float>({10, 1}));
  CHECK(b.numbers(schema, op::Einsum{{m, v}, "ij,j->i"}) == Numbers{12, 34});
  CHECK(b.numbers(schema, op::Einsum{{m}, "ii"}) == Numbers{5});
  CHECK(b.numbers(schema, op::Einsum{{m}, "ii->i"}) == Numbers{1, 4});
  CHECK(b.numbers(schema, op::Einsum{{m, m}, "ij , jk"}) == Numbers{7, 10, 15, 22});
  CHECK(b.numbers(schema, op::Einsum{{m, v}, "...j,j->..."}) == Numbers{12, 34});
  CHECK(b.numbers(schema, op::Einsum{{v, v, v}, "i,j,k->"}) == Numbers{1331});
}

}  // namespace
}  // namespace corecast
