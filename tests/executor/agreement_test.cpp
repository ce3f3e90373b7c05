#include "tests/executor/agreement.h"

#include "ir/parse.h"
#include "ops/interpret.h"
#include "ops/ops.h"
#include "tests/executor/test_engines.h"

namespace corecast::test {

using executor::NamedTensors;
using ir::DType;
using ir::Tensor;

namespace {

Tensor random_input(DType dtype, std::vector<std::int64_t> dims, Random& random) {
  Tensor t = Tensor::empty(dtype, std::move(dims));
  if (dtype == DType::f32) {
    const auto v = random.floats(t.count());
    std::copy(v.begin(), v.end(), t.mutable_data<float>().begin());
  } else if (ir::is_floating(dtype)) {
    const auto v = random.floats(t.count());
    for (std::int64_t i = 0; i < t.count(); ++i)
      t.set(i, static_cast<double>(v[static_cast<std::size_t>(i)]));
  } else {
    for (std::int64_t i = 0; i < t.count(); ++i)
      t.set_int(i, random.in(0, dtype == DType::boolean ? 1 : 3));
  }
  return t;
}

/// Binds the symbols that stand alone in a shape.
void draw_symbols(const ir::Shape& shape, const AgreementCase& c, ir::SymbolValues& symbols,
                  Random& random) {
  for (const ir::Dim& d : shape) {
    const auto name = d.as_symbol();
    if (!name || symbols.contains(*name)) continue;
    const auto range = c.sizes.find(std::string(*name));
    const auto [lo, hi] =
        range == c.sizes.end() ? std::pair<std::int64_t, std::int64_t>(1, 9) : range->second;
    symbols[std::string(*name)] = random.in(lo, hi);
  }
}

std::vector<std::int64_t> sizes_of(const ir::Shape& shape, const ir::SymbolValues& symbols) {
  std::vector<std::int64_t> dims;
  for (const ir::Dim& d : shape) {
    const auto size = d.evaluate(symbols);
    REQUIRE(size.has_value());
    dims.push_back(*size);
  }
  return dims;
}

}  // namespace

ir::Module parsed_function(std::string_view text, const ir::TensorTable* table) {
  auto f = ir::parse_function(text, ops::registry(), {.references = table});
  if (!f) FAIL(f.error().to_string());
  ir::Module m(ops::registry());
  m.functions.push_back(std::move(*f));
  return m;
}

int compare_with_rooms(const ir::Module& module, const AgreementCase& c, Random& random,
                       double bound, executor::Options options) {
  const ir::Function& f = module.functions[0];
  NamedTensors in;
  ir::SymbolValues symbols;
  std::string shapes;
  const auto& args = f.block(f.entry()).args;
  for (const auto arg : args) draw_symbols(f.type(arg).shape, c, symbols, random);
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    const ir::Type& type = f.type(args[i]);
    auto dims = sizes_of(type.shape, symbols);
    shapes += cat(f.inputs[i].name, "[", join(dims, ","), "] ");
    in[f.inputs[i].name] = random_input(type.dtype, std::move(dims), random);
  }
  INFO(shapes);
  const auto want = ops::interpret(f, in);
  if (!want) FAIL(want.error().to_string());
  auto plan = executor::compile(module, f.name, options);
  if (!plan) FAIL(plan.error().to_string());
  for (int run = 0; run < 2; ++run) {  // the second meets used memory
    const auto got = (*plan)->run(in);
    if (!got) FAIL(got.error().to_string());
    for (const auto& [name, tensor] : *want) {
      CAPTURE(name);
      const Tensor& other = got->at(name);
      CHECK(other.dims() == tensor.dims());
      if (options.precision == executor::Precision::native || !ir::is_floating(tensor.dtype()))
        CHECK(other.dtype() == tensor.dtype());
      CHECK(worst_error(other.to_doubles(), tensor.to_doubles(), tensor.count()) < bound);
    }
  }
  int reference = 0;
  for (const auto& step : (*plan)->profile()) reference += step.kernel == "reference";
  return reference;
}

void check_agreement(const std::vector<AgreementCase>& cases, double bound, int draws) {
  const unsigned seed = fresh_seed();
  CAPTURE(seed);
  for_each_isa([&] {
    Random random(seed);
    for (const AgreementCase& c : cases) {
      INFO(c.name);
      const ir::Module m = parsed_function(c.text);
      for (int draw = 0; draw < draws; ++draw)
        CHECK(compare_with_rooms(m, c, random, bound) == c.reference_steps);
    }
  });
  for (const executor::EngineEntry* engine : engines_to_test()) {
    INFO("engine " << engine->name);
    Random random(seed);
    for (const AgreementCase& c : cases) {
      INFO(c.name);
      const ir::Module m = parsed_function(c.text);
      compare_with_rooms(m, c, random, bound, {.engine = engine, .pool = shared_pool(2)});
    }
  }
}

}  // namespace corecast::test

TEST_CASE("agreement: sizes are drawn once per symbol, within their range") {
  using namespace corecast;
  test::Random random(test::fresh_seed());
  const test::AgreementCase c{"", "", 0, {{"N", {3, 5}}}};
  for (int i = 0; i < 20; ++i) {
    ir::SymbolValues symbols;
    const ir::Dim n = ir::Dim::symbol("N");
    const ir::Shape shape{n * 2, n, ir::Dim(7), n};
    test::draw_symbols(shape, c, symbols, random);
    const auto dims = test::sizes_of(shape, symbols);
    CHECK((dims[1] >= 3 && dims[1] <= 5));
    CHECK(dims == std::vector<std::int64_t>{2 * dims[1], dims[1], 7, dims[1]});
  }
}
