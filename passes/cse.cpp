// cse: computes equal things once, and keeps equal constants once.
//
// Given:   %a = exp(x=%x)          Result:   %a = exp(x=%x)
//          %b = exp(x=%x)                    %c = add(x=%a, y=%a)
//          %c = add(x=%a, y=%b)
//
// Only pure ops without blocks; an op merges with an earlier one of its own or an enclosing block.
#include <algorithm>
#include <unordered_map>

#include "ir/hash.h"
#include "passes/replace.h"
#include "passes/rewrite.h"

namespace corecast::passes {

namespace {

std::uint64_t mix(std::uint64_t h, std::uint64_t word) {
  h = (h ^ word) * 0xff51afd7ed558ccdu;
  return h ^ (h >> 32);
}

/// Equal tensors have equal keys; reads no more than a few hundred bytes of a big one.
std::uint64_t sample(const Tensor& t) {
  if (t.dtype() == ir::DType::string) return t.hash();
  std::uint64_t h = mix(static_cast<std::uint64_t>(t.dtype()), t.dims().size());
  for (const auto d : t.dims()) h = mix(h, static_cast<std::uint64_t>(d));
  constexpr std::size_t piece = 64;
  std::byte bytes[piece];
  for (std::size_t part = 0; part < 4; ++part) {
    const std::size_t last = t.byte_size() > piece ? t.byte_size() - piece : 0;
    const std::size_t at = last / 3 * part / 8 * 8;
    const std::size_t n = std::min(piece, t.byte_size() - at);
    t.read(at, std::span(bytes).first(n));
    for (std::size_t i = 0; i < n; ++i) h = mix(h, std::to_integer<std::uint64_t>(bytes[i]));
    if (last == 0) break;
  }
  t.read(t.byte_size(), {});  // the end: a mapped tensor may leave memory
  return h;
}

class Merger {
 public:
  Merger(ir::Function& f, const Stop& stop) : f_(f), stop_(stop) {}

  bool run() {
    constants();
    block(f_.entry());
    return changed_;
  }

 private:
  void constants() {
    std::unordered_map<std::uint64_t, std::vector<ValueId>> seen;
    for (std::uint32_t i = 0; i < f_.value_capacity(); ++i) {
      const ValueId v(i);
      const Tensor* t = f_.constant(v);
      if (stop_.requested()) return;
      if (!t || f_.value(v).uses.empty()) continue;
      auto& same = seen[sample(*t)];
      const auto it = std::find_if(same.begin(), same.end(),
                                   [&](ValueId o) { return f_.constant(o)->identical(*t); });
      if (it == same.end())
        same.push_back(v);
      else
        merge(v, *it);
    }
  }

  void block(ir::BlockId b) {
    std::vector<std::uint64_t> mine;
    for (const OpId id : f_.ops(b)) {
      if (stop_.requested()) return;
      const ir::OpData& d = f_.op(id);
      for (const ir::BlockId inner : std::vector(d.blocks)) block(inner);
      if (!d.schema->traits.pure || !d.blocks.empty() || d.results.empty()) continue;
      const std::uint64_t key = hash(d);
      auto& candidates = table_[key];
      const auto same = std::find_if(candidates.begin(), candidates.end(),
                                     [&](OpId o) { return equal(f_.op(o), d); });
      if (same == candidates.end()) {
        candidates.push_back(id);
        mine.push_back(key);
        continue;
      }
      const std::vector<ValueId> results = d.results, kept = f_.op(*same).results;
      for (std::size_t i = 0; i < results.size(); ++i) merge(results[i], kept[i]);
      f_.erase(id);
    }
    // What a nested block computes is out of sight for its successors.
    for (auto it = mine.rbegin(); it != mine.rend(); ++it) table_[*it].pop_back();
  }

  std::vector<ValueId> operands(const ir::OpData& d) const {
    std::vector<ValueId> v = d.operands;
    if (d.schema->traits.commutative && v.size() >= 2 && v[1] < v[0]) std::swap(v[0], v[1]);
    return v;
  }
  std::uint64_t hash(const ir::OpData& d) const {
    std::uint64_t h = static_cast<std::uint64_t>(d.schema->kind);
    for (const ValueId v : operands(d)) h = mix(h, v.raw);
    for (const auto& a : d.attrs) h = mix(h, ir::structural_hash(a));
    return h;
  }
  bool equal(const ir::OpData& a, const ir::OpData& b) const {
    if (a.schema != b.schema || operands(a) != operands(b)) return false;
    for (std::size_t i = 0; i < a.attrs.size(); ++i) {
      if (!identical(a.attrs[i], b.attrs[i])) return false;
    }
    for (std::size_t i = 0; i < a.results.size(); ++i) {
      if (!(f_.type(a.results[i]) == f_.type(b.results[i])) && !a.schema->traits.data_dependent)
        return false;
    }
    return true;
  }
  void merge(ValueId gone, ValueId kept) {
    take_place(f_, gone, kept);
    changed_ = true;
  }

  ir::Function& f_;
  const Stop& stop_;
  std::unordered_map<std::uint64_t, std::vector<OpId>> table_;
  bool changed_ = false;
};

}  // namespace

Pass cse_pass() {
  return {"cse", "Computes equal things once.", Numerics::exact,
          [](ir::Module& m, PassContext& context) -> Result<bool> {
            bool changed = false;
            for (ir::Function& f : m.functions) changed = Merger(f, context.stop).run() || changed;
            return changed;
          }};
}

}  // namespace corecast::passes
