// The standard pipeline takes time in proportion to the number of ops, whatever the shape of the
// graph.
#include <ctime>

#include "converter/coreml/legalise/legalise.h"
#include "converter/coreml/rules.h"
#include "ir/builder.h"
#include "ops/activation/activation.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/linear/matmul.h"
#include "ops/ops.h"
#include "ops/reduction/reduction.h"
#include "ops/shape/concat.h"
#include "ops/shape/reshape.h"
#include "ops/shape/shape.h"
#include "ops/shape/slice_by_index.h"
#include "ops/shape/transpose.h"
#include "passes/pipeline.h"
#include "tests/support/catch.h"

using namespace corecast;
using ir::DType;
using ir::Tensor;
using ir::ValueId;

namespace {

/// A module under construction with one input [N, 4, 8].
struct Graph {
  Graph() : module(ops::registry()) {
    module.functions.emplace_back("main");
    ir::Function& f = module.functions[0];
    x = f.add_arg(f.entry(), ir::Type(DType::f32, {ir::Dim::symbol("N"), 4, 8}), "x");
    f.inputs.push_back({.name = "x"});
    f.symbols["N"] = {};
  }
  ir::Builder builder() { return {module.functions[0], ops::registry()}; }
  void finish(ValueId y) {
    ir::Function& f = module.functions[0];
    f.set_results(f.entry(), {y});
    f.outputs.push_back({.name = "y"});
  }
  ir::Module module;
  ValueId x;
};

/// Blocks of 20 ops as exporters write them, one behind the other.
ir::Module chain(int blocks) {
  Graph g;
  ir::Builder b = g.builder();
  const ValueId weight = b.constant(Tensor::splat(DType::f32, {8, 8}, 0.01));
  ValueId v = g.x;
  for (int i = 0; i < blocks; ++i) {
    const auto number = [&](double n) { return b.scalar(DType::f32, n); };
    v = b.add(op::Add{b.add(op::Matmul{v, weight}), b.constant(Tensor::splat(DType::f32, {8}, i))});
    const auto d = b.add(op::Sub{v, b.add(op::ReduceMean{v, std::vector<std::int64_t>{-1}, true})});
    const auto var =
        b.add(op::ReduceMean{b.add(op::Pow{d, number(2)}), std::vector<std::int64_t>{2}, true});
    v = b.add(op::RealDiv{d, b.add(op::Sqrt{b.add(op::Add{var, number(1e-5)})})});
    // A reshape to sizes looked up at run time, and back.
    const auto n =
        b.add(op::SliceByIndex{b.add(op::ShapeOf{v}), b.ints({0}), b.ints({1}), {}, {}, {}, {}});
    const auto flat = b.add(op::Reshape{v, b.add(op::Concat{{n, b.ints({32})}, 0})});
    v = b.add(op::Reshape{flat, b.add(op::Concat{{n, b.ints({4, 8})}, 0})});
    const auto gate =
        b.add(op::Add{b.add(op::Erf{b.add(op::RealDiv{v, number(1.4142135)})}), number(1)});
    v = b.add(op::Mul{b.add(op::Mul{v, gate}), number(0.5)});
    v = b.add(op::Transpose{b.add(op::Relu{b.add(op::Transpose{v, {0, 2, 1}})}), {0, 2, 1}});
  }
  g.finish(v);
  return std::move(g.module);
}

/// Many branches from one value, joined in pairs.
ir::Module wide(int branches) {
  Graph g;
  ir::Builder b = g.builder();
  std::vector<ValueId> level;
  for (int i = 0; i < branches; ++i) {
    const auto scaled = b.add(op::Mul{g.x, b.scalar(DType::f32, i)});
    level.push_back(b.add(op::Mul{scaled, b.add(op::Sigmoid{scaled})}));
  }
  while (level.size() > 1) {
    std::vector<ValueId> next;
    for (std::size_t i = 0; i + 1 < level.size(); i += 2)
      next.push_back(b.add(op::Add{level[i], level[i + 1]}));
    if (level.size() % 2) next.push_back(level.back());
    level = next;
  }
  g.finish(level[0]);
  return std::move(g.module);
}

/// Many branches joined in one value that many use: each rewrite of a branch reaches all users.
ir::Module hub(int branches) {
  Graph g;
  ir::Builder b = g.builder();
  std::vector<ValueId> parts, users;
  for (int i = 0; i < branches; ++i) {
    const auto scaled = b.add(op::Mul{g.x, b.scalar(DType::f32, i)});
    parts.push_back(b.add(op::Mul{scaled, b.add(op::Sigmoid{scaled})}));
  }
  const auto joined = b.add(op::Concat{parts, 1});
  for (int i = 0; i < branches; ++i)
    users.push_back(b.add(op::Mul{b.add(op::Relu{joined}), b.scalar(DType::f32, i)}));
  g.finish(b.add(op::Concat{users, 2}));
  return std::move(g.module);
}

struct Cost {
  double seconds = 0;
  std::map<std::string, double, std::less<>> by_pass;
  std::size_t ops = 0;
};

/// CPU time of the standard pipeline, the best of three runs.
Cost cost(const ir::Module& source, bool verify) {
  Cost best;
  for (int round = 0; round < 3; ++round) {
    ir::Module m = source;
    Diagnostics diagnostics;
    passes::PassContext context;
    context.rules = coreml::rules_for(mil::Target::ios17);
    context.diagnostics = &diagnostics;
    passes::PipelineOptions options;
    options.verify = verify;
    const std::clock_t start = std::clock();
    const auto runs = passes::run_pipeline(m, passes::standard_pipeline(coreml::passes(), true),
                                           context, options, coreml::passes());
    Cost c;
    c.seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    if (!runs) FAIL(runs.error().to_string());
    for (const auto& r : *runs) c.by_pass[std::string(r.name)] += r.seconds;
    c.ops = source.functions[0].op_count();
    if (round == 0 || c.seconds < best.seconds) best = c;
  }
  return best;
}

std::string table(const Cost& c) {
  std::string text = cat(c.ops, " ops, ", c.seconds, " s\n");
  for (const auto& [name, s] : c.by_pass) text += cat("  ", name, " ", s, "\n");
  return text;
}

/// Four times the ops take less than eight times the time; quadratic cost would be sixteen times as
/// much. A busy machine can only make the ratio look worse, so one good measurement of three
/// counts.
void check_linear(ir::Module (*make)(int), int size) {
  std::string seen;
  bool linear = false;
  for (int attempt = 0; attempt < 3 && !linear; ++attempt) {
    const Cost small = cost(make(size), false), large = cost(make(4 * size), false);
    linear = large.seconds < 8 * small.seconds;
    seen += table(small) + table(large);
  }
  INFO(seen);
  CHECK(linear);
}

}  // namespace

TEST_CASE("the standard pipeline is linear in a chain") { check_linear(chain, 150); }

TEST_CASE("the standard pipeline is linear in a wide graph") { check_linear(wide, 600); }

TEST_CASE("the standard pipeline is linear around a value that many use") {
  check_linear(hub, 400);
}

TEST_CASE("the standard pipeline and its checks take their time", "[.slow]") {
  for (const bool verify : {false, true}) {
    WARN((verify ? "verifying: " : "") << table(cost(chain(500), verify)));
    WARN((verify ? "verifying: " : "") << table(cost(wide(2500), verify)));
  }
}
