#include "ops/image/resample.h"

#include <cmath>

#include "ops/image/crop_resize.h"
#include "tests/ops/room_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using ir::DType;
using ir::Tensor;
using test::RoomBench;
using Numbers = std::vector<double>;

TEST_CASE("crop_resize samples from corner to corner") {
  RoomBench b;
  const auto schema = op::crop_resize_schema();
  const auto x = b.add(Tensor::of<float>({0, 1, 2, 10, 11, 12, 20, 21, 22}, {1, 1, 3, 3}));
  const auto box = b.add(Tensor::of<float>({0, 0, 2, 1}, {1, 4}));
  auto op = op::CropResize{.x = x,
                           .boxes = box,
                           .target_height = 3,
                           .target_width = 2,
                           .sampling_mode = "ALIGN_CORNERS"};
  CHECK(b.numbers(schema, op) == Numbers{0, 1, 10, 11, 20, 21});
  op.box_coordinate_mode = "CORNERS_WIDTH_FIRST";  // rows 0 to 1, columns 0 to 2
  CHECK(b.numbers(schema, op) == Numbers{0, 2, 5, 7, 10, 12});
  op.boxes = b.add(Tensor::of<float>({1, 1, 2, 2}, {1, 4}));
  op.box_coordinate_mode = "CENTER_SIZE_HEIGHT_FIRST";
  CHECK(b.numbers(schema, op) == Numbers{0, 2, 10, 12, 20, 22});
  op.boxes = b.add(Tensor::of<float>({0, 0, 1, 2}, {1, 4}));
  op.box_coordinate_mode = "CORNERS_HEIGHT_FIRST";
  op.normalized_coordinates = true;  // columns 0 to 4: the second lies outside
  op.pad_value = -1;
  CHECK(b.numbers(schema, op) == Numbers{0, -1, 10, -1, 20, -1});
  op.box_indices = b.add(Tensor::of<std::int32_t>({1}));
  CHECK_FALSE(b.try_run(schema, op));
}

TEST_CASE("crop_resize before iOS 17 takes every box on every image") {
  RoomBench b;
  const auto schema = op::crop_resize_ios15_schema();
  const auto x = b.add(Tensor::of<float>({0, 1, 2, 3, 4, 5, 6, 7}, {2, 1, 2, 2}));
  const auto all = b.add(Tensor::of<float>({0, 0, 1, 1}, {1, 1, 4, 1, 1}));
  const auto one = b.add(Tensor::of<float>({1, 0, 0, 1, 1}, {1, 1, 5, 1, 1}));
  CHECK(b.type_of(schema, op::CropResizeIos15{.x = x, .roi = all}) == "f32[1,2,1,1,1]");
  CHECK(b.numbers(schema,
                  op::CropResizeIos15{.x = x, .roi = all, .sampling_mode = "ALIGN_CORNERS"}) ==
        Numbers{1.5, 5.5});
  CHECK(b.numbers(schema,
                  op::CropResizeIos15{.x = x, .roi = one, .sampling_mode = "ALIGN_CORNERS"}) ==
        Numbers{5.5});
}

TEST_CASE("resample pads in four ways") {
  RoomBench b;
  const auto schema = op::resample_schema();
  const auto x = b.add(Tensor::of<float>({1, 2, 3}, {1, 1, 1, 3}));
  const auto at = b.add(Tensor::of<float>({-1, 0, 0.5F, 0, 2.5F, 0, 3, 0}, {1, 1, 4, 2}));
  auto op = op::Resample{
      .x = x, .coordinates = at, .padding_value = 9, .coordinates_mode = "unnormalized"};
  CHECK(b.numbers(schema, op) == Numbers{9, 1.5, 6, 9});
  op.padding_mode = "border";
  CHECK(b.numbers(schema, op) == Numbers{1, 1.5, 3, 3});
  op.padding_mode = "reflection";
  CHECK(b.numbers(schema, op) == Numbers{2, 1.5, 2.5, 2});
  op.padding_mode = "symmetric";
  CHECK(b.numbers(schema, op) == Numbers{1, 1.5, 3, 3});
  op.sampling_mode = "nearest";  // halves to even
  CHECK(b.numbers(schema, op) == Numbers{1, 1, 3, 3});
  op.padding_mode = "constant";
  op.coordinates = b.add(Tensor::of<float>({NAN, 0, INFINITY, 0, 1e30F, 0, 1, 0}, {1, 1, 4, 2}));
  CHECK(b.numbers(schema, op) == Numbers{9, 9, 9, 2});
}

TEST_CASE("resample normalises with and without aligned corners") {
  RoomBench b;
  const auto schema = op::resample_schema();
  const auto x = b.add(Tensor::of<float>({1, 2, 3, 4}, {1, 1, 1, 4}));
  auto op =
      op::Resample{.x = x, .coordinates = b.add(Tensor::of<float>({-1, 0, 1, 0}, {1, 1, 2, 2}))};
  CHECK(b.numbers(schema, op) == Numbers{1, 4});
  op.align_corners = false;  // the outer edges: half a pixel of padding
  CHECK(b.numbers(schema, op) == Numbers{0.5, 2});
  op.coordinates_mode = "normalized_zero_to_one";
  op.coordinates = b.add(Tensor::of<float>({0.5F, 0.5F, 0.625F, 0.5F}, {1, 1, 2, 2}));
  CHECK(b.numbers(schema, op) == Numbers{2.5, 3});
}

TEST_CASE("affine: identity, and a shift into zeros") {
  RoomBench b;
  const auto schema = op::affine_schema();
  const auto x = b.add(Tensor::of<float>({1, 2, 3, 4}, {1, 1, 2, 2}));
  const auto same = b.add(Tensor::of<float>({1, 0, 0, 0, 1, 0}, {1, 6}));
  const auto shift = b.add(Tensor::of<float>({1, 0, 2, 0, 1, 0}, {1, 6}));
  CHECK(b.numbers(
            schema,
            op::Affine{.x = x, .transform_matrix = same, .output_height = 2, .output_width = 2}) ==
        Numbers{1, 2, 3, 4});
  CHECK(b.numbers(
            schema,
            op::Affine{.x = x, .transform_matrix = shift, .output_height = 2, .output_width = 2}) ==
        Numbers{2, 0, 4, 0});
}

}  // namespace
}  // namespace corecast
