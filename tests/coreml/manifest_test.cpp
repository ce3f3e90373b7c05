#include "converter/coreml/manifest.h"

#include "tests/support/catch.h"

namespace corecast::coreml {
namespace {

constexpr const char* kGood = R"({
    "fileFormatVersion": "1.0.0",
    "itemInfoEntries": {
        "A": {
            "author": "com.apple.CoreML",
            "description": "CoreML Model Specification",
            "name": "model.mlmodel",
            "path": "com.apple.CoreML/model.mlmodel"
        }
    },
    "rootModelIdentifier": "A"
}
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

std::string outcome(const std::string& text) {
  const auto manifest = parse_manifest(as_bytes(text));
  return manifest ? "ok" : std::string(name_of(manifest.error().code));
}

}  // namespace

TEST_CASE("a manifest is read and written back unchanged") {
  const auto manifest = parse_manifest(as_bytes(kGood)).value();
  CHECK(manifest.root_id == "A");
  CHECK(manifest.find("A")->path == "com.apple.CoreML/model.mlmodel");
  CHECK(manifest.find("B") == nullptr);
  CHECK(manifest_text(manifest) == kGood);
}

TEST_CASE("unknown keys and older versions are accepted") {
  CHECK(outcome(replaced(kGood, "{\n", "{\"more\": [1, {}],\n")) == "ok");
  CHECK(outcome(replaced(kGood, "1.0.0", "0.9.7")) == "ok");
}

TEST_CASE("a malformed manifest is refused") {
  CHECK(outcome("") == "E2401");
  CHECK(outcome("[]") == "E2401");
  CHECK(outcome(std::string(kGood) + "x") == "E2401");
  CHECK(outcome(replaced(kGood, "\"path\"", "\"name\"")) == "E2401");      // a key twice
  CHECK(outcome(replaced(kGood, "\"author\"", "\"writer\"")) == "E2401");  // a key missing
  CHECK(outcome(replaced(kGood, "\"com.apple.CoreML\"", "7")) == "E2401");
  CHECK(outcome(replaced(kGood, "1.0.0", "1.0.1")) == "E2401");
  CHECK(outcome(replaced(kGood, "1.0.0", "2.0.0")) == "E2401");
  CHECK(outcome(replaced(kGood, "1.0.0", "1.0")) == "E2401");
  CHECK(outcome(replaced(kGood, "1.0.0", "1.0.-1")) == "E2401");
  CHECK(outcome(replaced(kGood, "Identifier\": \"A\"", "Identifier\": \"B\"")) == "E2401");
  CHECK(outcome(replaced(kGood, "\"description\"",
                         "\"x\": " + std::string(99, '[') + std::string(99, ']') +
                             ", \"description\"")) == "E2401");
  CHECK(outcome(std::string(2 << 20, ' ') + kGood) == "E2401");
}

TEST_CASE("a path that leaves the package is refused") {
  for (const char* path : {"../x", "/etc/passwd", "a//b", "a/./b", "a/..", "", "a\\\\..\\\\b"}) {
    CAPTURE(path);
    CHECK(outcome(replaced(kGood, "com.apple.CoreML/model.mlmodel", path)) == "E2401");
  }
  CHECK_FALSE(is_contained_path(std::string_view("a\0b", 3)));
  CHECK(is_contained_path("a/b..c/.d"));
}

}  // namespace corecast::coreml
