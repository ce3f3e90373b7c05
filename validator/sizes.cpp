#include "validator/sizes.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/strings.h"
#include "ops/conv/conv.h"
#include "ops/linear/matmul.h"
#include "ops/recurrent/rnn.h"
#include "ops/shape/pad.h"
#include "ops/source_rules.h"
#include "validator/roles.h"

namespace corecast::validator {
namespace {

using ir::Dim;
using ir::OpId;
using ir::SymbolValues;
using ir::ValueId;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Symbols that a graph mixes along, times and places, and those of axes that are batches whatever
/// comes first.
struct Axes {
  std::set<std::string> mixed, batches;
};
void collect_axes(const ir::Function& f, OpId op, Axes& axes) {
  // An axis of two symbols may be a batch that something was folded into.
  const auto add = [&](const Dim& d) {
    if (const auto symbols = d.symbols(); symbols.size() == 1) axes.mixed.insert(symbols[0]);
  };
  const auto steps = [&](ValueId x) {
    add(f.type(x).shape[0]);
    for (const auto& s : f.type(x).shape[1].symbols()) axes.batches.insert(s);
  };
  if (const auto o = f.get_if<op::Lstm>(op)) steps(o->x);
  if (const auto o = f.get_if<op::Gru>(op)) steps(o->x);
  if (const auto o = f.get_if<op::Rnn>(op)) steps(o->x);
  if (const auto o = f.get_if<op::Conv>(op)) {
    const auto& shape = f.type(o->x).shape;
    for (std::size_t i = 2; i < shape.size(); ++i) add(shape[i]);
  }
  if (const auto o = f.get_if<op::Matmul>(op)) {
    const auto& shape = f.type(o->x).shape;
    const std::size_t n = shape.size();
    if (n >= 2) add(shape[o->transpose_x ? n - 2 : n - 1]);
  }
}

/// Reflection needs more places than it adds.
std::optional<Dim> room_to_reflect(const ir::Function& f, OpId op, std::size_t axis) {
  const auto pad = f.get_if<op::Pad>(op);
  if (!pad || pad->mode != "reflect" || !f.is_constant(pad->pad)) return std::nullopt;
  const auto amounts = f.constant(pad->pad)->to_ints();
  const auto& shape = f.type(pad->x).shape;
  const std::size_t first = shape.size() - std::min(amounts.size() / 2, shape.size());
  if (axis < first || axis >= shape.size()) return std::nullopt;
  const std::size_t at = 2 * (axis - first);
  return shape[axis] - Dim(std::max(amounts[at], amounts[at + 1]));
}

}  // namespace

std::string to_text(const SymbolValues& values) {
  std::string text;
  for (const auto& [name, value] : values) text += cat(text.empty() ? "" : ", ", name, "=", value);
  return text;
}

Sizes::Sizes(const ir::Function& f) : f_(f) {
  if (f.symbols.empty()) return;
  rules_ = ops::size_rules(f);
  solved_ = ir::solve(rules_, f, true);
  for (const auto& [name, range] : f.symbols) {
    if (!solved_.contains(name)) free_.push_back(name);
  }
  add_rules();
  find_kinds();
}

void Sizes::add_rules() {
  std::set<std::string> seen;
  const auto add = [&](const Dim& d) {
    if (!d.is_constant() && seen.insert(d.to_string()).second) positive_.push_back(d);
  };
  ir::for_each_op(f_, [&](OpId op) {
    for (const ValueId r : f_.op(op).results) {
      for (const Dim& d : f_.type(r).shape) add(d);
    }
    if (!f_.is(op, ir::OpKind::Pad)) return;
    for (std::size_t axis = 0; axis < f_.type(f_.op(op).operands[0]).shape.size(); ++axis) {
      if (const auto room = room_to_reflect(f_, op, axis)) add(*room);
    }
  });
}

void Sizes::find_kinds() {
  Axes axes;
  ir::for_each_op(f_, [&](OpId op) { collect_axes(f_, op, axes); });
  const auto& args = f_.block(f_.entry()).args;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const auto& shape = f_.type(args[i]).shape;
    const Role role = role_of(f_, i).role;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      for (const std::string& s : shape[axis].symbols()) {
        const bool first = axis == 0 && shape.size() > 1;
        Kind kind = Kind::length;
        const bool named = says(s, "batch");
        if (named || (!axes.mixed.contains(s) && (first || axes.batches.contains(s))))
          kind = Kind::batch;
        else if (role == Role::audio && axis > 0)
          kind = Kind::sound;
        else if (shape.size() >= 4 || role == Role::picture)
          kind = Kind::picture;
        const auto [at, fresh] = kinds_.emplace(s, kind);
        // A vector of lengths has a batch as its only axis; it does not decide.
        if (!fresh && at->second == Kind::length) at->second = kind;
        if (!fresh && kind == Kind::sound) at->second = kind;
      }
    }
  }
}

Sizes::Kind Sizes::kind_of(const std::string& symbol) const {
  const auto it = kinds_.find(symbol);
  return it == kinds_.end() ? Kind::length : it->second;
}

std::int64_t Sizes::within(const std::string& symbol, std::int64_t value) const {
  const ir::SymbolRange& range = f_.symbols.find(symbol)->second;
  value = std::max(value, range.lo);
  return range.hi >= 0 ? std::min(value, range.hi) : value;
}

SymbolValues Sizes::completed(SymbolValues free) const {
  for (const auto& [name, expression] : solved_) {
    if (const auto value = expression.evaluate(free)) free[name] = *value;
  }
  return free;
}

int Sizes::broken(const SymbolValues& values) const {
  int count = 0;
  for (const ir::SizeRule& rule : rules_) {
    if (rule.holds(values) == false) count += rule.certain ? 4 : 1;
  }
  for (const Dim& d : positive_) {
    if (const auto size = d.evaluate(values); size && *size < 1) ++count;
  }
  for (const auto& [name, value] : values) {
    if (f_.symbols.contains(name) && within(name, value) != value) count += 4;
  }
  return count;
}

std::vector<std::int64_t> Sizes::candidates(const std::string& symbol, std::int64_t near) const {
  std::set<std::int64_t> all = {
      1,   2,   3,    4,    5,    6,    7,    8,    10,   12,    16,    20,    24,   28,
      32,  40,  48,   50,   64,   80,   96,   100,  112,  120,   128,   160,   192,  200,
      224, 240, 256,  288,  300,  320,  384,  400,  416,  480,   512,   576,   640,  768,
      800, 960, 1024, 1280, 1536, 2048, 3000, 4096, 8000, 16000, 32000, 48000, 64000};
  // What stands on one side of a rule alone is often the answer.
  for (const ir::SizeRule& rule : rules_) {
    for (const Dim* side : {&rule.a, &rule.b}) {
      if (const auto c = side->constant(); c && *c > 0) all.insert(*c);
    }
  }
  std::set<std::int64_t> fitting;
  for (const std::int64_t v : all) fitting.insert(within(symbol, v));
  std::vector<std::int64_t> out(fitting.begin(), fitting.end());
  const auto distance = [&](std::int64_t v) {
    return std::fabs(
        std::log(static_cast<double>(v) / static_cast<double>(std::max<std::int64_t>(near, 1))));
  };
  std::erase_if(out, [](std::int64_t v) { return v < 1; });
  std::stable_sort(out.begin(), out.end(),
                   [&](std::int64_t a, std::int64_t b) { return distance(a) < distance(b); });
  return out;
}

bool Sizes::improve(SymbolValues& free, const std::string& symbol, int& worst) const {
  const std::int64_t before = free[symbol];
  std::int64_t best = before;
  for (const std::int64_t value : candidates(symbol, before)) {
    free[symbol] = value;
    const int now = broken(completed(free));
    if (now < worst) worst = now, best = value;
    if (worst == 0) break;
  }
  free[symbol] = best;
  return best != before;
}

SymbolValues Sizes::mended(SymbolValues free) const {
  int worst = broken(completed(free));
  constexpr int kRounds = 3;
  for (int round = 0; round < kRounds && worst > 0; ++round) {
    bool better = false;
    for (const std::string& symbol : free_) {
      if (worst > 0 && improve(free, symbol, worst)) better = true;
    }
    if (better || free_.size() < 2) continue;
    // Two at once, where one alone helps nothing.
    for (std::size_t i = 0; i + 1 < free_.size() && worst > 0; ++i) {
      const std::int64_t before = free[free_[i]];
      for (const std::int64_t value : candidates(free_[i], before)) {
        SymbolValues tried = free;
        tried[free_[i]] = value;
        int now = broken(completed(tried));
        improve(tried, free_[i + 1], now);
        if (now < worst) worst = now, free = tried;
        if (worst == 0) break;
      }
    }
  }
  return completed(std::move(free));
}

SymbolValues Sizes::bound_to(const std::vector<std::vector<std::int64_t>>& shapes) const {
  SymbolValues values;
  const auto& args = f_.block(f_.entry()).args;
  for (std::size_t i = 0; i < args.size() && i < shapes.size(); ++i) {
    const auto& shape = f_.type(args[i]).shape;
    for (std::size_t k = 0; k < shape.size() && shapes[i].size() == shape.size(); ++k) {
      if (const auto symbol = shape[k].as_symbol()) values[*symbol] = shapes[i][k];
    }
  }
  return values;
}

std::vector<SymbolValues> Sizes::enumerated() const {
  std::size_t most = 0;
  for (const auto& input : f_.inputs) most = std::max(most, input.enumerated.size());
  std::vector<SymbolValues> all;
  for (std::size_t k = 0; k < most; ++k) {
    std::vector<std::vector<std::int64_t>> shapes;
    for (const auto& input : f_.inputs) {
      const auto& own = input.enumerated;
      shapes.push_back(own.empty() ? std::vector<std::int64_t>()
                                   : own[std::min(k, own.size() - 1)]);
    }
    all.push_back(bound_to(shapes));
  }
  return all;
}

SymbolValues Sizes::usual(int variant) const {
  static constexpr std::int64_t kBatches[] = {1, 2, 3, 1, 1, 2};
  static constexpr std::int64_t kLengths[] = {64, 96, 160, 512, 16, 1024};
  static constexpr std::int64_t kPictures[] = {64, 96, 128, 224, 32, 320};
  static constexpr std::int64_t kSounds[] = {16000, 8000, 24000, 512, 32000, 48000};
  const std::size_t v = static_cast<std::size_t>(variant) % std::size(kBatches);
  SymbolValues free;
  for (const std::string& name : free_) {
    const Kind kind = kind_of(name);
    const auto* choice = kind == Kind::batch     ? kBatches
                         : kind == Kind::picture ? kPictures
                         : kind == Kind::sound   ? kSounds
                                                 : kLengths;
    free[name] = within(name, choice[v]);
  }
  if (const auto listed = enumerated(); !listed.empty()) {
    for (const auto& [name, value] : listed[v % listed.size()])
      if (contains(free_, name)) free[name] = value;
    if (variant > 0) return completed(std::move(free));
  }
  if (variant == 0) {
    std::vector<std::vector<std::int64_t>> shapes;
    for (const auto& input : f_.inputs) shapes.push_back(input.default_shape);
    for (const auto& [name, value] : bound_to(shapes))
      if (value > 1 && contains(free_, name)) free[name] = value;
  }
  return mended(std::move(free));
}

std::vector<SizeChoice> Sizes::corners() const {
  std::vector<SizeChoice> all;
  if (f_.symbols.empty()) return all;
  const SymbolValues usual_values = usual(0);
  for (const SymbolValues& listed : enumerated()) {
    SymbolValues values = usual_values;
    for (const auto& [name, value] : listed) values[name] = value;
    all.push_back({completed(std::move(values)), cat(to_text(listed), ", enumerated")});
  }
  if (!all.empty()) return all;
  for (const std::string& name : free_) {
    const ir::SymbolRange& range = f_.symbols.find(name)->second;
    if (range.hi < 0 || range.lo >= range.hi) continue;
    for (const bool most : {false, true}) {
      SymbolValues values = usual_values;
      const std::int64_t end = values[name] = most ? range.hi : range.lo;
      all.push_back(
          {completed(std::move(values)), cat(name, "=", end, most ? ", the most" : ", the least")});
    }
  }
  return all;
}

}  // namespace corecast::validator
