// The table of formats, and who is asked what.
#include <set>

#include "api/model.h"
#include "converter/frontend.h"
#include "tests/coreml/temp_folder.h"
#include "tests/emit/toy/toy.h"
#include "tests/support/catch.h"

namespace corecast::converter {

TEST_CASE("every row is complete, and no two share a name") {
  std::set<std::string_view> names;
  for (const Frontend* row : frontends()) {
    CHECK(names.insert(row->name).second);
    CHECK_FALSE(row->title.empty());
    CHECK_FALSE(row->noun.empty());
    CHECK(row->sniff);
    CHECK(row->import);
    CHECK((row->operators != nullptr) == !row->coverage.empty());
  }
  CHECK(names.contains(api::kPackageFormat));
}

TEST_CASE("files are told apart by ending and by content") {
  TempFolder folder;
  const auto name = [&](const char* file, const std::string& text) {
    write_text(folder / file, text);
    return frontend_of(folder / file, {&toy::frontend()}).name;
  };
  CHECK(name("a.onnx", "") == "onnx");
  CHECK(name("b.bin", std::string("\x08\x09", 2)) == "onnx");
  CHECK(name("c.toy.json", "{}") == "toy");
  CHECK(name("d.mlmodel", "") == "coreml");
  CHECK(frontend_of(folder.path().string()).name == "coreml");  // a folder is a package
  // What nobody knows goes to the last row, which says why it cannot be read.
  CHECK(name("e.txt", "hello") == frontends().back()->name);
  CHECK(frontend_of(folder / "missing").name == frontends().back()->name);
  CHECK(frontend_of(folder / "c.toy.json").name == frontends().back()->name);  // not among `more`
}

TEST_CASE("a format whose interface is fixed takes no options, and says so in its own words") {
  TempFolder folder;
  std::filesystem::create_directory(folder / "m.mlpackage");
  Diagnostics diagnostics;
  const auto model = api::load(folder / "m.mlpackage", {.inputs = {"x[1]"}}, diagnostics);
  REQUIRE_FALSE(model);
  CHECK(model.error().code == Code::E1008);
  CHECK(model.error().message.starts_with("a Core ML package's interface is fixed"));
}

}  // namespace corecast::converter
