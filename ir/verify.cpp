#include "ir/verify.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/strings.h"
#include "ir/function_infer.h"
#include "ir/parse.h"
#include "ir/print.h"

namespace corecast::ir {

namespace {

/// Inference over a whole function, op after op, that leaves the function alone: copying it would
/// cost more than all that is verified.
class Again final : public FunctionInfer {
 public:
  using FunctionInfer::FunctionInfer;

  Result<Types> infer(OpId o) {
    op_ = o;
    TRY(Inferred now, f_.infer(o, *this));
    const std::vector<ValueId>& results = f_.op(o).results;
    if (!results.empty() && !same_known(f_.value(results[0]).known, now.known))
      differs_[results[0]] = std::move(now.known);
    return std::move(now.types);
  }

 private:
  const Dims* computed(ValueId v) const override {
    const auto it = differs_.find(v);
    return it == differs_.end() ? FunctionInfer::computed(v) : it->second.get();
  }

  std::map<ValueId, std::shared_ptr<const Dims>> differs_;  ///< from what the function holds: few
};

class Verifier {
 public:
  Verifier(const Function& f, Diagnostics& out)
      : f_(f), out_(out), visible_(f.value_capacity(), false), seen_(f.op_capacity(), false) {}

  void run() {
    structure(f_.entry(), OpId());
    if (broken_) return;  // walking further could run in circles
    uses();
    for (std::uint32_t i = 0; i < f_.value_capacity(); ++i)
      visible_[i] = f_.is_constant(ValueId(i));
    scope(f_.entry());
    if (!broken_) types();
    features("input", f_.inputs, f_.block(f_.entry()).args);
    features("output", f_.outputs, f_.block(f_.entry()).results);
  }

 private:
  template <class... Args>
  void fail(const Args&... args) {
    broken_ = true;
    Error e(Code::E2111, cat(args...));
    e.where.graph = f_.name;
    out_.error(std::move(e));
  }
  std::string text(OpId o) const { return print(f_, o); }
  bool seen(OpId o) const { return o.index() < seen_.size() && seen_[o.index()]; }

  // The lists of ops: links, owners, results.
  void structure(BlockId b, OpId parent) {
    if (f_.block(b).parent != parent) fail("block ", b.raw, " has the wrong parent");
    OpId prev;
    for (OpId o = f_.block(b).first; o; o = f_.op(o).next) {
      if (seen(o)) return fail("op ", o.raw, " is linked twice");
      seen_[o.index()] = true;
      ++seen_count_;
      const OpData& d = f_.op(o);
      if (d.block != b || d.prev != prev) return fail("op ", o.raw, " is linked wrongly");
      prev = o;
      for (std::uint32_t i = 0; i < d.results.size(); ++i) {
        const ValueData& v = f_.value(d.results[i]);
        if (v.kind != ValueKind::op_result || v.op != o || v.index != i)
          fail("result ", i, " does not belong to ", text(o));
      }
      for (const BlockId inner : d.blocks) structure(inner, o);
    }
    if (f_.block(b).last != prev) fail("block ", b.raw, " ends wrongly");
    for (std::uint32_t i = 0; i < f_.block(b).args.size(); ++i) {
      const ValueData& v = f_.value(f_.block(b).args[i]);
      if (v.kind != ValueKind::block_arg || v.block != b || v.index != i)
        fail("argument ", i, " does not belong to its block");
    }
    if (parent == OpId() && seen_count_ != f_.op_count()) {
      fail("the function counts ", f_.op_count(), " ops and has ", seen_count_);
    }
  }

  void uses() {
    std::size_t slots = 0, listed = 0;
    const auto count = [&](const std::vector<ValueId>& values) {
      slots += static_cast<std::size_t>(
          std::count_if(values.begin(), values.end(), [](ValueId v) { return bool(v); }));
    };
    for (std::uint32_t i = 0; i < f_.op_capacity(); ++i) {
      const OpId o(i);
      if (!seen(o)) continue;
      count(f_.op(o).operands);
      for (const BlockId b : f_.op(o).blocks) count(f_.block(b).results);
    }
    count(f_.block(f_.entry()).results);
    std::vector<std::pair<std::uint64_t, std::uint32_t>> places;  // of one value's uses
    for (std::uint32_t i = 0; i < f_.value_capacity(); ++i) {
      const ValueId v(i);
      places.clear();
      for (const Use& use : f_.value(v).uses) {
        ++listed;
        places.emplace_back(use.op ? use.op.raw : (std::uint64_t{1} << 32) + use.block.raw,
                            use.index);
        const bool live = use.op ? seen(use.op) : use.block.index() < f_.block_capacity();
        const auto& values = !live    ? no_values_
                             : use.op ? f_.op(use.op).operands
                                      : f_.block(use.block).results;
        if (use.index >= values.size() || values[use.index] != v)
          fail("the use list of value ", i, " names a stranger");
      }
      std::sort(places.begin(), places.end());
      if (std::adjacent_find(places.begin(), places.end()) != places.end())
        fail("the use list of value ", i, " repeats itself");
    }
    if (slots != listed) fail(slots, " operands, but ", listed, " uses listed");
  }

  // Values become visible when defined and vanish with their block.
  void scope(BlockId b) {
    std::vector<ValueId> mine = f_.block(b).args;
    for (const ValueId v : mine) visible_[v.index()] = true;
    for (const OpId o : f_.ops(b)) {
      const OpData& d = f_.op(o);
      for (const ValueId v : d.operands) {
        if (v && !visible_[v.index()])
          fail("an operand is not defined before its use in ", text(o));
      }
      for (const BlockId inner : d.blocks) scope(inner);
      for (const ValueId v : d.results) {
        visible_[v.index()] = true;
        mine.push_back(v);
      }
    }
    for (const ValueId v : f_.block(b).results) {
      if (!v || !visible_[v.index()]) fail("a result of block ", b.raw, " is not defined in it");
    }
    for (const ValueId v : mine) visible_[v.index()] = false;
  }

  void types() {
    Again again(f_);
    for_each_op(f_, [&](OpId o) {
      const auto types = again.infer(o);
      if (!types) return fail(types.error().message, " in ", text(o));
      for (std::size_t i = 0; i < types->size(); ++i) {
        const Type &stored = f_.type(f_.op(o).results[i]), &now = (*types)[i];
        if (!(stored == now) && !compatible(stored, now))
          fail("inference gives ", to_string(now), " in ", text(o));
      }
    });
  }

  void features(std::string_view what, const std::vector<Feature>& list,
                const std::vector<ValueId>& values) {
    if (list.size() != values.size())
      return fail(values.size(), " ", what, "s, but ", list.size(), " features");
    std::set<std::string_view> names;
    for (const Feature& x : list) {
      if (!names.insert(x.name).second) fail("two ", what, "s named '", x.name, "'");
    }
  }

  const Function& f_;
  Diagnostics& out_;
  std::vector<bool> visible_;
  std::vector<bool> seen_;  ///< the ops that blocks list
  std::size_t seen_count_ = 0;
  std::vector<ValueId> no_values_;
  bool broken_ = false;
};

Status first_error(const Diagnostics& d) {
  if (!d.has_errors()) return {};
  return d.all().front().error;
}

}  // namespace

void verify(const Function& f, Diagnostics& out) { Verifier(f, out).run(); }

void verify(const Module& m, Diagnostics& out) {
  std::set<std::string_view> names;
  for (const Function& f : m.functions) {
    if (!names.insert(f.name).second) {
      out.error(Error(Code::E2111, cat("two functions named '", f.name, "'")));
    }
    verify(f, out);
  }
}

Status verify(const Function& f) {
  Diagnostics d;
  verify(f, d);
  return first_error(d);
}

Status verify(const Module& m) {
  Diagnostics d;
  verify(m, d);
  return first_error(d);
}

}  // namespace corecast::ir
