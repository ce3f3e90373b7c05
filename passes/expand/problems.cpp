#include "passes/expand/problems.h"

#include "base/strings.h"

namespace corecast::passes {
namespace {

using ir::OpId;
using ir::ValueId;

const char* const kRaise = "raise the deployment target";

class Finder {
 public:
  Finder(const ir::Function& f, const ops::Rules& rules, Problems& problems)
      : f_(f), rules_(rules), family_(rules.table().family), problems_(problems) {}

  void look_at(OpId id) {
    const ir::OpData& op = f_.op(id);
    const ops::OpRule& rule = rules_.row(op.schema->kind);
    if (rule.name.empty()) return problems_.add(f_, id, cat(family_, " has no such op"));
    if (!rules_.may_have(rule.since))
      return problems_.add(f_, id, cat("it came with ", rules_.name(rule.since)), kRaise);
    if (rules_.has_lost(rule.until)) {
      return problems_.add(f_, id, cat("it ended with ", rules_.name(rule.until)),
                           "write for an older target");
    }
    attributes(id, rule);
    operands(id, rule);
    forms(id, rule);
    if (op.schema->traits.constexpr_op) return;
    const std::int64_t largest = rules_.table().largest_rank;
    for (const ValueId v : op.results) {
      if (f_.type(v).rank() > largest) {
        problems_.add(f_, id,
                      cat("its result has rank ", f_.type(v).rank(), ", more than ", largest),
                      "merge dimensions that are not needed apart");
      }
    }
  }

 private:
  void attributes(OpId id, const ops::OpRule& rule) {
    const ir::OpData& op = f_.op(id);
    for (std::size_t i = 0; i < op.attrs.size(); ++i) {
      const ir::AttrSpec& spec = op.schema->attrs[i];
      if (identical(op.attrs[i], spec.fallback)) continue;
      const ops::Version since = rule.parameter(spec.name).since;
      if (since == ops::kNever) {
        problems_.add(
            f_, id,
            cat(family_, "'s has no parameter ", spec.name, ", here ", to_string(op.attrs[i])));
      } else if (!rules_.may_have(since)) {
        problems_.add(f_, id, cat("its parameter ", spec.name, " came with ", rules_.name(since)),
                      kRaise);
      }
    }
  }

  void operands(OpId id, const ops::OpRule& rule) {
    if (rule.operands.empty()) return;
    each_operand(id, rule, [&](const ops::OperandRule& operand, ValueId v) {
      if (!rules_.may_have(operand.since)) {
        problems_.add(f_, id,
                      cat("its operand ", operand.name, " came with ", rules_.name(operand.since)),
                      kRaise);
      }
      const OpId def = f_.def(v);
      const bool constant = f_.is_constant(v) || (def && f_.op(def).schema->traits.constexpr_op);
      if (!constant && !rules_.may_have(operand.computed_since)) {
        problems_.add(f_, id, cat("its operand ", operand.name, " must be a constant"),
                      "compute it ahead, or make it constant");
      }
    });
    each_operand(id, rule, [&](const ops::OperandRule& operand, ValueId v) {
      const ir::DType dtype = f_.type(v).dtype;
      const ops::Version since = operand.since_of(dtype);
      if (since == ops::kNever) {
        problems_.add(f_, id, cat("it does not take ", name_of(dtype)));
      } else if (!rules_.may_have(since)) {
        problems_.add(f_, id, cat("it takes ", name_of(dtype), " from ", rules_.name(since), " on"),
                      kRaise);
      }
    });
  }

  void forms(OpId id, const ops::OpRule& rule) {
    for (const ops::FormRule& form : rule.forms) {
      if (!rules_.may_have(form.since) && form.says && form.says(f_, id)) {
        problems_.add(f_, id, cat("its form ", form.name, " came with ", rules_.name(form.since)),
                      kRaise);
      }
    }
  }

  template <class Visit>
  void each_operand(OpId id, const ops::OpRule& rule, const Visit& visit) const {
    const ir::OpData& op = f_.op(id);
    for (std::size_t i = 0; i < op.operands.size(); ++i) {
      if (!op.operands[i]) continue;
      const std::size_t at = op.schema->operand_index(op, i);
      visit(rule.operand(op.schema->operands[at].name), op.operands[i]);
    }
  }

  const ir::Function& f_;
  const ops::Rules& rules_;
  std::string_view family_;
  Problems& problems_;
};

}  // namespace

void Problems::add(const ir::Function& f, OpId op, const std::string& why, std::string remedy) {
  if (!seen_.insert({&f, op}).second) return;
  const ir::OpData& data = f.op(op);
  Error e(Code::E3003,
          cat("op ", data.schema->name, " cannot be expressed",
              rules_.version() ? cat(" for ", rules_.name()) : std::string(), ": ", why),
          std::move(remedy));
  e.where.graph = f.name;
  e.where.op = data.schema->name;
  if (data.location) {
    e.where.node = data.location->node;
    e.where.source = data.location->source;
    if (!data.location->op.empty()) e.where.op = data.location->op;
  }
  if (e.where.node.empty() && !data.results.empty()) e.where.node = f.value(data.results[0]).name;
  found_.error(std::move(e));
}

void find_problems(const ir::Function& f, const ops::Rules& rules, Problems& problems) {
  Finder finder(f, rules, problems);
  for_each_op(f, [&](OpId id) { finder.look_at(id); });
}

}  // namespace corecast::passes
