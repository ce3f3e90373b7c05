// Pipelines as text, and what the runner does around a pass.
#include "passes/pipeline.h"

#include <chrono>
#include <thread>

#include "converter/coreml/legalise/legalise.h"
#include "tests/passes/equivalence.h"

using namespace corecast;
using namespace corecast::test;

namespace {

ir::Module module_of(std::string_view text) {
  ir::Module m(ops::registry());
  m.functions.push_back(parse(text));
  return m;
}

const char* const kTwo =
    "func @main(%x: f32[4]) {\n %s = sigmoid(x=%x)\n %a = mul(x=%x, y=%s)\n %t = sigmoid(x=%a)\n "
    "%b = mul(x=%a, y=%t)\n return %b\n}";

}  // namespace

TEST_CASE("pipelines as text") {
  const auto p =
      passes::parse_pipeline("dce, fix(canonicalize,cse ,fix(dce)),legalise", coreml::passes());
  REQUIRE(p);
  REQUIRE(p->size() == 3);
  CHECK((*p)[1].group.size() == 3);
  CHECK((*p)[1].group[2].group[0].pass->name == "dce");
  const auto fails = [](std::string_view text, std::string_view message, std::string_view help) {
    const auto bad = passes::parse_pipeline(text);
    REQUIRE_FALSE(bad);
    CHECK(bad.error().code == Code::E1200);
    CHECK(bad.error().message.find(message) != std::string::npos);
    CHECK(bad.error().help.find(help) != std::string::npos);
  };
  fails("fuse-gelo", "no pass named 'fuse-gelo'", "did you mean 'fuse-gelu'?");
  fails("fix(dce", "missing ')'", "");
  fails("dce)", "unexpected ')'", "");
  fails("loop(dce)", "only fix takes a group", "");
  fails("fix(fix(fix(fix(fix(fix(fix(fix(fix(fix(dce))))))))))", "more than 8 deep", "");
}

TEST_CASE("every pass of the standard pipelines exists, and every pass has a text") {
  for (const auto* list : {&passes::own_passes(), &coreml::passes()}) {
    for (const bool fp16 : {true, false}) {
      const auto text = passes::standard_pipeline(*list, fp16);
      CHECK(passes::parse_pipeline(text, *list));
      CHECK((text.find("cast-fp16") != std::string::npos) == fp16);
    }
    std::set<std::string_view> names;
    for (const auto& pass : list->all()) {
      CHECK(names.insert(pass.name).second);
      CHECK(pass.doc.ends_with('.'));
      CHECK(list->find(pass.name) == &pass);
    }
    CHECK(std::is_sorted(list->all().begin(), list->all().end(),
                         [](const auto& a, const auto& b) { return a.name < b.name; }));
  }
}

TEST_CASE("a target's passes run in its order, behind the fusions") {
  const auto nothing = [](ir::Module&, passes::PassContext&) -> Result<bool> { return false; };
  const passes::PassList list({{.name = "second", .doc = "B.", .run = nothing},
                               {.name = "first", .doc = "A.", .run = nothing}});
  const auto text = passes::standard_pipeline(list, true);
  CHECK(text.find("dce),second,first,fix(canonicalize") != std::string::npos);
  CHECK(passes::parse_pipeline(text, list));
  CHECK_FALSE(passes::parse_pipeline(text));
  CHECK(passes::standard_pipeline(passes::own_passes(), true).find("second") == std::string::npos);
}

TEST_CASE("the runner reports, calls back and leaves out") {
  ir::Module m = module_of(kTwo);
  passes::PassContext context;
  std::vector<std::string> seen;
  passes::PipelineOptions options;
  options.after = [&](const passes::Pass& p, const ir::Module&) { seen.emplace_back(p.name); };
  auto runs = passes::run_pipeline(m, "cse,fuse-silu,fuse-gelu", context, options);
  REQUIRE(runs);
  REQUIRE(runs->size() == 3);
  CHECK_FALSE((*runs)[0].changed);
  CHECK((*runs)[1].changed);
  CHECK((*runs)[1].ops_before == 4);
  CHECK((*runs)[1].ops_after == 2);
  CHECK((*runs)[1].seconds >= 0);
  CHECK(seen == std::vector<std::string>{"fuse-silu"});
  CHECK(context.hits.at("silu") == 2);

  m = module_of(kTwo);
  options.disabled = {"fuse-silu"};
  runs = passes::run_pipeline(m, "cse,fuse-silu", context, options);
  REQUIRE(runs);
  CHECK(runs->size() == 1);
  CHECK(m.functions[0].op_count() == 4);
}

TEST_CASE("a rewrite budget stops rewriting, and never what the result needs") {
  for (const std::int64_t budget : {0, 1, 2, 3}) {
    ir::Module m = module_of(kTwo);
    passes::PassContext context;
    context.rewrite_budget = budget;
    REQUIRE(passes::run_pipeline(m, "fuse-silu", context));
    CHECK(m.functions[0].op_count() ==
          static_cast<std::size_t>(4 - std::min<std::int64_t>(2, budget)));
  }
  ir::Module m = module_of("func @main(%x: f64[4]) {\n %y = mish(x=%x)\n return %y\n}");
  passes::PassContext context;
  context.rewrite_budget = 0;
  REQUIRE(passes::run_pipeline(m, passes::standard_pipeline(coreml::passes(), false), context, {},
                               coreml::passes()));
  const auto text = ir::print(m);
  CHECK(text.find("mish") == std::string::npos);
  CHECK(text.find("f64") == std::string::npos);
}

TEST_CASE("errors carry the name of their pass") {
  ir::Module m = module_of("func @main(%x: f32[2,2,2,2,2,2]) {\n %y = exp(x=%x)\n return %y\n}");
  passes::PassContext context;
  Diagnostics diagnostics;
  context.diagnostics = &diagnostics;
  const auto runs = passes::run_pipeline(m, "legalise", context, {}, coreml::passes());
  REQUIRE_FALSE(runs);
  CHECK(runs.error().to_string().find("legalise") != std::string::npos);
}

TEST_CASE("a stop that is requested ends the pipeline within half a second") {
  ir::Module m = module_of(kTwo);
  std::atomic<bool> flag = false;
  passes::PassContext context;
  context.stop = &flag;
  passes::PipelineOptions options;
  std::vector<std::string> ran;
  options.after = [&](const passes::Pass& p, const ir::Module&) {
    ran.emplace_back(p.name);
    flag = true;
  };
  const auto stopped = passes::run_pipeline(m, "fuse-silu,dce,cse", context, options);
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code == Code::E5104);
  CHECK(stopped.error().kind() == ErrorKind::interrupted);
  CHECK(ran == std::vector<std::string>{"fuse-silu"});

  // From outside, in the middle of whatever goes on.
  std::string text = "func @main(%x: f32[64]) {\n %v0 = sigmoid(x=%x)\n";
  constexpr int ops = 20000;
  for (int i = 0; i < ops; ++i) text += cat(" %v", i + 1, " = mul(x=%v", i, ", y=%x)\n");
  m = module_of(text + cat(" return %v", ops, "\n}"));
  using Clock = std::chrono::steady_clock;
  for (const int milliseconds : {0, 5, 20, 60}) {
    ir::Module copy = m;
    flag = false;
    Clock::time_point requested;
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
      requested = Clock::now();
      flag = true;
    });
    std::string code = "ran to its end";
    for (int i = 0; i < 200 && code != "E5104"; ++i) {
      const auto run = passes::run_pipeline(copy, passes::standard_pipeline(coreml::passes(), true),
                                            context, {}, coreml::passes());
      if (!run) code = name_of(run.error().code);
    }
    const auto end = Clock::now();
    other.join();
    CHECK(code == "E5104");
    CHECK(std::chrono::duration<double>(end - requested).count() < 0.5);
  }
}
