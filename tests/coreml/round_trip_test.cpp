// What is written reads back as the same module, and the bytes do not depend on anything else.
#include "converter/coreml/mil_reader.h"
#include "converter/coreml/mil_writer.h"
#include "ir/print.h"
#include "tests/coreml/temp_folder.h"
#include "tests/support/parsed.h"

namespace corecast::coreml {
namespace {

using test::parsed;

std::string text_of(const ir::Module& module) {
  return ir::print(module, {.dense_limit = 64, .locations = false, .references = nullptr});
}

struct Outcome {
  std::string text;  ///< of the module read back
  WriteReport report;
};

Outcome round_trip(const std::string& text, const WriteOptions& options = {}) {
  TempFolder folder;
  const auto module = parsed(text);
  Outcome out;
  auto report = write_package(module, folder / "m.mlpackage", options);
  if (!report) FAIL(report.error().to_string());
  out.report = *report;
  Diagnostics diagnostics;
  auto back = read_package(folder / "m.mlpackage", diagnostics);
  if (!back) {
    for (const auto& d : diagnostics.all()) UNSCOPED_INFO(d.error.to_string());
    FAIL(back.error().to_string());
  }
  // Reading ties a function to its opset; the texts here leave that open.
  for (auto& f : back->functions) f.opset.clear();
  back->source_format.clear();
  out.text = text_of(*back);
  return out;
}

std::string write_error_of(const std::string& text, const WriteOptions& options = {}) {
  TempFolder folder;
  const auto report = write_package(parsed(text), folder / "m.mlpackage", options);
  CHECK(folder.entries() == (report ? 1 : 0));
  return report ? "ok" : std::string(name_of(report.error().code));
}

constexpr const char* kSmall = R"(func @main(%x: f32[1,4,8,8]) {
  %w = const splat<f32[3,4,3,3]: 0.5>
  %b = const dense<f32[3]: 1.0, 2.0, 3.0>
  %c = conv(x=%x, weight=%w, bias=%b) {strides=[1,1], pad_type="same", pad=[0,0,0,0], dilations=[1,1]}
  %y = relu(x=%c)
  return %y
}
)";

}  // namespace

TEST_CASE("a convolution reads back as it was") {
  const auto out = round_trip(kSmall);
  CHECK(out.text == text_of(parsed(kSmall)));
  CHECK(out.report.target == mil::Target::ios15);
  CHECK(out.report.blobs == 1);
  CHECK(out.report.weight_bytes == 128 + 432);
}

TEST_CASE("the same module gives the same bytes") {
  TempFolder folder;
  for (const char* name : {"a.mlpackage", "b.mlpackage"}) {
    write_package(parsed(kSmall), folder / name).value();
  }
  for (const char* part : {"/Manifest.json", "/Data/com.apple.CoreML/model.mlmodel",
                           "/Data/com.apple.CoreML/weights/weight.bin"}) {
    CHECK(read_text((folder / "a.mlpackage") + part) == read_text((folder / "b.mlpackage") + part));
  }
}

TEST_CASE("constants of one buffer or of equal small content share a blob") {
  const auto out = round_trip(R"(func @main(%x: f32[16]) {
  %a = const splat<f32[16]: 0.5>
  %b = const splat<f32[16]: 0.5>
  %c = const splat<f32[16]: 0.25>
  %1 = add(x=%x, y=%a)
  %2 = add(x=%1, y=%b)
  %3 = add(x=%2, y=%c)
  return %3 {name="y"}
})");
  CHECK(out.report.blobs == 2);
}

TEST_CASE("names become identifiers, uniquely, and changes are reported") {
  const auto out = round_trip(R"(func @main(%"in.put": f32[2]) {
  %"a/b" = relu(x=%"in.put")
  %a_b = relu(x=%"a/b")
  %state = relu(x=%a_b)
  %"1" = relu(x=%state)
  return %"1"
})");
  CHECK(out.report.renamed.at("main") ==
        std::vector<std::pair<std::string, std::string>>{{"in.put", "in_put"},
                                                         {"1", "var_1"},
                                                         {"a/b", "a_b"},
                                                         {"a_b", "a_b_0"},
                                                         {"state", "state_workaround"}});
  CHECK(out.text.find("%var_1 = relu(x=%state_workaround)") != std::string::npos);
}

TEST_CASE("outputs that cannot carry their name get an identity") {
  const auto out = round_trip(R"(func @main(%x: f32[2], %unused: f32[3]) {
  %c = const dense<f32[2]: 1.0, 2.0>
  %y = relu(x=%x)
  return %x {name="same"}, %y, %y {name="again"}, %c {name="constant"}
})");
  CHECK(out.text.find("%unused_tmp = identity(x=%unused)") != std::string::npos);
  CHECK(out.text.find("%same = identity(x=%x)") != std::string::npos);
  CHECK(out.text.find("%again = identity(x=%y)") != std::string::npos);
  CHECK(out.text.find("return %same, %y, %again, %constant") != std::string::npos);
}

TEST_CASE("flexible shapes keep their symbols and ranges") {
  const auto text = R"(func @main(%x: f32[N,3], %m: f32[2*N,3]) with N=2..64 {
  %y = relu(x=%x)
  %z = relu(x=%m)
  return %y, %z
})";
  const auto out = round_trip(text);
  CHECK(out.text.find("f32[N,3]") != std::string::npos);
  CHECK(out.text.find("f32[2*N,3]") != std::string::npos);
  CHECK(out.text.find("with N=2..64") != std::string::npos);
}

TEST_CASE("a size without an upper bound gets one, with a warning, or is refused") {
  const auto text = "func @main(%x: f32[N,3]) {\n %y = relu(x=%x)\n return %y\n}";
  CHECK(write_error_of(
            text, {.target = {}, .user_metadata = {}, .assumed_upper_bound = 0, .cancelled = {}}) ==
        "E2509");
  TempFolder folder;
  Diagnostics diagnostics;
  write_package(parsed(text), folder / "m.mlpackage", {}, diagnostics).value();
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].severity == Severity::warning);
}

TEST_CASE("the target follows from what is used") {
  const auto target = [](const std::string& text) { return round_trip(text).report.target; };
  CHECK(target("func @main(%x: f32[2]) {\n %y = relu(x=%x)\n return %y\n}") == mil::Target::ios15);
  CHECK(target("func @main(%x: f16[2]) {\n %y = relu(x=%x)\n return %y\n}") == mil::Target::ios16);
  CHECK(write_error_of("func @main(%x: f16[2]) {\n %y = relu(x=%x)\n return %y\n}",
                       {.target = mil::Target::ios15, .user_metadata = {}, .cancelled = {}}) ==
        "E2501");
  // What came later than its op: a value of a parameter, an element type, a meaning.
  const auto pool = [](std::string_view pads) {
    return cat("func @main(%x: f32[1,2,6]) {\n %y = max_pool(x=%x) {kernel_sizes=[2], pad_type=\"",
               pads, "\"}\n return %y\n}");
  };
  CHECK(target(pool("same")) == mil::Target::ios15);
  CHECK(target(pool("same_lower")) == mil::Target::ios16);
  const auto layer = [](std::string_view type) {
    return cat(
        "func @main(%x: ", type, "[5,2,3], %h: ", type, "[2,4]) {\n %w = const splat<", type,
        "[4,3]: 0.5>\n %r = const splat<", type,
        "[4,4]: 0.5>\n %y, %z = rnn(x=%x, initial_h=%h, weight_ih=%w, weight_hh=%r)\n return "
        "%z\n}");
  };
  CHECK(target(layer("f32")) == mil::Target::ios15);
  CHECK(target(layer("f16")) == mil::Target::ios17);
  const auto reshaped = [](std::string_view to) {
    return cat("func @main(%x: f32[2,3,4]) {\n %s = const dense<i32[2]: ", to,
               ">\n %y = reshape(x=%x, shape=%s)\n return %y\n}");
  };
  CHECK(target(reshaped("6, 4")) == mil::Target::ios15);
  CHECK(target(reshaped("6, 0")) == mil::Target::ios17);
  CHECK(write_error_of("func @main(%x: f64[2]) {\n %y = relu(x=%x)\n return %y\n}") == "E2502");
  CHECK(write_error_of("func @main(%x: f32[1,1,1,1,1,2]) {\n %y = relu(x=%x)\n return %y\n}") ==
        "E2504");
  CHECK(write_error_of(
            "func @main(%x: f32[2]) {\n %y = is_nan(x=%x)\n %z = cast(x=%y)\n return %z\n}") ==
        "E2501");
}

TEST_CASE("several functions share their weights") {
  const auto out = round_trip(R"(func @a(%x: f32[16]) {
  %w = const splat<f32[16]: 0.5>
  %y = mul(x=%x, y=%w)
  return %y
}
func @main(%x: f32[16]) {
  %w = const splat<f32[16]: 0.5>
  %y = add(x=%x, y=%w)
  return %y
})");
  CHECK(out.report.target == mil::Target::ios18);
  CHECK(out.report.blobs == 1);
  CHECK(out.text.find("func @a(") != std::string::npos);
  CHECK(out.text.find("func @main(") != std::string::npos);
}

TEST_CASE("metadata, images and labels read back") {
  const auto text =
      R"(metadata {author="Ada", license="MIT", version="2", description="d", user={"k"="v"}}
labels "scores" ["cat", "dog", "cow"]
func @main(%x: f32[1,3,4,4] {image=bgr, description="a picture"}) {
  %r = relu(x=%x)
  %scores = reduce_mean(x=%r) {axes=[2,3]}
  return %scores
})";
  const auto out = round_trip(text);
  CHECK(out.text == text_of(parsed(text)));
}

TEST_CASE("nested blocks read back") {
  const auto text = R"(func @main(%x: f32[2], %p: f32[1]) {
  %zero = const dense<f32[1]: 0.0>
  %g = greater(x=%p, y=%zero)
  %axes = squeeze(x=%g)
  %y = cond(pred=%axes) : f32[2] {
    true_branch() {
      %k = const splat<f32[2]: 3.0>
      %a = add(x=%x, y=%k)
      yield %a
    }
    false_branch() {
      %b = relu(x=%x)
      yield %b
    }
  }
  return %y
})";
  CHECK(round_trip(text).text == text_of(parsed(text)));
}

}  // namespace corecast::coreml
