#include "passes/pattern.h"

#include <algorithm>
#include <cmath>

namespace corecast::passes {

struct PatternNode {
  enum class Kind { variable, any_constant, number, op, any_of } kind = Kind::variable;
  std::string_view name;  // patterns are built from literals
  double number = 0;
  bool exact = false;  ///< no tolerance for the number
  OpKind op_kind{};
  std::vector<Pattern> children;
  bool shared = false;
  std::vector<std::function<bool(const Match&, ValueId)>> predicates;
};

namespace {

Pattern make(PatternNode node) {
  return Pattern(std::make_shared<const PatternNode>(std::move(node)));
}

double tolerance(ir::DType dtype) { return ir::bits_of(dtype) <= 16 ? 2e-3 : 1e-5; }

bool is_number(const ir::Function& f, ValueId v, const PatternNode& n) {
  const auto got = uniform_constant(f, v);
  if (!got) return false;
  const double allowed = n.exact ? 0 : tolerance(f.type(v).dtype) * std::fabs(n.number);
  return std::fabs(*got - n.number) <= allowed;
}

}  // namespace

Pattern::Pattern(double value) : Pattern(constant(value)) {}

Pattern Pattern::named(std::string_view name) const {
  PatternNode n = *node_;
  n.name = name;
  return make(std::move(n));
}
Pattern Pattern::shared() const {
  PatternNode n = *node_;
  n.shared = true;
  return make(std::move(n));
}
Pattern Pattern::where(std::function<bool(const Match&, ValueId)> predicate) const {
  PatternNode n = *node_;
  n.predicates.push_back(std::move(predicate));
  return make(std::move(n));
}

std::set<OpKind> Pattern::root_kinds() const {
  if (node_->kind == PatternNode::Kind::op) return {node_->op_kind};
  std::set<OpKind> kinds;
  if (node_->kind == PatternNode::Kind::any_of) {
    for (const Pattern& p : node_->children) kinds.merge(p.root_kinds());
  }
  return kinds;
}

int Pattern::depth() const {
  int deepest = 0;
  for (const Pattern& p : node_->children) deepest = std::max(deepest, p.depth());
  return deepest + (node_->kind == PatternNode::Kind::op ? 1 : 0);
}

Pattern var(std::string_view name) {
  return make({.kind = PatternNode::Kind::variable, .name = name});
}
Pattern any_constant(std::string_view name) {
  return make({.kind = PatternNode::Kind::any_constant, .name = name});
}
Pattern constant(double value) {
  return make({.kind = PatternNode::Kind::number, .number = value});
}
Pattern exactly(double value) {
  return make({.kind = PatternNode::Kind::number, .number = value, .exact = true});
}
Pattern any_of(std::initializer_list<Pattern> alternatives) {
  return make({.kind = PatternNode::Kind::any_of, .children = alternatives});
}
Pattern op_pattern(OpKind kind, std::vector<Pattern> operands) {
  return make({.kind = PatternNode::Kind::op, .op_kind = kind, .children = std::move(operands)});
}

std::optional<double> uniform_constant(const ir::Function& f, ValueId v) {
  const Tensor* t = f.constant(v);
  if (!t || t->count() < 1 || t->count() > 4096 || t->dtype() == ir::DType::string)
    return std::nullopt;
  const double first = t->at(0);
  for (std::int64_t i = 1; i < t->count(); ++i) {
    if (t->at(i) != first) return std::nullopt;
  }
  return first;
}

ValueId Match::operator[](std::string_view name) const {
  const auto it = bindings_.find(name);
  CC_CHECK(it != bindings_.end(), "the pattern binds no such name");
  return it->second;
}

/// Depth-first with full backtracking: what follows a choice is handed down as `then`.
class Matcher {
 public:
  using Then = std::function<bool()>;

  explicit Matcher(Match& m) : m_(m), f_(m.function()) {}

  bool run(const Pattern& pattern) {
    const auto& results = f_.op(m_.root).results;
    if (results.size() != 1) return false;
    return value(pattern, results[0], true, [this] { return closed(); });
  }

 private:
  bool value(const Pattern& p, ValueId v, bool is_root, const Then& then) {
    const PatternNode& n = p.node();
    if (!v) return false;
    if (n.kind == PatternNode::Kind::any_of) {
      return std::any_of(n.children.begin(), n.children.end(), [&](const Pattern& child) {
        return value(child, v, is_root, [&] { return accept(n, v, then); });
      });
    }
    if (n.kind == PatternNode::Kind::op) return op(n, v, is_root, then);
    if (n.kind == PatternNode::Kind::any_constant && !f_.is_constant(v)) return false;
    if (n.kind == PatternNode::Kind::number && !is_number(f_, v, n)) return false;
    return accept(n, v, then);
  }

  bool op(const PatternNode& n, ValueId v, bool is_root, const Then& then) {
    const OpId id = f_.def(v);
    if (!id || !f_.is(id, n.op_kind)) return false;
    const ir::OpData& d = f_.op(id);
    if (d.results.size() != 1 || d.operands.size() < n.children.size()) return false;
    const std::size_t ops = m_.ops_.size(), inner = m_.inner_.size();
    m_.ops_.push_back(id);
    if (!is_root && !n.shared) m_.inner_.push_back(id);
    const Then done = [&] { return accept(n, v, then); };
    if (operands(n, d, 0, false, done)) return true;
    if (d.schema->traits.commutative && n.children.size() >= 2 && d.operands[0] != d.operands[1] &&
        operands(n, d, 0, true, done)) {
      return true;
    }
    m_.ops_.resize(ops);
    m_.inner_.resize(inner);
    return false;
  }

  bool operands(const PatternNode& n, const ir::OpData& d, std::size_t i, bool swapped,
                const Then& then) {
    if (i == n.children.size()) return then();
    const std::size_t from = swapped && i < 2 ? 1 - i : i;
    return value(n.children[i], d.operands[from], false,
                 [&] { return operands(n, d, i + 1, swapped, then); });
  }

  bool accept(const PatternNode& n, ValueId v, const Then& then) {
    bool bound = false;
    if (!n.name.empty()) {
      const auto [it, fresh] = m_.bindings_.try_emplace(n.name, v);
      if (!fresh && it->second != v) return false;
      bound = fresh;
    }
    bool ok = std::all_of(n.predicates.begin(), n.predicates.end(),
                          [&](const auto& holds) { return holds(m_, v); });
    ok = ok && then();
    if (!ok && bound) m_.bindings_.erase(n.name);
    return ok;
  }

  /// No inner value is seen from outside.
  bool closed() const {
    for (const OpId id : m_.inner_) {
      for (const ir::Use& use : f_.value(f_.op(id).results[0]).uses) {
        if (!use.op || std::find(m_.ops_.begin(), m_.ops_.end(), use.op) == m_.ops_.end())
          return false;
      }
    }
    return true;
  }

  Match& m_;
  const ir::Function& f_;
};

bool match(const Pattern& pattern, Match& m) { return Matcher(m).run(pattern); }

}  // namespace corecast::passes
