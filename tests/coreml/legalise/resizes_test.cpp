// resize_nd against what it is mapped to, over its modes and sizes.
#include "converter/coreml/legalise/legalise.h"
#include "tests/passes/equivalence.h"

using namespace corecast;
using namespace corecast::test;
using mil::Target;

namespace {

PassedModule resized(std::string_view x, std::string_view parameter, std::string_view attrs,
                     std::optional<Target> target = {}) {
  const std::string text =
      cat("func @main(%x: ", x, ") {\n %s = const dense<", parameter, ">\n %z = resize_nd(x=%x, ",
          parameter.starts_with("f32") ? "scales" : "sizes", "=%s) {", attrs, "}\n return %z\n}");
  PassedModule m = run_pass(coreml::legalise_pass(), text, target);
  INFO(text);
  compare(m, {.tolerance = 2e-5, .edges = false, .symbols = {{"H", 5}, {"W", 4}}});
  CHECK_FALSE(m.has("resize_nd"));
  return m;
}

}  // namespace

TEST_CASE("every mode, static sizes") {
  for (const char* mode : {"nearest", "linear", "cubic"}) {
    for (const char* coordinates : {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",
                                    "align_corners", "asymmetric", "tf_half_pixel_for_nn"}) {
      for (const char* sizes :
           {"i64[4]: 1, 2, 8, 6", "i64[4]: 1, 2, 7, 2", "i64[4]: 1, 2, 1, 3",
            "f32[4]: 1, 1, 2.0, 1.5", "f32[4]: 1, 1, 0.6, 3.0", "i64[4]: 1, 3, 8, 3"}) {
        for (const char* nearest : {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}) {
          if (std::string_view(mode) != "nearest" && std::string_view(nearest) != "floor") continue;
          resized("f32[1,2,4,3]", sizes,
                  cat("mode=\"", mode, "\", coordinate_transformation_mode=\"", coordinates,
                      "\", nearest_mode=\"", nearest, "\""));
        }
      }
    }
  }
}

TEST_CASE("common resizes become one op") {
  const char* torch_nearest =
      "mode=\"nearest\", coordinate_transformation_mode=\"asymmetric\", nearest_mode=\"floor\"";
  CHECK(resized("f32[1,2,4,3]", "f32[4]: 1, 1, 2, 2", torch_nearest)
            .has("upsample_nearest_neighbor"));
  CHECK(resized("f32[1,2,4,3]", "i64[4]: 1, 2, 7, 5", torch_nearest)
            .has("upsample_nearest_neighbor"));
  CHECK(resized("f32[1,2,H,W]", "f32[4]: 1, 1, 2, 2", torch_nearest)
            .has("upsample_nearest_neighbor"));
  CHECK(resized("f32[1,2,H,W]", "f32[4]: 1, 1, 2, 2", "mode=\"nearest\"")
            .has("upsample_nearest_neighbor"));
  CHECK(resized("f32[1,2,H,W]", "f32[4]: 1, 1, 2, 3", "mode=\"linear\"").has("upsample_bilinear"));
  CHECK(resized("f32[1,2,H,W]", "f32[4]: 1, 1, 2, 2",
                "mode=\"linear\", coordinate_transformation_mode=\"align_corners\"")
            .has("upsample_bilinear"));
  CHECK(resized("f32[1,2,4,3]", "i64[4]: 1, 2, 9, 7",
                "mode=\"linear\", coordinate_transformation_mode=\"pytorch_half_pixel\"")
            .has("resize_bilinear"));
  CHECK(resized("f32[1,2,4,3]", "i64[4]: 1, 2, 9, 7",
                "mode=\"linear\", coordinate_transformation_mode=\"align_corners\"")
            .has("resize_bilinear"));
  CHECK(resized("f32[1,2,4,3]", "i64[4]: 1, 2, 7, 5",
                "mode=\"nearest\", coordinate_transformation_mode=\"half_pixel\", "
                "nearest_mode=\"round_prefer_ceil\"")
            .has("resize_nearest_neighbor"));
  CHECK(resized("f32[2,4,3]", "f32[3]: 1, 1, 2", torch_nearest).has("upsample_nearest_neighbor"));
}

TEST_CASE("other ranks, axes, element types and filters") {
  resized("f32[5]", "f32[1]: 1.7", "mode=\"linear\"");
  resized("f32[5,3]", "i64[2]: 3, 7", "mode=\"cubic\"");
  resized("f32[1,2,3,4,5]", "f32[5]: 1, 1, 2, 2, 2", "mode=\"nearest\"");
  resized("f32[1,2,3,4,5]", "f32[3]: 2, 2, 2", "mode=\"linear\", axes=[2,3,4]");
  resized("f32[1,6,5,2]", "f32[2]: 2, 2", "mode=\"linear\", axes=[1,2]");
  resized("i64[1,2,3,4]", "f32[4]: 1, 1, 2, 2", "mode=\"nearest\"");
  resized("bool[1,2,3,4]", "f32[4]: 1, 1, 2, 2", "mode=\"nearest\"");
  resized("i32[1,2,3,4]", "f32[4]: 1, 1, 2, 2", "mode=\"linear\"");
  resized("f32[1,2,6,9]", "i64[4]: 1, 2, 3, 4", "mode=\"linear\", antialias=true");
  resized("f32[1,2,6,9]", "i64[4]: 1, 2, 3, 4",
          "mode=\"cubic\", antialias=true, exclude_outside=true");
  resized("f32[1,2,H,W]", "f32[4]: 1, 1, 1.7, 0.6", "mode=\"nearest\"");
  resized("f32[1,2,H,W]", "f32[4]: 1, 1, 1.7, 0.6", "mode=\"linear\"");
}

TEST_CASE("sizes computed at run time") {
  for (const char* mode : {"nearest", "linear"}) {
    for (const char* coordinates :
         {"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"}) {
      const std::string text =
          cat("func @main(%x: f32[1,2,H,W], %r: f32[7,3]) {\n %s = shape(x=%r)\n %o = const "
              "dense<i32[2]: 1, 2>\n %t = concat(values=(%o, %s)) "
              "{axis=0}\n %i = mul(x=%t, y=%t)\n %j = floor_div(x=%i, y=%t)\n %z = resize_nd(x=%x, "
              "sizes=%j) {mode=\"",
              mode, "\", coordinate_transformation_mode=\"", coordinates, "\"}\n return %z\n}");
      auto m = run_pass(coreml::legalise_pass(), text);
      compare(m, {.tolerance = 2e-5, .edges = false, .symbols = {{"H", 5}, {"W", 4}}});
    }
  }
  const auto crop =
      run_pass(coreml::legalise_pass(),
               "func @main(%x: f32[1,1,5,4]) {\n %s = const dense<i64[4]: 1, 1, 3, 6>\n %r = const "
               "dense<f32[8]: 0, 0, 0.2, -0.2, 1, 1, 0.8, 1.4>\n %z = "
               "resize_nd(x=%x, roi=%r, sizes=%s) {mode=\"linear\", "
               "coordinate_transformation_mode=\"tf_crop_and_resize\", extrapolation_value=9.0}\n "
               "return %z\n}");
  compare(crop, {.tolerance = 2e-5, .edges = false});
}
