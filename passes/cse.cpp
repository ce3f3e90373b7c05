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
  for (std::size_t part = 0; part < 4; ++part) {
    const std::size_t last = t.byte_size() > piece ? t.byte_size() - piece : 0;
    const std::size_t at = last / 3 * part / 8 * 8;
    const std::size_t n = std::min(piece, t.byte_size() - at);
    std::uint64_t words[piece / 8] = {};
    t.read(at, std::as_writable_bytes(std::span(words)).first(n));
    for (const std::uint64_t word : words) h = mix(h, word);
    if (last == 0) break;
  }
  t.read(t.byte_size(), {});  // the end: a mapped tensor may leave memory
  return h;
}

/// Things by the hash of what makes them equal.
template <class Id>
class Seen {
 public:
  explicit Seen(std::size_t capacity = 0) { table_.reserve(capacity); }

  /// The one for which `same` holds; an empty id where there is none, and `id` is one of them now.
  template <class Same>
  Id find_or_add(std::uint64_t key, Id id, const Same& same) {
    const auto [first, last] = table_.equal_range(key);
    const auto it =
        std::find_if(first, last, [&](const auto& entry) { return same(entry.second); });
    if (it != last) return it->second;
    table_.emplace(key, id);
    return Id();
  }
  void remove(std::uint64_t key, Id id) {
    const auto [first, last] = table_.equal_range(key);
    table_.erase(std::find(first, last, std::pair<const std::uint64_t, Id>(key, id)));
  }

 private:
  std::unordered_multimap<std::uint64_t, Id> table_;
};

class Merger {
 public:
  Merger(ir::Function& f, const Stop& stop) : f_(f), stop_(stop), ops_(f.op_count()) {}

  bool run() {
    constants();
    block(f_.entry());
    return changed_;
  }

 private:
  void constants() {
    Seen<ValueId> seen;
    for (std::uint32_t i = 0; i < f_.value_capacity(); ++i) {
      const ValueId v(i);
      const Tensor* t = f_.constant(v);
      if (stop_.requested()) return;
      if (!t || f_.value(v).uses.empty()) continue;
      const ValueId same =
          seen.find_or_add(sample(*t), v, [&](ValueId o) { return f_.constant(o)->identical(*t); });
      if (same) merge(v, same);
    }
  }

  void block(ir::BlockId b) {
    std::vector<std::pair<std::uint64_t, OpId>> mine;
    for (const OpId id : f_.ops(b)) {
      if (stop_.requested()) return;
      const ir::OpData& d = f_.op(id);
      for (const ir::BlockId inner : std::vector(d.blocks)) block(inner);
      if (!d.schema->traits.pure || !d.blocks.empty() || d.results.empty()) continue;
      const std::uint64_t key = hash(d);
      const OpId same = ops_.find_or_add(key, id, [&](OpId o) { return equal(f_.op(o), d); });
      if (!same) {
        mine.emplace_back(key, id);
        continue;
      }
      const std::vector<ValueId> results = d.results, kept = f_.op(same).results;
      for (std::size_t i = 0; i < results.size(); ++i) merge(results[i], kept[i]);
      f_.erase(id);
    }
    // What a nested block computes is out of sight for its successors.
    for (const auto& [key, id] : mine) ops_.remove(key, id);
  }

  /// Operand `i`; where the first two may change places, the lower one comes first.
  static ValueId operand(const ir::OpData& d, std::size_t i) {
    const std::vector<ValueId>& v = d.operands;
    const bool swap = i < 2 && d.schema->traits.commutative && v.size() >= 2 && v[1] < v[0];
    return v[swap ? 1 - i : i];
  }
  static std::uint64_t hash(const ir::OpData& d) {
    std::uint64_t h = static_cast<std::uint64_t>(d.schema->kind);
    for (std::size_t i = 0; i < d.operands.size(); ++i) h = mix(h, operand(d, i).raw);
    for (const auto& a : d.attrs) h = mix(h, ir::structural_hash(a));
    return h;
  }
  bool equal(const ir::OpData& a, const ir::OpData& b) const {
    if (a.schema != b.schema || a.operands.size() != b.operands.size()) return false;
    for (std::size_t i = 0; i < a.operands.size(); ++i) {
      if (operand(a, i) != operand(b, i)) return false;
    }
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
  Seen<OpId> ops_;
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
