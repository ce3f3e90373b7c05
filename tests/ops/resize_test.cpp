#include "ops/image/resize.h"

#include <cmath>

#include "ops/image/resize_nd.h"
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

// Rounded to a thousandth, so that f32 results compare with decimal fractions.
Numbers rounded(Numbers values) {
  for (double& v : values) v = std::round(v * 1000) / 1000;
  return values;
}

TEST_CASE("sampling modes of resize_bilinear, 2 to 5 elements") {
  RoomBench b;
  const auto x = b.add(Tensor::of<float>({0, 1}, {1, 1, 2}));
  auto run = [&](std::string mode) {
    return rounded(b.numbers(
        op::resize_bilinear_schema(),
        op::ResizeBilinear{.x = x, .target_size_width = 5, .sampling_mode = std::move(mode)}));
  };
  CHECK(run("STRICT_ALIGN_CORNERS") == Numbers{0, 0.25, 0.5, 0.75, 1});
  CHECK(run("ALIGN_CORNERS") == Numbers{0, 0.25, 0.5, 0.75, 1});
  CHECK(run("DEFAULT") == Numbers{0, 0.4, 0.8, 1, 1});
  CHECK(run("OFFSET_CORNERS") == Numbers{0.1, 0.3, 0.5, 0.7, 0.9});
  CHECK(run("UNALIGN_CORNERS") == Numbers{0, 0.1, 0.5, 0.9, 1});
}

TEST_CASE("nearest forms pick different elements") {
  RoomBench b;
  const auto x = b.add(Tensor::of<float>({0, 1, 2}, {1, 1, 3}));
  CHECK(b.numbers(op::resize_nearest_neighbor_schema(),
                  op::ResizeNearestNeighbor{.x = x, .target_size_width = 2}) == Numbers{0, 2});
  CHECK(b.numbers(op::upsample_nearest_neighbor_schema(),
                  op::UpsampleNearestNeighbor{.x = x, .scale_factor_width = 0.67}) ==
        Numbers{0, 1});
}

TEST_CASE("scaled sizes: f32 factors, exact for symbols") {
  RoomBench b;
  const auto schema = op::upsample_bilinear_schema();
  const auto x = b.add(Type(DType::f32, {1, Dim::symbol("H"), 10}));
  CHECK(b.type_of(schema, op::UpsampleBilinear{.x = x,
                                               .scale_factor_height = 2,
                                               .scale_factor_width = 0.7}) == "f32[1,2*H,7]");
  const auto t = b.infer(schema, op::UpsampleBilinear{.x = x, .scale_factor_height = 0.6}).value();
  CHECK(t[0].shape[1].evaluate({{"H", 5}}) == 3);
  CHECK_FALSE(b.infer(
      schema, op::UpsampleBilinear{.x = x, .align_corners = true, .half_pixel_centers = true}));
}

TEST_CASE("resize takes sizes from the end of shape, and keeps where it says 0") {
  RoomBench b;
  const auto schema = op::resize_schema();
  const auto x = b.add(Tensor::of<float>({0, 10}, {1, 1, 2}));
  const auto shape = b.add(Tensor::of<std::int32_t>({7, 0, 3}));
  CHECK(b.numbers(schema,
                  op::Resize{.x = x, .shape = shape, .interpolation_mode = "NEAREST_NEIGHBOR"}) ==
        Numbers{0, 10, 10});
  CHECK(b.numbers(schema,
                  op::Resize{.x = x, .shape = shape, .sampling_mode = "STRICT_ALIGN_CORNERS"}) ==
        Numbers{0, 5, 10});
  const auto unknown = b.add(Type(DType::i32, {3}));
  CHECK(b.type_of(schema, op::Resize{.x = x, .shape = unknown, .resized_dims = 1}) ==
        "f32[1,1,D0]");
  CHECK_FALSE(b.infer(schema, op::Resize{.x = x, .shape = shape, .resized_dims = 4}));
}

TEST_CASE("resize_nd: cubic, as ONNX's examples have it") {
  RoomBench b;
  const auto schema = op::resize_nd_schema();
  const auto x = b.add(Tensor::of<float>({1, 2, 3, 4}));
  const auto scale = b.add(Tensor::of<float>({2})), size = b.add(Tensor::of<std::int64_t>({3}));
  auto op = op::ResizeNd{.x = x, .scales = scale, .mode = "cubic"};
  CHECK(rounded(b.numbers(schema, op)) ==
        Numbers{0.895, 1.191, 1.668, 2.297, 2.703, 3.332, 3.809, 4.105});
  op.exclude_outside = true;
  op.cubic_coeff_a = -0.5;
  const auto outside = b.numbers(schema, op);
  CHECK(outside.front() < 1);
  CHECK(std::abs(outside.front() + outside.back() - 5) < 1e-6);
  auto linear = op::ResizeNd{
      .x = x, .sizes = size, .mode = "linear", .coordinate_transformation_mode = "align_corners"};
  CHECK(b.numbers(schema, linear) == Numbers{1, 2.5, 4});
  // ONNX's resize_downsample_scales_linear_antialias, one axis of it.
  linear = op::ResizeNd{
      .x = x, .scales = b.add(Tensor::of<float>({0.6F})), .mode = "linear", .antialias = true};
  CHECK(rounded(b.numbers(schema, linear)) == Numbers{1.375, 3});
}

TEST_CASE("resize_nd: nearest modes, crops and aspect ratios") {
  RoomBench b;
  const auto schema = op::resize_nd_schema();
  const auto x = b.add(Tensor::of<float>({1, 2, 3, 4}));
  auto op = op::ResizeNd{.x = x,
                         .sizes = b.add(Tensor::of<std::int64_t>({8})),
                         .coordinate_transformation_mode = "asymmetric"};
  CHECK(b.numbers(schema, op) == Numbers{1, 1, 2, 2, 3, 3, 4, 4});
  op.nearest_mode = "round_prefer_ceil";
  CHECK(b.numbers(schema, op) == Numbers{1, 2, 2, 3, 3, 4, 4, 4});
  op.coordinate_transformation_mode = "tf_crop_and_resize";
  CHECK_FALSE(b.infer(schema, op));
  op.roi = b.add(Tensor::of<float>({0, 2}));
  op.sizes = b.add(Tensor::of<std::int64_t>({3}));
  op.mode = "linear";
  op.extrapolation_value = 9;
  CHECK(b.numbers(schema, op) == Numbers{1, 4, 9});

  const auto image = b.add(Type(DType::f32, {1, 1, 10, 20}));
  auto fit = op::ResizeNd{.x = image,
                          .sizes = b.add(Tensor::of<std::int64_t>({5, 5})),
                          .axes = {2, 3},
                          .keep_aspect_ratio_policy = "not_larger"};
  CHECK(b.type_of(schema, fit) == "f32[1,1,3,5]");
  fit.keep_aspect_ratio_policy = "not_smaller";
  CHECK(b.type_of(schema, fit) == "f32[1,1,5,10]");
}

}  // namespace
}  // namespace corecast
