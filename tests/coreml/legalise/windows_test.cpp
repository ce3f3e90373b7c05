// Convolutions and pools against what they are mapped to.
#include "converter/coreml/legalise/legalise.h"
#include "tests/passes/equivalence.h"

using namespace corecast;
using namespace corecast::test;
using mil::Target;

namespace {

const CompareOptions kFinite{
    .tolerance = 1e-5, .edges = false, .symbols = {{"N", 2}, {"H", 7}, {"W", 6}}};

PassedModule same(const std::string& text, std::optional<Target> target = {},
                  CompareOptions options = kFinite) {
  INFO(text);
  PassedModule m = run_pass(coreml::legalise_pass(), text, target);
  compare(m, options);
  return m;
}
std::string pool(std::string_view op, std::string_view type, std::string_view attrs) {
  return cat("func @main(%x: ", type, ") {\n %y = ", op, "(x=%x) {", attrs, "}\n return %y\n}");
}
bool says(const PassedModule& m, std::string_view text) {
  return m.text().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("pools that MIL has are left alone") {
  const auto plain = same(pool("max_pool", "f32[1,2,7,6]",
                               "kernel_sizes=[3,2], strides=[2,2], pad_type=\"custom\", "
                               "pad=[1,1,0,0], ceil_mode=true"));
  CHECK(says(plain, "ceil_mode=true"));
  CHECK_FALSE(says(same(pool("avg_pool", "f32[1,2,7,6]", "kernel_sizes=[3,2], dilations=[1,1]")),
                   "dilations"));
}

TEST_CASE("sizes rounded up where MIL does not") {
  for (const char* op : {"max_pool", "avg_pool", "l2_pool"}) {
    for (const char* pads : {"[0,1,1,0]", "[0,0,0,1]", "[1,0,2,1]"}) {
      for (const char* strides : {"[2,2]", "[3,2]", "[1,3]", "[4,4]"}) {
        for (const char* type : {"f32[1,2,7,6]", "f32[1,2,8,9]"}) {
          const auto attrs = cat("kernel_sizes=[3,3], strides=", strides,
                                 ", pad_type=\"custom\", pad=", pads, ", ceil_mode=true");
          CHECK_FALSE(says(same(pool(op, type, attrs)), "ceil_mode"));
          if (std::string_view(op) == "avg_pool")
            same(pool(op, type, attrs + ", exclude_padding_from_average=true"));
        }
      }
    }
    CHECK_FALSE(says(
        same(pool(op, "f32[1,2,5,6,7]", "kernel_sizes=[2,2,3], strides=[2,2,2], ceil_mode=true")),
        "ceil_mode"));
    // Sizes known at run time.
    for (const char* type : {"f32[N,2,H,W]"}) {
      const auto attrs =
          "kernel_sizes=[3,3], strides=[2,2], pad_type=\"custom\", pad=[0,1,1,0], ceil_mode=true";
      CHECK_FALSE(says(same(pool(op, type, attrs)), "ceil_mode"));
    }
  }
  // A last window in the padding is dropped, depending on the size.
  const auto m = run_pass(coreml::legalise_pass(),
                          pool("max_pool", "f32[1,2,H,W]",
                               "kernel_sizes=[2,2], strides=[4,4], pad_type=\"custom\", "
                               "pad=[0,1,0,1], ceil_mode=true"));
  REQUIRE(m.error);
  CHECK(m.error->code == Code::E3003);
}

TEST_CASE("dilated windows, deep and integer pools") {
  for (const char* op : {"max_pool", "avg_pool", "l2_pool"}) {
    for (const char* type : {"f32[1,2,9,8]", "f32[N,2,H,8]"}) {
      for (const char* pads : {"", ", pad_type=\"custom\", pad=[1,1,2,0]"}) {
        const auto attrs = cat("kernel_sizes=[2,3], strides=[2,1], dilations=[2,2]", pads);
        CHECK_FALSE(says(same(pool(op, type, attrs)), "dilations"));
      }
    }
    same(pool(op, "f32[1,2,9,8]",
              "kernel_sizes=[2,2], strides=[3,3], dilations=[3,2], ceil_mode=true"));
  }
  same(pool("avg_pool", "f32[1,2,9,8]",
            "kernel_sizes=[2,2], dilations=[2,2], pad_type=\"custom\", pad=[1,0,2,1], "
            "exclude_padding_from_average=true"));
  CHECK_FALSE(says(same(pool("l2_pool", "f32[1,2,5,4,3]",
                             "kernel_sizes=[2,2,2], pad_type=\"custom\", pad=[1,0,0,1,0,0]")),
                   "l2_pool"));
  same(pool("max_pool", "i32[1,2,9,8]", "kernel_sizes=[2,2]"));
  same(pool("max_pool", "i32[1,2,9,8]",
            "kernel_sizes=[2,2], dilations=[2,1], pad_type=\"custom\", pad=[1,0,1,0]"));
}

TEST_CASE("same_lower before iOS 16") {
  const auto attrs = "kernel_sizes=[2,3], strides=[1,2], pad_type=\"same_lower\"";
  CHECK_FALSE(says(same(pool("max_pool", "f32[1,2,7,6]", attrs), Target::ios15), "same_lower"));
  CHECK(says(same(pool("max_pool", "f32[1,2,7,6]", attrs), Target::ios16), "same_lower"));
  const auto conv =
      "func @main(%x: f32[1,2,7,6]) {\n %w = const seq<f32[3,2,2,2]: -1, 0.125>\n %y = conv(x=%x, "
      "weight=%w) {pad_type=\"same_lower\", strides=[2,1]}\n return %y\n}";
  CHECK_FALSE(says(same(conv, Target::ios15), "same_lower"));
  CHECK(says(same(conv, Target::ios17), "same_lower"));
}

TEST_CASE("biases computed at run time") {
  const auto text =
      "func @main(%x: f32[1,2,7,6], %b: f32[3]) {\n %w = const seq<f32[3,2,2,2]: -1, 0.125>\n %v = "
      "const seq<f32[2,3,2,2]: -1, 0.125>\n %y = conv(x=%x, weight=%w, bias=%b)\n %z = "
      "conv_transpose(x=%x, weight=%v, bias=%b)\n return %y, %z\n}";
  CHECK(same(text, Target::ios15).has("add"));
  CHECK_FALSE(same(text, Target::ios17).has("add"));
}

TEST_CASE("output_padding of transposed convolutions") {
  const auto conv = [](std::string_view x, std::string_view attrs) {
    return cat("func @main(%x: ", x,
               ") {\n %w = const seq<f32[4,3,3,2]: -1, 0.0625>\n %b = const seq<f32[6]: 1, 1>\n %y "
               "= conv_transpose(x=%x, weight=%w, bias=%b) {groups=2, ",
               attrs, "}\n return %y\n}");
  };
  for (const char* type : {"f32[1,4,5,4]", "f32[N,4,H,W]", "f32[N,4,5,4]"}) {
    for (const char* pads : {"pad_type=\"valid\"", "pad_type=\"custom\", pad=[1,1,0,1]",
                             "pad_type=\"custom\", pad=[0,2,1,0]", "pad_type=\"same\""}) {
      for (const char* extra : {"[1,1]", "[0,2]", "[0,0]", "[2,0]"}) {
        for (const char* steps : {"strides=[3,3]", "strides=[2,3], dilations=[2,1]"}) {
          const auto m = same(conv(type, cat(pads, ", output_padding=", extra, ", ", steps)));
          CHECK_FALSE(says(m, "output_padding"));
        }
      }
    }
  }
}
