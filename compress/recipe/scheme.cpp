#include "compress/recipe/scheme.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "ops/op_kind.h"

namespace corecast::compress {
namespace {

using Kind = Granularity::Kind;

Error contradiction(std::string message, std::string help = {}) {
  return Error(Code::E1302, std::move(message), std::move(help));
}

const char* name_of(PaletteMode mode) {
  switch (mode) {
    case PaletteMode::kmeans: return "kmeans";
    case PaletteMode::uniform: return "uniform";
    case PaletteMode::unique: return "unique";
  }
  CC_UNREACHABLE("palette mode");
}

Status check_palettize(const Palettize& p) {
  if (!p.function.empty()) {
    Palettize plain;
    plain.bits = p.bits;
    plain.function = p.function;
    if (plain == p) return {};
    return contradiction("a function of one's own makes one table for a tensor",
                         "leave mode, granularity, vector, scale, axis and table out");
  }
  static constexpr std::array<int, 6> allowed = {1, 2, 3, 4, 6, 8};
  if (!p.bits && p.mode != PaletteMode::unique)
    return contradiction(cat("palettize in mode ", name_of(p.mode), " needs a number of bits"),
                         "1, 2, 3, 4, 6 or 8");
  if (p.bits && std::find(allowed.begin(), allowed.end(), *p.bits) == allowed.end()) {
    return contradiction(cat("palettize has no ", *p.bits, "-bit form"),
                         *p.bits == 5   ? "use 4 or 6 bits"
                         : *p.bits == 7 ? "use 6 or 8 bits"
                                        : "use 1, 2, 3, 4, 6 or 8 bits");
  }
  if (p.granularity.kind == Kind::block)
    return contradiction("palettize shares tables between channels, not blocks",
                         "granularity tensor, channel or group:N; or scale block:N");
  if (p.vector != 1 && p.vector != 2 && p.vector != 4 && p.vector != 8)
    return contradiction(cat("an index stands for 1, 2, 4 or 8 weights, not ", p.vector));
  if (p.vector > 1) {
    if (p.mode != PaletteMode::kmeans)
      return contradiction(cat("mode ", name_of(p.mode), " is for single weights, not vectors"));
    if (p.scale) return contradiction("a scale beside tables of vectors is not supported");
    if (p.granularity.kind == Kind::channel)
      return contradiction("vectors run along the channels, so one channel cannot have a table",
                           cat("group:", p.vector, " or larger, or tensor"));
    if (p.granularity.kind == Kind::group && p.granularity.size % p.vector != 0)
      return contradiction(
          cat("vectors of ", p.vector, " do not divide groups of ", p.granularity.size));
  }
  if (p.scale && p.mode != PaletteMode::kmeans)
    return contradiction(cat("mode ", name_of(p.mode), " takes no scale beside its table"));
  if (p.scale && p.scale->kind != Kind::channel && p.scale->kind != Kind::block)
    return contradiction("the scale beside a table is per channel or per block:N");
  if (p.scale && p.input_axis)
    return contradiction("scales belong to output channels, tables by input channels do not fit");
  if (p.scale && p.int8_table)
    return contradiction("an int8 table has its own scale, and takes no other");
  if (p.mode == PaletteMode::unique && p.int8_table)
    return contradiction("mode unique is lossless, an int8 table is not");
  return {};
}

Status check_quantize(const Quantize& q) {
  if (q.dtype != ir::DType::i8 && q.dtype != ir::DType::u8 && q.dtype != ir::DType::i4 &&
      q.dtype != ir::DType::u4) {
    return contradiction(cat("quantize has no form of type ", ir::name_of(q.dtype)),
                         "int8, uint8, int4 or uint4; 1, 2, 3 and 6 bits: palettize");
  }
  if (q.granularity.kind == Kind::group)
    return contradiction("quantize has scales per channel or block, not per group",
                         cat("block:", q.granularity.size));
  return {};
}

Status check_prune(const Prune& p) {
  const int ways = (p.ratio ? 1 : 0) + (p.threshold ? 1 : 0) + (p.m > 0 || p.n > 0 ? 1 : 0);
  if (ways != 1)
    return contradiction("prune needs one of ratio, threshold and n:m",
                         ways == 0 ? "for example ratio 0.5" : "leave the others out");
  if (p.ratio && !(*p.ratio >= 0 && *p.ratio <= 1))
    return contradiction(cat("a ratio of ", *p.ratio, " is not between 0 and 1"));
  if (p.threshold && !(*p.threshold >= 0))
    return contradiction(cat("a threshold of ", *p.threshold, " is negative"));
  if (ways == 1 && !p.ratio && !p.threshold && !(p.m >= 1 && p.n >= 0 && p.n <= p.m))
    return contradiction(cat("of every ", p.m, " weights ", p.n, " cannot go"), "for example 2:4");
  if (p.block != 0 && !p.ratio) return contradiction("blocks are pruned by a ratio");
  if (p.block < 0 || p.block == 1) return contradiction("a block has 2 weights or more");
  return {};
}

}  // namespace

Result<Granularity> parse_granularity(std::string_view text) {
  const auto colon = text.find(':');
  const std::string_view word = text.substr(0, colon);
  Granularity g;
  const bool sized = word == "group" || word == "block";
  if (sized == (colon != std::string_view::npos)) {
    if (word == "tensor") return g;
    if (word == "channel") return Granularity{Kind::channel, 0};
    if (sized && parse_int(text.substr(colon + 1), g.size) && g.size >= 1) {
      g.kind = word == "group" ? Kind::group : Kind::block;
      return g;
    }
  }
  return Error(Code::E1301, cat("unknown granularity ", quote(text)),
               "tensor, channel, group:N or block:N");
}

Granularity default_granularity(ir::DType dtype) {
  return ir::bits_of(dtype) == 4 ? Granularity{Kind::block, 32} : Granularity{Kind::channel, 0};
}

std::string to_text(const Granularity& g) {
  switch (g.kind) {
    case Kind::tensor: return "tensor";
    case Kind::channel: return "channel";
    case Kind::group: return cat("group:", g.size);
    case Kind::block: return cat("block:", g.size);
  }
  CC_UNREACHABLE("granularity");
}

std::string to_text(const Scheme& s) {
  std::vector<std::string> parts;
  if (s.prune) {
    std::string t = "prune ";
    if (s.prune->ratio) t += cat(*s.prune->ratio);
    if (s.prune->threshold) t += cat("threshold ", *s.prune->threshold);
    if (s.prune->m > 0) t += cat(s.prune->n, ":", s.prune->m);
    if (s.prune->block > 0) t += cat(" block:", s.prune->block);
    parts.push_back(std::move(t));
  }
  if (s.palettize) {
    const Palettize& p = *s.palettize;
    std::string t = "palettize";
    if (!p.function.empty()) t += cat(" by ", p.function);
    if (p.bits && p.function.empty()) t += cat(" ", *p.bits, "-bit");
    if (p.mode != PaletteMode::kmeans) t += cat(" ", name_of(p.mode));
    t += cat(" ", to_text(p.granularity));
    if (p.vector > 1) t += cat(" vector:", p.vector);
    if (p.input_axis) t += " by input";
    if (p.scale) t += cat(" scale ", to_text(*p.scale));
    if (p.int8_table) t += " int8 table";
    parts.push_back(std::move(t));
  }
  if (s.quantize) {
    const Quantize& q = *s.quantize;
    const bool is_signed = ir::is_signed(q.dtype);
    parts.push_back(cat("quantize ", is_signed ? "int" : "uint", ir::bits_of(q.dtype), " ",
                        to_text(q.granularity), q.symmetric ? "" : " asymmetric"));
  }
  return parts.empty() ? "none" : join(parts, " + ");
}

Status check(const Scheme& s) {
  if (s.palettize && s.quantize)
    return contradiction("a weight is palettised or quantised, not both",
                         "an int8 table: palettize with \"table\": \"int8\"");
  if (s.palettize) TRY_VOID(check_palettize(*s.palettize));
  if (s.quantize) TRY_VOID(check_quantize(*s.quantize));
  if (s.prune) TRY_VOID(check_prune(*s.prune));
  if (s.prune && s.palettize && s.palettize->vector > 1)
    return contradiction("pruning single weights and tables of vectors do not go together",
                         "vector 1, or no pruning");
  return {};
}

ops::Version required_version(const Scheme& s, const ops::RuleTable& rules) {
  using ir::OpKind;
  const auto since = [&](OpKind kind, std::string_view part = {}) {
    return rules.row(kind).since_of(part);
  };
  if (s.none()) return ops::kAlways;
  if (s.prune && s.palettize) return since(OpKind::ConstexprLutToSparse);
  if (s.prune && s.quantize) return since(OpKind::ConstexprSparseBlockwiseShiftScale);
  if (s.palettize) {
    const Palettize& p = *s.palettize;
    const bool plain = p.granularity.kind == Kind::tensor && p.vector == 1 && !p.scale &&
                       !p.int8_table && p.bits.value_or(8) != 3 && p.function.empty();
    return since(OpKind::ConstexprLutToDense, plain ? "" : "general");
  }
  if (s.quantize) {
    const bool plain =
        ir::bits_of(s.quantize->dtype) == 8 && s.quantize->granularity.kind != Kind::block;
    return since(plain ? OpKind::ConstexprAffineDequantize : OpKind::ConstexprBlockwiseShiftScale);
  }
  return since(OpKind::ConstexprSparseToDense);
}

Status check_target(const Scheme& s, const ops::Rules& rules) {
  if (!rules || !rules.version()) return {};
  const ops::Version needed = required_version(s, rules.table());
  if (rules.may_have(needed)) return {};
  const bool plain = needed == rules.row(ir::OpKind::ConstexprLutToDense).since;
  return Error(
      Code::E3301,
      cat(quote(to_text(s)), " needs ", rules.name(needed), ", the target is ", rules.name()),
      plain ? cat("raise the target to ", rules.name(needed), " or later")
            : cat("raise the target to ", rules.name(needed),
                  ", or use one table per tensor (palettize) or int8 per channel "
                  "(quantize)"));
}

}  // namespace corecast::compress
