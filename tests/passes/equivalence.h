// Runs a pass on IR text and compares the numbers before and after, on random inputs with the
// values that break things among them.
#pragma once

#include <cmath>
#include <random>

#include "converter/coreml/rules.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "ops/interpret.h"
#include "passes/pass.h"
#include "tests/ops/text_bench.h"
#include "tests/support/catch.h"

namespace corecast::test {

struct PassedModule {
  ir::Module before, after;
  Diagnostics diagnostics;
  std::optional<Error> error;
  std::string text() const { return ir::print(after); }
  bool has(std::string_view op) const {
    return text().find(std::string(" ") + std::string(op) + "(") != std::string::npos;
  }
};

inline PassedModule run_pass(const passes::Pass& pass, std::string_view text,
                             std::optional<mil::Target> target = {}) {
  PassedModule m{ir::Module(ops::registry()), ir::Module(ops::registry()), {}, {}};
  m.before.functions.push_back(parse(text));
  m.after.functions.push_back(m.before.functions[0]);
  passes::PassContext context;
  context.rules = coreml::rules_for(target);
  context.diagnostics = &m.diagnostics;
  auto done = pass.run(m.after, context);
  if (!done) {
    m.error = done.error();
    return m;
  }
  const auto ok = ir::verify(m.after);
  INFO(ir::print(m.after));
  if (!ok) FAIL(ok.error().to_string());
  return m;
}

/// Values for an input of this type; `symbols` gives sizes. Some floats and integers are extreme
/// when `edges`.
inline ir::Tensor random_tensor(const ir::Type& type, const ir::SymbolValues& symbols,
                                std::mt19937& random, bool edges) {
  std::vector<std::int64_t> dims;
  for (const auto& d : type.shape) dims.push_back(d.evaluate(symbols).value());
  ir::Tensor t = ir::Tensor::empty(type.dtype, dims);
  const double specials[] = {0.0, -0.0, 1.0, -1.0, 0.5,  -0.5,     1e-3,      -30.0, 30.0,
                             3.0, -3.0, 2.5, 1e4,  -1e4, INFINITY, -INFINITY, NAN};
  for (std::int64_t i = 0; i < t.count(); ++i) {
    if (type.dtype == ir::DType::boolean) {
      t.set(i, static_cast<double>(random() % 2));
    } else if (ir::is_integer(type.dtype)) {
      const auto v =
          static_cast<std::int64_t>(random() % 41) - (ir::is_signed(type.dtype) ? 20 : 0);
      const bool extreme = edges && random() % 6 == 0;
      const auto lowest = std::max<std::int64_t>(ir::min_of(type.dtype), INT32_MIN);
      const auto highest = std::min<std::int64_t>(ir::max_of(type.dtype), INT32_MAX);
      t.set_int(i, extreme ? (random() % 2 ? lowest : highest) : v);
    } else {
      const double v = std::normal_distribution<double>(0, 3)(random);
      t.set(i, edges && random() % 4 == 0 ? specials[random() % std::size(specials)] : v);
    }
  }
  return t;
}

inline bool close(double a, double b, double tolerance) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;
  return std::fabs(a - b) <= tolerance * (1 + std::fabs(a));
}

struct CompareOptions {
  double tolerance = 2e-6;
  bool edges = true;
  ir::SymbolValues symbols = {};
  int rounds = 4;
};

/// Checks that both modules compute the same; inputs whose dtype changed are converted, and
/// scalars that became vectors. Integers
/// are compared exactly.
inline void compare(const PassedModule& m, const CompareOptions& options = {}) {
  INFO(m.text());
  if (m.error) FAIL(m.error->to_string());
  const ir::Function &f = m.before.functions[0], &g = m.after.functions[0];
  std::mt19937 random(7);
  for (int round = 0; round < options.rounds; ++round) {
    ops::NamedTensors x, y;
    const auto& args = f.block(f.entry()).args;
    for (std::size_t i = 0; i < args.size(); ++i) {
      ir::Tensor t =
          random_tensor(f.type(args[i]), options.symbols, random, options.edges && round > 0);
      const ir::Type& now = g.type(g.block(g.entry()).args[i]);
      const ir::Tensor cast = t.cast(now.dtype);
      y.emplace(f.inputs[i].name, now.rank() == t.rank() ? cast : cast.reshaped({1}));
      x.emplace(f.inputs[i].name, std::move(t));
    }
    const auto want = ops::interpret(f, x);
    if (!want) FAIL("before: " << want.error().to_string());
    const auto got = ops::interpret(g, y);
    if (!got) FAIL("after: " << got.error().to_string());
    for (const auto& [name, a] : *want) {
      const ir::Tensor& b = got->at(name);
      REQUIRE(a.dims() == b.dims());
      for (std::int64_t i = 0; i < a.count(); ++i) {
        const double tolerance = ir::is_floating(a.dtype()) ? options.tolerance : 0;
        if (!close(a.at(i), b.at(i), tolerance)) {
          FAIL("output " << name << " element " << i << ": " << a.at(i) << " became " << b.at(i));
        }
      }
    }
  }
}

}  // namespace corecast::test
