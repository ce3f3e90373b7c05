#include "ops/creation/fill.h"

#include "ops/control_flow/state.h"
#include "ops/conv/sliding_windows.h"
#include "ops/creation/range_1d.h"
#include "ops/indexing/non_zero.h"
#include "ops/shape/band_part.h"
#include "ops/shape/broadcast_to.h"
#include "ops/shape/depth_to_space.h"
#include "ops/shape/pad.h"
#include "ops/shape/shape.h"
#include "ops/shape/squeeze.h"
#include "ops/shape/tile.h"
#include "tests/ops/function_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using ir::DType;
using ir::Tensor;
using test::FunctionBench;

TEST_CASE("fill, tile and broadcast_to take symbolic sizes") {
  FunctionBench b;
  const auto x = b.floats({"N", "1", "T"});
  const auto shape = b.add(op::ShapeOf{x});
  const auto minus = b.constant(Tensor::scalar<std::int64_t>(-1));
  CHECK(b.type(op::Fill{shape, minus}) == "i64[N,1,T]");
  CHECK(b.type(op::FillLike{x, ir::ValueId()}) == "f32[N,1,T]");
  CHECK(b.known(op::Fill{b.ints({3}), minus}) == "[-1,-1,-1]");
  CHECK(b.type(op::Fill{b.ints({-1}), minus}) == "shape [-1] has a negative size");
  CHECK(b.type(op::Tile{x, b.ints({2, 3, 1})}) == "f32[2*N,3,T]");
  CHECK(b.type(op::Tile{b.floats({"1", "3"}), b.add(op::ShapeOf{b.floats({"N", "T"})})}) ==
        "f32[N,3*T]");
  CHECK(b.known(op::Tile{shape, b.ints({2})}) == "[N,1,T,N,1,T]");
  CHECK(b.type(op::BroadcastTo{x, b.ints({5, 1, 4, 1})}) == "f32[5,N,4,T]");
  CHECK(b.type(op::BroadcastTo{b.floats({"2", "3"}), b.ints({4})}) ==
        "x [2,3] does not broadcast against shape [4]");
  CHECK(b.known(op::BroadcastTo{b.ints({7}), b.ints({2})}) == "[7,7]");
  CHECK(b.type(op::BroadcastTo{b.floats({"5", "2", "1"}), b.input(DType::i32, {"2"})})
            .starts_with("f32[5,2,d"));
}

TEST_CASE("range_1d counts exactly") {
  FunctionBench b;
  const auto n = b.add(op::ShapeOf{b.floats({"N"})});
  const auto scalar = [&](std::int32_t v) { return b.constant(Tensor::scalar(v)); };
  // The size N as a scalar.
  const auto size = b.add(op::Squeeze{n, std::vector<std::int64_t>{0}});
  CHECK(b.type(op::Range1d{.end = size, .start = scalar(0), .step = scalar(1)}) == "i32[N]");
  CHECK(b.type(op::Range1d{.end = size, .start = scalar(0), .step = scalar(2)}) ==
        "i32[((N+1)/2)]");
  CHECK(b.known(op::Range1d{.end = scalar(-3), .start = scalar(4), .step = scalar(-3)}) ==
        "[4,1,-2]");
  CHECK(b.type(op::Range1d{.end = size, .start = scalar(0), .step = scalar(0)}) == "step is 0");
  const auto real = [&](float v) { return b.constant(Tensor::scalar(v)); };
  CHECK(b.type(op::Range1d{.end = real(1), .start = real(0), .step = real(0.3F)}) == "f32[4]");
  CHECK(b.type(op::Range1d{.end = real(1), .start = real(0), .step = real(0)}) ==
        "no range runs from 0 to 1 by 0");
}

TEST_CASE("pad checks what reflect can reach") {
  FunctionBench b;
  const auto x = b.floats({"1", "N", "3"});
  CHECK(b.type(op::Pad{x, b.ints({1, 2, 0, 4})}) == "f32[1,N+3,7]");
  CHECK(b.type(op::Pad{.x = x, .pad = b.ints({0, 3}), .mode = "reflect"}) ==
        "reflect cannot add 3 elements to a dimension of size 3");
  CHECK(b.type(op::Pad{.x = x, .pad = b.ints({0, 2}), .mode = "reflect"}) == "f32[1,N,5]");
  CHECK(b.type(op::Pad{.x = x, .pad = b.ints({1}), .mode = "edge"}) ==
        "mode \"edge\" is none of constant, reflect, replicate");
  CHECK(b.type(op::Pad{x, b.ints({1, -1})}) == "pad [1,-1] has a negative entry");
}

TEST_CASE("depth and pixels trade exactly") {
  FunctionBench b;
  CHECK(b.type(op::DepthToSpace{b.floats({"N", "4*C", "H", "W"}), 2}) == "f32[N,C,2*H,2*W]");
  CHECK(b.type(op::PixelShuffle{b.floats({"1", "6", "2", "2"}), 2}) ==
        "the number of channels 6 is not a multiple of 4");
  CHECK(b.type(op::SpaceToDepth{b.floats({"1", "3", "2*H", "4"}), 2}) == "f32[1,12,H,2]");
  CHECK(b.type(op::PixelUnshuffle{b.floats({"3", "2", "4"}), 2}) == "x must have rank 4, not 3");
  CHECK(b.type(op::SlidingWindows{.x = b.floats({"N", "9"}), .axis = 1, .size = 4, .stride = 2}) ==
        "f32[N,3,4]");
}

TEST_CASE("counts that depend on data are symbols") {
  FunctionBench b;
  CHECK(b.type(op::NonZero{b.floats({"2", "3"})}).starts_with("i32[d"));
  CHECK(b.type(op::ReadState{b.floats({"2"})}) == "input must be a state, not f32[2]");
  CHECK(b.type(op::BandPart{b.floats({"2"})}) == "x must have rank 2 or more, not 1");
}

}  // namespace
}  // namespace corecast
