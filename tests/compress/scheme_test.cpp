#include "compress/recipe/scheme.h"

#include "converter/coreml/rules.h"
#include "tests/support/catch.h"

using namespace corecast;
using namespace corecast::compress;
using Kind = Granularity::Kind;

namespace {

Scheme with(const Palettize& p) {
  Scheme s;
  s.palettize = p;
  return s;
}
Scheme with(const Quantize& q) {
  Scheme s;
  s.quantize = q;
  return s;
}
Scheme pruned(Scheme s, double ratio) {
  s.prune.emplace().ratio = ratio;
  return s;
}

/// Every scheme that the options span, sensible or not.
std::vector<Scheme> all_schemes() {
  std::vector<Scheme> out;
  const Granularity grains[] = {{}, {Kind::channel}, {Kind::group, 16}, {Kind::block, 32}};
  for (const int bits : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
    for (const Granularity& g : grains) {
      for (const std::int64_t vector : {1, 2, 3, 8}) {
        for (int scale = 0; scale < 4; ++scale) {
          for (int flags = 0; flags < 8; ++flags) {
            Palettize p;
            p.bits = bits;
            p.granularity = g;
            p.vector = vector;
            if (scale > 0) p.scale = grains[scale];
            p.input_axis = (flags & 1) != 0;
            p.int8_table = (flags & 2) != 0;
            if (flags & 4) p.mode = PaletteMode::uniform;
            out.push_back(with(p));
            if (bits == 4) out.push_back(pruned(with(p), 0.5));
          }
        }
      }
    }
  }
  for (const ir::DType dtype :
       {ir::DType::i8, ir::DType::u8, ir::DType::i4, ir::DType::u4, ir::DType::f16}) {
    for (const Granularity& g : grains) {
      Quantize q;
      q.dtype = dtype;
      q.granularity = g;
      out.push_back(with(q));
      out.push_back(pruned(with(q), 0.5));
    }
  }
  out.push_back(pruned({}, 0.5));
  out.push_back(pruned({}, 1.5));
  out.emplace_back();
  return out;
}

}  // namespace

TEST_CASE("Granularities read as they are written") {
  for (const char* text : {"tensor", "channel", "group:1", "group:16", "block:32"}) {
    const auto g = parse_granularity(text);
    REQUIRE(g.has_value());
    CHECK(to_text(*g) == text);
  }
  for (const char* text :
       {"", "tensors", "group", "group:", "group:0", "group:-1", "group:x", "block:1x", "channel:2",
        "tensor:", "block:99999999999999999999", "Group:4", "group:4 "}) {
    INFO(text);
    const auto g = parse_granularity(text);
    REQUIRE_FALSE(g.has_value());
    CHECK(g.error().code == Code::E1301);
    CHECK(g.error().kind() == ErrorKind::usage);
  }
}

TEST_CASE("Contradicting schemes are refused, with what contradicts what") {
  int sane = 0, refused = 0;
  for (const Scheme& s : all_schemes()) {
    const Status status = check(s);
    if (status) {
      ++sane;
      continue;
    }
    ++refused;
    REQUIRE(status.error().code == Code::E1302);
    REQUIRE_FALSE(status.error().message.empty());
  }
  CHECK(sane > 100);
  CHECK(refused > 100);
  Scheme both = with(Palettize{});
  both.quantize = Quantize{};
  CHECK(check(both).error().code == Code::E1302);
  Palettize no_bits;
  no_bits.bits.reset();
  CHECK_FALSE(check(with(no_bits)));
  no_bits.mode = PaletteMode::unique;
  CHECK(check(with(no_bits)));
}

TEST_CASE("A scheme needs the first target that has a form for it, and is refused below") {
  using mil::Target;
  Palettize three, groups, table;
  three.bits = 3;
  groups.granularity = {Kind::group, 16};
  table.int8_table = true;
  Quantize four, blocks;
  four.dtype = ir::DType::i4;
  blocks.granularity = {Kind::block, 32};
  const std::pair<Scheme, Target> rows[] = {
      {{}, Target::ios15},
      {with(Palettize{}), Target::ios16},
      {with(three), Target::ios18},
      {with(groups), Target::ios18},
      {with(table), Target::ios18},
      {with(Quantize{}), Target::ios16},
      {with(four), Target::ios18},
      {with(blocks), Target::ios18},
      {pruned({}, 0.5), Target::ios16},
      {pruned(with(Palettize{}), 0.5), Target::ios18},
      {pruned(with(Quantize{}), 0.5), Target::ios18},
  };
  for (const auto& [scheme, target] : rows) {
    INFO(to_text(scheme));
    CHECK(required_version(scheme, coreml::rules()) == mil::version_of(target));
  }
  for (const Scheme& s : all_schemes()) {
    if (!check(s)) continue;
    for (const Target t :
         {Target::ios15, Target::ios16, Target::ios17, Target::ios18, Target::ios26}) {
      const Status status = check_target(s, coreml::rules_for(t));
      REQUIRE(status.has_value() == (required_version(s, coreml::rules()) <= mil::version_of(t)));
      if (status) continue;
      REQUIRE(status.error().code == Code::E3301);
      REQUIRE(status.error().kind() == ErrorKind::unsupported);
      REQUIRE(status.error().message.find(mil::name_of(t)) != std::string::npos);
    }
  }
}

TEST_CASE("Schemes have a text") {
  Palettize p;
  p.granularity = {Kind::group, 16};
  CHECK(to_text(with(p)) == "palettize 4-bit group:16");
  CHECK(to_text(pruned(with(Quantize{}), 0.5)) == "prune 0.5 + quantize int8 channel");
  CHECK(to_text(Scheme{}) == "none");
  Scheme n_m;
  n_m.prune.emplace().n = 2;
  n_m.prune->m = 4;
  CHECK(to_text(n_m) == "prune 2:4");
}
