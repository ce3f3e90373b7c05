#include "converter/coreml/legalise/problems.h"

#include "base/strings.h"
#include "converter/coreml/legalise/domains.h"

namespace corecast::coreml::legal {
namespace {

constexpr std::int64_t kLargestRank = 5;

const char* const kRaise = "raise the deployment target";

class Finder {
 public:
  Finder(const ir::Function& f, std::optional<Target> target, Problems& problems)
      : f_(f), target_(target), problems_(problems) {}

  void look_at(OpId id) {
    const ir::OpData& op = f_.op(id);
    const ir::OpSchema& schema = *op.schema;
    if (schema.mil.name.empty()) return problems_.add(f_, id, "Core ML has no such op");
    if (!has(schema.mil.since))
      return problems_.add(f_, id, cat("it came with ", name_of(schema.mil.since)), kRaise);
    attributes(id);
    operands(id);
    if (schema.traits.constexpr_op) return;
    for (const ValueId v : op.results) {
      if (f_.type(v).rank() > kLargestRank) {
        problems_.add(f_, id,
                      cat("its result has rank ", f_.type(v).rank(), ", more than ", kLargestRank),
                      "merge dimensions that are not needed apart");
      }
    }
  }

 private:
  bool has(Target since) const { return !target_ || *target_ >= since; }

  void attributes(OpId id) {
    const ir::OpData& op = f_.op(id);
    for (std::size_t i = 0; i < op.attrs.size(); ++i) {
      const ir::AttrSpec& spec = op.schema->attrs[i];
      if (identical(op.attrs[i], spec.fallback)) continue;
      if (!spec.in_mil) {
        problems_.add(
            f_, id,
            cat("Core ML's has no parameter ", spec.name, ", here ", to_string(op.attrs[i])));
      } else if (!has(spec.since)) {
        problems_.add(f_, id, cat("its parameter ", spec.name, " came with ", name_of(spec.since)),
                      kRaise);
      }
    }
  }

  void operands(OpId id) {
    const ir::OpData& op = f_.op(id);
    for (std::size_t i = 0; i < op.operands.size(); ++i) {
      const ValueId v = op.operands[i];
      if (!v) continue;
      const ir::OperandSpec& spec = op.schema->operands[op.schema->operand_index(op, i)];
      const OpId def = f_.def(v);
      const bool constant = f_.is_constant(v) || (def && f_.op(def).schema->traits.constexpr_op);
      if (spec.constant_in_mil && !constant) {
        problems_.add(f_, id, cat("its operand ", spec.name, " must be a constant"),
                      "compute it ahead, or make it constant");
      }
    }
    const DomainRow* row = domain_of(op.schema->kind);
    if (!row) return;
    for (std::size_t i = 0; i < op.operands.size(); ++i) {
      const auto& spec = op.schema->operands[op.schema->operand_index(op, i)];
      bool data = false;
      for (const auto name : split(row->operands, ',')) data = data || name == spec.name;
      if (!data || !op.operands[i]) continue;
      const DType d = f_.type(op.operands[i]).dtype;
      const bool small = ir::is_integer(d) && ir::bits_of(d) < 32;
      if (!allows(row->domain, d) && !small)
        problems_.add(f_, id, cat("it does not take ", name_of(d)));
    }
  }

  const ir::Function& f_;
  std::optional<Target> target_;
  Problems& problems_;
};

}  // namespace

void Problems::add(const ir::Function& f, OpId op, const std::string& why, std::string remedy) {
  if (!seen_.insert({&f, op}).second) return;
  const ir::OpData& data = f.op(op);
  Error e(Code::E3003,
          cat("op ", data.schema->name, " cannot be expressed",
              target_ ? cat(" for ", name_of(*target_)) : std::string(), ": ", why),
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

void find_problems(const ir::Function& f, std::optional<Target> target, Problems& problems) {
  Finder finder(f, target, problems);
  for_each_op(f, [&](OpId id) { finder.look_at(id); });
}

}  // namespace corecast::coreml::legal
