#include "api/explain.h"

#include <algorithm>
#include <cctype>

#include "api/exit_code.h"
#include "api/schema.h"
#include "base/strings.h"
#include "tests/support/catch.h"

namespace corecast::api {
namespace {

std::string fact(const Explanation& e, std::string_view key) {
  for (const auto& [name, value] : e.facts) {
    if (name == key) return value;
  }
  return {};
}

}  // namespace

TEST_CASE("everything that can be explained is") {
  for (const auto& name : explained_names()) {
    CAPTURE(name);
    const auto e = explain(name);
    REQUIRE(e);
    CHECK_FALSE(e->title.empty());
    CHECK(e->text.size() > e->title.size());
    CHECK(e->text.back() == '.');
    const std::string text = to_text(*e);
    CHECK(text.starts_with(cat(e->name, ": ", e->title, "\n\n")));
    const auto lines = split(text, '\n');
    for (std::size_t i = 1; i < lines.size(); ++i) CHECK(lines[i].size() <= 80);
  }
}

TEST_CASE("codes: the register is sound") {
  for (const CodeInfo& info : all_codes()) {
    CAPTURE(info.name);
    CHECK((info.name[0] == 'E') == (info.kind != ErrorKind::notice));
    CHECK(code_from_name(info.name) == info.code);
    CHECK(&info_of(info.code) == &info);
    CHECK(std::isalpha(static_cast<unsigned char>(info.title.front())));
    CHECK_FALSE(info.title.ends_with('.'));
  }
  const auto in_order = [](const CodeInfo& a, const CodeInfo& b) {
    constexpr std::string_view letters = "EWN";
    return std::pair(letters.find(a.name[0]), a.name) < std::pair(letters.find(b.name[0]), b.name);
  };
  CHECK(std::is_sorted(all_codes().begin(), all_codes().end(), in_order));
  CHECK(code_from_name("E0000") == std::nullopt);
}

TEST_CASE("a code, a target, a scheme") {
  const Explanation code = explain("e3001").value();
  CHECK(code.name == "E3001");
  CHECK(code.topic == "error");
  CHECK(fact(code, "exit code") == "3");
  CHECK(fact(code, "in Python") == "UnsupportedError");
  CHECK(explain("W3102")->topic == "warning");
  CHECK(explain("N2010")->facts.empty());

  const Explanation target = explain("macOS15").value();
  CHECK(target.name == "ios18");
  CHECK(fact(target, "specification version") == "9");
  CHECK(fact(target, "MIL opset") == "CoreML8");
  CHECK(fact(target, "ops that came with it").find("scaled_dot_product_attention") !=
        std::string::npos);
  CHECK(fact(target, "schemes that came with it").find("--palettize 4 --granularity group:16") !=
        std::string::npos);

  const Explanation scheme = explain("Palettize").value();
  CHECK(fact(scheme, "--palettize 4") == "palettize 4-bit tensor, since ios16");
  CHECK(fact(scheme, "--palettize 8 --vector 4").ends_with("since ios18"));
  CHECK(fact(scheme, "in a recipe, bits") == "1, 2, 3, 4, 6, 8");
  CHECK(fact(scheme, "in a recipe, granularity") == "tensor|channel|group:N");
}

TEST_CASE("what nobody knows") {
  const auto near = explain("palletize");
  CHECK(near.error().code == Code::E1028);
  CHECK(near.error().help == "did you mean \"palettize\"?");
  CHECK(explain("").error().code == Code::E1028);
  CHECK(explain("a sandwich").error().help.find("E2001") != std::string::npos);
}

TEST_CASE("exit codes and exceptions of failures") {
  CHECK(exit_code(kind_of(Code::E4103)) == 1);
  CHECK(exit_code(kind_of(Code::E1012)) == 2);
  CHECK(exit_code(kind_of(Code::E2001)) == 2);
  CHECK(exit_code(kind_of(Code::E3001)) == 3);
  CHECK(exit_code(kind_of(Code::E4001)) == 4);
  CHECK(exit_code(kind_of(Code::E5103)) == 5);
  CHECK(exit_code(kind_of(Code::E9000)) == 70);
  CHECK(exit_code(kind_of(Code::E5104)) == 130);
  CHECK(exception_name(ErrorKind::absent) == std::string("AbsentError"));
  CHECK_THROWS_AS(exit_code(ErrorKind::notice), InternalError);
}

TEST_CASE("the schema of codes has all of them") {
  const std::string page = schema_markdown("errors").value();
  for (const CodeInfo& info : all_codes())
    CHECK(page.find(cat("\n## ", info.name, ": ", info.title, "\n")) != std::string::npos);
}

}  // namespace corecast::api
