// Shapes, indices, random numbers and quantisation against what older targets get.
#include "converter/coreml/legalise/legalise.h"
#include "tests/passes/equivalence.h"

using namespace corecast;
using namespace corecast::test;
using mil::Target;

namespace {

const CompareOptions kFinite{
    .tolerance = 1e-5, .edges = false, .symbols = {{"N", 2}, {"M", 3}, {"H", 4}}};

/// The op `gone` must not be left.
PassedModule same(const std::string& text, std::string_view gone,
                  std::optional<Target> target = Target::ios15) {
  INFO(text);
  PassedModule m = run_pass(coreml::legalise_pass(), text, target);
  compare(m, kFinite);
  INFO(m.text());
  if (!gone.empty()) CHECK_FALSE(m.has(gone));
  return m;
}

}  // namespace

TEST_CASE("shapes taken from other tensors") {
  const auto fill = [](std::string_view type) {
    return cat("func @main(%x: ", type,
               ") {\n %v = const splat<i32[]: 7>\n %y = fill_like(ref_tensor=%x, value=%v)\n %z = "
               "fill_like(ref_tensor=%x)\n return %y, %z\n}");
  };
  for (const char* type : {"f32[2,3]", "f32[N,3]", "f32[N,M]", "f32[]"})
    same(fill(type), "fill_like");
  CHECK(same(fill("f32[2,3]"), "", Target::ios16).has("fill_like"));
  const auto reshape =
      "func @main(%x: f32[N,6], %r: f32[N,4,M], %t: f32[2,2]) {\n %y = reshape_like(x=%x, "
      "ref_tensors=(%r, %t)) {begins=[0,-1], ends=[1,0], end_masks=[false,true]}\n %z = "
      "reshape(x=%y, shape=%s)\n return %z\n}";
  std::string text = reshape;
  text.replace(text.find(" %z = reshape"), 0, " %s = const dense<i32[1]: -1>\n");
  // N x 2 does not hold N x 6 elements: rejected by inference, so the sizes must agree.
  text =
      "func @main(%x: f32[N,6], %r: f32[N,3,M], %t: f32[2,2]) {\n %y = reshape_like(x=%x, "
      "ref_tensors=(%r, %t)) {begins=[0,-1], ends=[2,0], end_masks=[false,true]}\n return %y\n}";
  same(text, "reshape_like");
}

TEST_CASE("reshapes with zeros, to scalars") {
  const auto reshape = [](std::string_view type, std::string_view shape) {
    return cat("func @main(%x: ", type, ") {\n %s = const dense<i32", shape,
               ">\n %y = reshape(x=%x, shape=%s)\n return %y\n}");
  };
  same(reshape("f32[N,3,4]", "[4]: -1, 1, 0, 0"), "");
  same(reshape("f32[N,H,4]", "[2]: -1, 0"), "");
  same(reshape("f32[2,H,4]", "[4]: 1, 0, 0, 0"), "");
  CHECK(same("func @main(%x: f32[1,1]) {\n %s = const dense<i32[0]: >\n %y = reshape(x=%x, "
             "shape=%s)\n return %y\n}",
             "reshape")
            .has("squeeze"));
}

TEST_CASE("more than five dims between two reshapes") {
  const auto through = [](std::string_view x, std::string_view six, std::string_view perm,
                          std::string_view to) {
    return cat("func @main(%x: ", x, ") {\n %s = const dense<i32", six,
               ">\n %a = reshape(x=%x, shape=%s)\n %b = transpose(x=%a) {perm=", perm,
               "}\n %t = const dense<i32", to, ">\n %y = reshape(x=%b, shape=%t)\n return %y\n}");
  };
  // Windows of an image, a depth-to-space in three dims, and an order where nothing stays together.
  same(through("f32[2,4,6,3]", "[6]: 2, 2, 2, 3, 2, 3", "[0,1,3,2,4,5]", "[3]: -1, 4, 3"), "");
  same(through("f32[N,4,6,3]", "[6]: -1, 2, 2, 3, 2, 3", "[0,1,3,2,4,5]", "[3]: -1, 4, 3"), "");
  same(through("f32[1,16,2,2,2]", "[8]: 1, 2, 2, 2, 2, 2, 2, 2", "[0,1,5,2,6,3,7,4]",
               "[5]: 1, 2, 4, 4, 4"),
       "");
  same(through("f32[6,8,15]", "[6]: 2, 3, 4, 2, 5, 3", "[5,3,1,4,2,0]", "[2]: -1, 2"), "");
  const auto seen = run_pass(coreml::legalise_pass(),
                             "func @main(%x: f32[2,2,2,2,2,2]) {\n %y = exp(x=%x)\n return %y\n}");
  REQUIRE(seen.error);
  CHECK(seen.diagnostics.all()[0].error.message.find("rank 6") != std::string::npos);
}

TEST_CASE("channels for pixels, and operands without elements") {
  const auto text = [](std::string_view type) {
    return cat("func @main(%x: ", type,
               ") {\n %y = pixel_unshuffle(x=%x) {downscale_factor=2}\n return %y\n}");
  };
  same(text("f32[2,3,4,6]"), "pixel_unshuffle");
  same(text("f32[N,3,H,6]"), "pixel_unshuffle");
  const auto m = same(
      "func @main(%x: f32[2,3]) {\n %e = const dense<f32[2,0]: >\n %y = concat(values=(%e, %x)) "
      "{axis=1}\n %z = concat(values=(%x, %e, %x)) {axis=1}\n return %y, %z\n}",
      "");
  CHECK(m.text().find("[2,0]") == std::string::npos);
}

TEST_CASE("gather with batch dims") {
  const auto gather = [](std::string_view x, std::string_view indices, std::string_view attrs) {
    return cat("func @main(%x: ", x, ") {\n %i = const dense<i32", indices,
               ">\n %y = gather(x=%x, indices=%i) {", attrs, "}\n return %y\n}");
  };
  const auto two = "[2,3]: 1, 0, 3, 2, 2, 0";
  same(gather("f32[2,4]", two, "axis=1, batch_dims=1"), "");
  same(gather("f32[2,4,5]", two, "axis=1, batch_dims=1"), "");
  same(gather("f32[2,5,4]", two, "axis=2, batch_dims=1"), "");
  same(gather("f32[2,5,4,3]", two, "axis=-2, batch_dims=1"), "");
  same(gather("f32[N,4,5]", two, "axis=1, batch_dims=1"), "");
  same(gather("f32[2,3,4]", "[2,3,1]: 1, 0, 3, 2, 2, 0", "axis=2, batch_dims=2"), "");
  const auto m = same(gather("f32[2,4]", two, "axis=1, batch_dims=1"), "", Target::ios16);
  CHECK(m.text().find("batch_dims=1") != std::string::npos);
  const auto nd = [](std::string_view x) {
    return cat("func @main(%x: ", x,
               ") {\n %i = const dense<i32[2,2,1]: 1, 0, 3, 2>\n %y = gather_nd(x=%x, indices=%i) "
               "{batch_dims=1}\n return %y\n}");
  };
  same(nd("f32[2,4]"), "");
  same(nd("f32[2,4,3]"), "");
  same(
      "func @main(%x: f32[4]) {\n %i = const dense<i32[2]: 1, 0>\n %y = gather(x=%x, indices=%i) "
      "{validate_indices=true}\n return %y\n}",
      "");
}

TEST_CASE("topk of old targets") {
  same(
      "func @main(%x: f32[3,7]) {\n %v = topk(x=%x) {k=2, sort=true, return_indices=false}\n "
      "return %v\n}",
      "");
  same("func @main(%x: f32[3,7]) {\n %v, %i = topk(x=%x) {k=-1, ascending=true}\n return %v, %i\n}",
       "");
}

TEST_CASE("slice_update before iOS 18") {
  const auto update = [](std::string_view x, std::string_view u, std::string_view begin,
                         std::string_view end, std::string_view stride, std::string_view attrs) {
    return cat("func @main(%x: ", x, ", %u: ", u, ") {\n %b = const dense<i32", begin,
               ">\n %e = const dense<i32", end, ">\n %s = const dense<i32", stride,
               ">\n %y = slice_update(x=%x, update=%u, begin=%b, end=%e, stride=%s) {", attrs,
               "}\n return %y\n}");
  };
  for (const char* dtype : {"f32", "i32", "bool"}) {
    same(
        update(cat(dtype, "[5,6]"), cat(dtype, "[2,3]"), "[2]: 1, 2", "[2]: 3, 5", "[2]: 1, 1", ""),
        "slice_update");
  }
  same(update("f32[5,6]", "f32[2,6]", "[2]: -3, 0", "[2]: -1, 0", "[2]: 1, 1",
              "end_mask=[false,true]"),
       "slice_update");
  same(update("f32[5,6]", "f32[3,2]", "[2]: 0, 5", "[2]: 5, 1", "[2]: 2, -3", ""), "slice_update");
  same(update("f32[5,6]", "f32[6]", "[2]: 3, 0", "[2]: 0, 0", "[2]: 1, 1",
              "begin_mask=[false,true], end_mask=[false,true], squeeze_mask=[true,false]"),
       "slice_update");
  same(update("f32[N,6]", "f32[N,2]", "[2]: 0, 1", "[2]: 0, 3", "[2]: 1, 1",
              "begin_mask=[true,false], end_mask=[true,false]"),
       "slice_update");
  // At a place computed at run time.
  same(
      "func @main(%x: f32[5,6], %u: f32[1,6], %r: f32[M]) {\n %l = shape(x=%r)\n %z = const "
      "dense<i32[1]: 0>\n %o = const dense<i32[1]: 1>\n %m = add(x=%l, y=%o)\n %b = "
      "concat(values=(%l, %z)) {axis=0}\n %e = concat(values=(%m, %z)) {axis=0}\n %y = "
      "slice_update(x=%x, update=%u, begin=%b, end=%e) {end_mask=[false,true]}\n return %y\n}",
      "slice_update");
}

TEST_CASE("random numbers with parameters computed at run time") {
  same(
      "func @main(%a: f32[], %b: f32[]) {\n %s = const dense<i32[2]: 3, 4>\n %x = "
      "random_uniform(shape=%s, low=%a, high=%b) {seed=5}\n %y = random_normal(shape=%s, mean=%a, "
      "stddev=%b) {seed=6}\n %z = random_bernoulli(shape=%s, prob=%a) {seed=7}\n return %x, %y, "
      "%z\n}",
      "random_bernoulli");
}

TEST_CASE("reductions over nothing") {
  for (const char* op :
       {"reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_prod", "reduce_l1_norm",
        "reduce_l2_norm", "reduce_sum_square", "reduce_log_sum_exp", "reduce_log_sum"}) {
    same(cat("func @main(%x: f32[3,4]) {\n %y = ", op, "(x=%x) {axes=[]}\n return %y\n}"), op);
  }
  CHECK(same("func @main(%x: f32[3,4,2]) {\n %y = cumsum(x=%x) {axis=-2}\n return %y\n}", "")
            .text()
            .find("axis=1") != std::string::npos);
}

TEST_CASE("quantisation before iOS 17") {
  for (const char* q : {"i8", "u8", "i16", "u16"}) {
    const auto round_trip =
        cat("func @main(%x: f32[2,3]) {\n %s = const splat<f32[]: 0.05>\n %z = const splat<", q,
            "[]: 3>\n %q = quantize(input=%x, zero_point=%z, scale=%s) {output_dtype=", q,
            "}\n %y = dequantize(input=%q, zero_point=%z, scale=%s)\n return %q, %y\n}");
    same(round_trip, "quantize");
    CHECK(same(round_trip, "", Target::ios17).has("quantize") == (std::string_view(q).size() == 2));
  }
  same(
      "func @main(%x: f32[2,3,4]) {\n %s = const dense<f32[3]: 0.05, 0.1, 2>\n %z = const "
      "dense<i8[3]: 3, 0, -7>\n %q = quantize(input=%x, zero_point=%z, scale=%s) {axis=1, "
      "output_dtype=i8}\n %y = dequantize(input=%q, zero_point=%z, scale=%s) {axis=-2}\n return "
      "%y\n}",
      "quantize");
  const auto weight =
      "func @main(%x: f32[2,3]) {\n %q = const dense<u8[2,3]: 1, 2, 3, 4, 5, 200>\n %s = const "
      "dense<f32[2]: 0.5, 0.25>\n %w = dequantize(input=%q, scale=%s) {axis=0}\n %y = linear(x=%x, "
      "weight=%w)\n return %y\n}";
  CHECK(same(weight, "dequantize", Target::ios16).has("constexpr_affine_dequantize"));
  CHECK_FALSE(run_pass(coreml::legalise_pass(), weight, Target::ios15).has("dequantize"));
}

TEST_CASE("compressed weights on targets that do not know them") {
  const auto text =
      "func @main(%x: f32[2,3]) {\n %q = const dense<u8[2,3]: 1, 2, 3, 4, 5, 200>\n %z = const "
      "splat<u8[]: 7>\n %s = const splat<f32[]: 0.5>\n %w = "
      "constexpr_affine_dequantize(quantized_data=%q, zero_point=%z, scale=%s)\n %y = linear(x=%x, "
      "weight=%w)\n return %y\n}";
  const auto m = same(text, "constexpr_affine_dequantize");
  REQUIRE(m.diagnostics.all().size() == 1);
  CHECK(m.diagnostics.all()[0].error.code == Code::W3104);
  CHECK(same(text, "", Target::ios16).has("constexpr_affine_dequantize"));
}

TEST_CASE("boxes and sizes of images before iOS 17") {
  same(
      "func @main(%x: f32[2,3,5,6]) {\n %b = const dense<f32[3,4]: 0, 0, 3, 3, 1, 1, 4, 5, 0.5, "
      "1.5, 3, 4>\n %i = const dense<i32[3]: 0, 1, 1>\n %y = crop_resize(x=%x, boxes=%b, "
      "box_indices=%i) {target_height=2, target_width=3}\n return %y\n}",
      "");
  same(
      "func @main(%x: f32[2,3,5,6]) {\n %b = const dense<f32[2,4]: 0, 0, 3, 3, 1, 1, 4, 5>\n %y = "
      "crop_resize(x=%x, boxes=%b) {target_height=2, target_width=3}\n return %y\n}",
      "");
  for (const char* mode : {"LINEAR", "NEAREST_NEIGHBOR"}) {
    same(cat("func @main(%x: f32[2,3,5,6]) {\n %s = const dense<i32[2]: 7, 9>\n %y = resize(x=%x, "
             "shape=%s) {interpolation_mode=\"",
             mode, "\"}\n return %y\n}"),
         "resize");
  }
}

TEST_CASE("bands around another diagonal than the main one") {
  for (const char* type : {"f32[5,6]", "f32[2,N,M]", "i32[N,6]", "bool[4,4]"}) {
    for (const int diagonal : {-9, -2, -1, 1, 2, 9}) {
      for (const char* limits : {"lower=0", "upper=0", "lower=0, upper=0", "lower=1, upper=3"}) {
        const auto m = same(cat("func @main(%x: ", type, ") {\n %y = band_part(x=%x) {", limits,
                                ", diagonal=", diagonal, "}\n return %y\n}"),
                            "");
        CHECK(m.text().find("diagonal") == std::string::npos);
      }
    }
  }
}

TEST_CASE("the last of equal extremes") {
  for (const auto& [kind, dims] :
       {std::pair("i8", "[3,7]"), {"i32", "[N,7,M]"}, {"f32", "[2,N]"}}) {
    for (const char* attrs : {"", ", axis=0, keep_dims=true", ", output_dtype=i64"}) {
      for (const char* op : {"reduce_argmax", "reduce_argmin"}) {
        const auto m = same(cat("func @main(%x: ", kind, dims, ") {\n %two = const splat<", kind,
                                "[]: 2>\n %t = mod(x=%x, y=%two)\n %y = ", op, "(x=%t) {last=true",
                                attrs, "}\n return %y\n}"),
                            "");
        CHECK(m.text().find("last=") == std::string::npos);
      }
    }
  }
}
