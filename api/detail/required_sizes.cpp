#include "api/detail/required_sizes.h"

#include <algorithm>

#include "base/strings.h"
#include "ops/source_rules.h"

namespace corecast::api {
namespace {

using ir::Dim;
using ir::SymbolRange;

std::string text_of(const SymbolRange& r) {
  return r.hi < 0 ? cat(r.lo, "..") : r.lo == r.hi ? cat(r.lo) : cat(r.lo, "..", r.hi);
}

bool contains(const SymbolRange& range, std::int64_t size) {
  return size >= range.lo && (range.hi < 0 || size <= range.hi);
}

/// What the user said of a size; null: nothing.
InputSpec* spec_of(std::vector<InputSpec>& specs, const std::string& symbol) {
  for (InputSpec& spec : specs) {
    if (spec.ranges.contains(symbol)) return &spec;
  }
  return nullptr;
}

/// Which node asks, for messages: the first op with a certain rule about the symbol.
std::string asking(const ir::Function& f, const std::vector<ir::SizeRule>& rules,
                   const std::string& symbol) {
  for (const ir::SizeRule& rule : rules) {
    const auto names = [&](const Dim& d) {
      const auto s = d.symbols();
      return std::find(s.begin(), s.end(), symbol) != s.end();
    };
    if (!rule.certain || !(names(rule.a) || names(rule.b))) continue;
    const ir::OpData& op = f.op(rule.op);
    const std::string node = op.location ? op.location->node : std::string();
    return node.empty() ? std::string(op.schema->name) : cat(op.schema->name, " ", quote(node));
  }
  return "an operator";
}

/// The symbol is one number.
Status fix(InputSpec* spec, const std::string& symbol, std::int64_t size, const std::string& op,
           Diagnostics& diagnostics) {
  if (spec) {
    const SymbolRange range = spec->ranges.at(symbol);
    const auto& listed = spec->enumerated;
    const bool given = listed.empty()
                           ? contains(range, size)
                           : std::find(listed.begin(), listed.end(), size) != listed.end();
    if (!given) {
      return Error(Code::E1002,
                   cat("size ", symbol, " is given as ", text_of(range), ", and ", op, " works at ",
                       size, " only"),
                   cat("leave it out, or give --input \"", symbol, "=", size, "\""));
    }
    spec->ranges.erase(symbol);
    spec->enumerated.clear();
  }
  diagnostics.note(Error(Code::N2010, cat("dimension ", symbol, " is fixed to ", size, ": ", op,
                                          " works at this size only")));
  return {};
}

/// The symbol is another: what the user said of it is said of that one.
Status tie(std::vector<InputSpec>& specs, const std::string& symbol, const std::string& kept,
           const std::string& op, Diagnostics& diagnostics) {
  InputSpec* const spec = spec_of(specs, symbol);
  InputSpec* const other = spec_of(specs, kept);
  if (spec && !other) {
    spec->ranges[kept] = spec->ranges.at(symbol);
    spec->ranges.erase(symbol);
  } else if (spec && other) {
    SymbolRange& range = other->ranges.at(kept);
    const SymbolRange more = spec->ranges.at(symbol);
    const bool lists_differ = spec->enumerated != other->enumerated && !spec->enumerated.empty() &&
                              !other->enumerated.empty();
    SymbolRange both{std::max(range.lo, more.lo), range.hi};
    if (more.hi >= 0) both.hi = both.hi < 0 ? more.hi : std::min(both.hi, more.hi);
    if (lists_differ || (both.hi >= 0 && both.hi < both.lo)) {
      return Error(Code::E1002,
                   cat("sizes ", kept, " and ", symbol, " are given as ", text_of(range), " and ",
                       text_of(more), ", and ", op, " works only where they are equal"),
                   "give both the same range");
    }
    range = both;
    if (other->enumerated.empty()) other->enumerated = spec->enumerated;
    spec->ranges.erase(symbol);
    spec->enumerated.clear();
  }
  diagnostics.note(Error(Code::N2012, cat("dimensions ", kept, " and ", symbol, " are one: ", op,
                                          " works only where they are equal")));
  return {};
}

}  // namespace

Result<std::map<std::string, ir::Shape>> required_shapes(const ir::Function& f,
                                                         std::vector<InputSpec>& specs,
                                                         Diagnostics& diagnostics) {
  std::map<std::string, ir::Shape> shapes;
  if (f.symbols.empty()) return shapes;
  const auto rules = ops::size_rules(f);
  ir::SizeSolution decided = ir::solve(rules, f, false);
  // An input's size is a number or a name.
  std::erase_if(decided,
                [](const auto& d) { return !d.second.is_constant() && !d.second.as_symbol(); });
  for (const auto& [symbol, value] : decided) {
    const std::string op = asking(f, rules, symbol);
    if (const auto size = value.constant())
      TRY_VOID(fix(spec_of(specs, symbol), symbol, *size, op, diagnostics));
    else
      TRY_VOID(tie(specs, symbol, *value.as_symbol(), op, diagnostics));
  }
  if (decided.empty()) return shapes;
  const auto& args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < args.size(); ++i) {
    ir::Shape shape = f.type(args[i]).shape;
    for (Dim& d : shape) d = d.substitute(decided);
    if (shape != f.type(args[i]).shape) shapes[f.inputs[i].name] = std::move(shape);
  }
  return shapes;
}

}  // namespace corecast::api
