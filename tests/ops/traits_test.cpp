// What every op must say of itself, and what it must not say at once.
// tests/python/test_op_traits.py holds the answers against the reference evaluation.
#include <cmath>
#include <set>

#include "ir/trait_names.h"
#include "ops/ops.h"
#include "tests/ops/text_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using namespace ir;

// A room that leaves an answer out does not compile.
static_assert(!std::is_default_constructible_v<Required<bool>>);
static_assert(!std::is_default_constructible_v<OpTraits>);
struct AnyOp {
  ValueId x;
};
static_assert(!std::is_default_constructible_v<BoundsRow<AnyOp>>);
static_assert(!std::is_default_constructible_v<CostRow<AnyOp>>);

TEST_CASE("traits: every op answers, and its answers fit together") {
  for (const OpSchema& s : ops::registry().all()) {
    INFO(s.name);
    const OpTraits& t = s.traits;
    CHECK(static_cast<bool>(s.cost));
    // What is only moved is not computed.
    if (moves_only(t.moves)) {
      CHECK(t.accumulates == Accumulates::nothing);
      CHECK(t.overflow == Overflow::never);
      CHECK(t.digits == Digits::few);
      if (t.pure) CHECK(static_cast<bool>(s.bounds));
    }
    if (t.moves == Moves::views || t.moves == Moves::permutes) CHECK(s.operands.size() >= 1);
    if (t.elementwise) CHECK(t.accumulates == Accumulates::nothing);
    if (t.elementwise) CHECK(t.looks_through(Walk::positions));
    if (t.commutative) CHECK(s.operands.size() == 2);
    // Walks along shapes go through views alone, and those that keep the scale through what keeps
    // elements.
    if (t.looks_through(Walk::shapes)) CHECK(t.moves == Moves::views);
    if (t.looks_through(Walk::scale) && s.name != "cast")
      CHECK((t.moves == Moves::views || t.moves == Moves::permutes));
    if (t.constexpr_op) CHECK(t.scales);
    if (t.saturates == Saturates::as_factor) CHECK(t.scales);
    if (t.scale == Scale::unit) CHECK(static_cast<bool>(s.bounds));
    if (!t.pure) CHECK_FALSE(t.elementwise);
    // Attributes that are limits are numbers, operands that are positions are operands.
    for (const AttrSpec& a : s.attrs) {
      if (a.limit) CHECK(a.kind == AttrKind::floating);
    }
    const ops::OpRule& mil = ops::mil_rows().at(static_cast<std::size_t>(s.kind));
    for (const ops::FormRule& form : mil.forms) CHECK(form.since >= mil.since);
    if (mil.name.empty()) CHECK(mil.forms.empty());
  }
}

std::set<std::string_view> ops_with(bool (*has)(const OpTraits&)) {
  std::set<std::string_view> out;
  for (const OpSchema& s : ops::registry().all()) {
    if (has(s.traits)) out.insert(s.name);
  }
  return out;
}
using Names = std::set<std::string_view>;

// The fp16 cast, validation and import depend on these answers: a change of one changes packages.
TEST_CASE("traits: those that decide what stays in f32") {
  CHECK(ops_with([](const OpTraits& t) { return t.saturates == Saturates::as_limit; }) ==
        Names{"maximum", "minimum", "select", "fill", "greater", "greater_equal", "less",
              "less_equal", "clip"});
  CHECK(ops_with([](const OpTraits& t) { return t.scale != Scale::of_operands; }) ==
        Names{"softmax", "sigmoid", "tanh", "layer_norm", "instance_norm", "batch_norm", "exp",
              "sigmoid_hard", "scaled_tanh", "l2_norm", "lstm", "gru"});
  CHECK(ops_with([](const OpTraits& t) { return t.scale == Scale::unit; }) ==
        Names{"softmax", "sigmoid", "tanh"});
  CHECK(ops_with([](const OpTraits& t) { return t.scales && !t.constexpr_op; }) ==
        Names{"mul", "real_div", "quantize", "dequantize", "pow"});
  CHECK(ops_with([](const OpTraits& t) { return t.digits == Digits::angles; }) ==
        Names{"sin", "cos", "tan"});
  CHECK(ops_with([](const OpTraits& t) { return t.digits == Digits::small_values; }) ==
        Names{"log"});
  CHECK(ops_with([](const OpTraits& t) {
          return t.looks_through(Walk::positions) && !t.elementwise;
        }) == Names{"concat",     "expand_dims",    "gather",        "matmul",  "range_1d",
                    "reshape",    "slice_by_index", "slice_by_size", "split",   "squeeze",
                    "stack",      "tile",           "transpose",     "fill",    "cumsum",
                    "pad",        "max_pool",       "reduce_max",    "scatter", "reduce_min",
                    "reduce_sum", "scatter_nd",     "band_part",     "einsum"});
}
TEST_CASE("traits: those that walks ask for") {
  CHECK(ops_with([](const OpTraits& t) { return t.looks_through(Walk::scale); }) ==
        Names{"identity", "cast", "reshape", "squeeze", "expand_dims", "transpose"});
  CHECK(ops_with([](const OpTraits& t) { return t.looks_through(Walk::vocabulary); }) ==
        Names{"cast", "reshape", "squeeze", "expand_dims", "transpose", "identity",
              "slice_by_index", "split"});
  CHECK(ops_with([](const OpTraits& t) { return t.looks_through(Walk::shapes); }) ==
        Names{"reshape", "squeeze", "expand_dims", "flatten2d"});
  CHECK(ops_with([](const OpTraits& t) {
          return t.overflow == Overflow::integers || t.overflow == Overflow::both;
        }) == Names{"abs", "add", "bit_shift", "bitwise_not", "cumsum", "floor_div", "linear",
                    "matmul", "mul", "neg", "pow", "real_div", "reduce_prod", "reduce_sum",
                    "reduce_sum_square", "reduce_l1_norm", "square", "sub", "einsum"});
  CHECK(names_of(Walk::shapes | Walk::sign) == std::vector<std::string>{"shapes", "sign"});
}

/// The cost of the first op of the text: "multiply-adds, bytes".
std::string cost_of(std::string_view text) {
  const Function f = test::parse(text);
  const auto cost = ir::cost_of(f, f.block(f.entry()).first);
  return cost ? cost->multiply_adds.to_string() + ", " + cost->bytes.to_string() : "unknown";
}

TEST_CASE("costs: products and bytes") {
  CHECK(cost_of("func @main(%x: f32[N,3,8,8], %w: f32[4,3,3,3]) {\n"
                "  %y = conv(x=%x, weight=%w)\n  return %y\n}") == "3888*N, 1344*N+432");
  CHECK(cost_of("func @main(%x: f32[1,4,5], %w: f32[4,3,2]) {\n"
                "  %y = conv_transpose(x=%x, weight=%w)\n  return %y\n}") == "120, 248");
  CHECK(cost_of("func @main(%x: f32[7,2,3], %y: f32[3,5]) {\n"
                "  %z = matmul(x=%x, y=%y)\n  return %z\n}") == "210, 508");
  CHECK(cost_of("func @main(%x: f32[3,7], %y: f32[3,5]) {\n"
                "  %z = matmul(x=%x, y=%y) {transpose_x=true}\n  return %z\n}") == "105, 284");
  CHECK(cost_of("func @main(%x: f16[2,3,4], %y: f16[4,5]) {\n"
                "  %z = einsum(values=(%x, %y)) {equation=\"abc,cd->abd\"}\n  return %z\n}") ==
        "120, 148");
  CHECK(cost_of("func @main(%q: f32[1,2,3], %k: f32[1,5,3], %v: f32[1,5,4]) {\n"
                "  %z = scaled_dot_product_attention(query=%q, key=%k, value=%v)\n"
                "  return %z\n}") == "70, 196");
  CHECK(cost_of("func @main(%x: f32[6,2,3], %h: f32[2,4], %c: f32[2,4], %w: f32[16,3], "
                "%r: f32[16,4]) {\n  %y, %a, %b = lstm(x=%x, initial_h=%h, initial_c=%c, "
                "weight_ih=%w, weight_hh=%r)\n  return %y, %a, %b\n}") == "1344, 752");
}
TEST_CASE("costs: what only moves") {
  CHECK(cost_of("func @main(%x: f32[2,3]) {\n  %y = squeeze(x=%x) {axes=[]}\n  return %y\n}") ==
        "0, 0");
  CHECK(cost_of("func @main(%x: f32[N,3]) {\n  %y = transpose(x=%x) {perm=[1,0]}\n"
                "  return %y\n}") == "0, 24*N");
  CHECK(cost_of("func @main(%x: f32[1000,3], %i: i32[2]) {\n  %y = gather(x=%x, indices=%i)\n"
                "  return %y\n}") == "0, 48");
  CHECK(cost_of("func @main(%x: f32[2,3], %y: f32[3]) {\n  %z = add(x=%x, y=%y)\n"
                "  return %z\n}") == "0, 60");
}

/// "[lo, hi]" of the first op's result, its operand being within [lo, hi].
Interval bounds_of(std::string_view text, const Interval& operands) {
  const Function f = test::parse(text);
  return bounds_of_result(f, f.block(f.entry()).first, 0, [&](ValueId v) {
    return f.is_constant(v) ? bounds_of(*f.constant(v)) : operands;
  });
}
std::string unary(std::string_view op) {
  return cat("func @main(%x: f32[2,3]) {\n  %y = ", op, "\n  return %y\n}");
}

TEST_CASE("bounds: functions of operands and attributes") {
  CHECK(bounds_of(unary("relu(x=%x)"), {-4, 3}) == Interval{0, 3});
  CHECK(bounds_of(unary("clip(x=%x) {alpha=-1.0, beta=2.0}"), {-4, 1}) == Interval{-1, 1});
  CHECK(bounds_of(unary("transpose(x=%x) {perm=[1,0]}"), {-4, 3}) == Interval{-4, 3});
  CHECK(bounds_of(unary("square(x=%x)"), {-4, 3}) == Interval{0, 16});
  CHECK(bounds_of(unary("add(x=%x, y=%x)"), {-4, 3}) == Interval{-8, 6});
  CHECK(bounds_of(unary("reduce_max(x=%x)"), {-4, 3}) == Interval{-4, 3});
  CHECK(bounds_of(unary("scaled_tanh(x=%x) {alpha=-2.0, beta=1.0}"), {}) == Interval{-2, 2});
  CHECK(bounds_of(unary("cast(x=%x) {dtype=u8}"), {1, 300}) == Interval{0, 255});
  CHECK(bounds_of("func @main(%x: i32[2]) {\n  %y = cast(x=%x) {dtype=u8}\n  return %y\n}",
                  {1, 300}) == Interval{0, 255});
  CHECK(bounds_of("func @main(%x: i8[2]) {\n  %y = add(x=%x, y=%x)\n  return %y\n}", {0, 100}) ==
        Interval{-128, 127});
  CHECK(bounds_of("func @main(%x: i32[2]) {\n  %y = reduce_argmax(x=%x)\n  return %y\n}", {}) ==
        Interval{0, 1});
  CHECK(bounds_of(unary("cast(x=%x) {dtype=i32}"), {1, 300}) == Interval{0, 300});
  CHECK(bounds_of(unary("tan(x=%x)"), {0, 1}).is_everything());
}
TEST_CASE("bounds: sums and products") {
  const auto near = [](const Interval& a, double lo, double hi) {
    return a.lo <= lo && a.hi >= hi && a.lo >= lo - 1e-3 * std::abs(lo) - 1e-6 &&
           a.hi <= hi + 1e-3 * std::abs(hi) + 1e-6;
  };
  CHECK(near(bounds_of(unary("reduce_sum(x=%x)"), {-1, 2}), -6, 12));
  CHECK(near(bounds_of(unary("reduce_sum(x=%x) {axes=[1]}"), {1, 2}), 3, 6));
  CHECK(near(bounds_of(unary("reduce_sum_square(x=%x)"), {-1, 2}), 0, 24));
  CHECK(near(bounds_of(unary("cumsum(x=%x) {axis=1}"), {-1, 2}), -3, 6));
  CHECK(near(bounds_of(unary("matmul(x=%x, y=%x) {transpose_y=true}"), {-1, 2}), -6, 12));
  CHECK(near(bounds_of(unary("layer_norm(x=%x) {axes=[1]}"), {-9, 9}), -1.7322, 1.7322));
  const Interval layer = bounds_of(
      "func @main(%x: f32[2,3]) {\n  %w = const dense<f32[2,3]: 1, 2, 3, -1, -2, 4>\n"
      "  %y = linear(x=%x, weight=%w)\n  return %y\n}",
      {-1, 2});
  CHECK(near(layer, -10, 12));  // by the rows of the weight, not by its largest element
}
TEST_CASE("bounds: quotients, powers and roots") {
  CHECK(bounds_of(unary("real_div(x=%x, y=%x)"), {-1, 2}).is_everything());
  CHECK(bounds_of(unary("real_div(x=%x, y=%x)"), {1, 2}).contains(2));
  CHECK(bounds_of(unary("real_div(x=%x, y=%x)"), {1, 2}).hi < 2.001);
  CHECK(bounds_of(unary("log(x=%x)"), {0, 1}).hi <= 1e-6);
  CHECK(bounds_of(unary("inverse(x=%x)"), {1, 2}).hi < 1.001);
  CHECK(bounds_of(unary("sigmoid(x=%x)"), {-1, 1}).hi < 0.732);
}
TEST_CASE("bounds: a maximum of nothing is the lowest number") {
  CHECK(bounds_of("func @main(%x: f32[0]) {\n  %y = reduce_max(x=%x)\n  return %y\n}", {1, 2}).lo ==
        -std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace corecast
