#include "validator/rounded.h"

#include <map>
#include <set>
#include <string_view>

#include "ops/elementwise/cast.h"
#include "ops/op_kind.h"

namespace corecast::validator {
namespace {

using ir::DType;
using ir::Function;
using ir::OpId;
using ir::ValueId;

bool is_float(const Function& f, ValueId v) {
  return v && f.type(v).is_tensor() && ir::is_floating(f.type(v).dtype);
}

/// The type in which a value was computed: features are f32 behind a cast.
DType made_as(const Function& f, ValueId v) {
  const auto cast = f.def_if<op::Cast>(v);
  return cast && is_float(f, cast->x) ? f.type(cast->x).dtype : f.type(v).dtype;
}

std::vector<OpId> ops_of(const Function& f) {
  std::vector<OpId> ops;
  ir::for_each_op(f, [&](OpId id) { ops.push_back(id); });
  return ops;
}

template <class Keep>
std::vector<bool> chosen(const Function& f, const Keep& keep) {
  std::vector<bool> out(f.value_capacity(), false);
  const auto look = [&](ValueId v) {
    if (v && f.type(v).is_tensor() && keep(v)) out[v.index()] = true;
  };
  for (const ValueId v : f.block(f.entry()).args) look(v);
  ir::for_each_op(f, [&](OpId id) {
    for (const ValueId v : f.op(id).operands) look(v);
    for (const ValueId v : f.op(id).results) look(v);
  });
  return out;
}

/// Floats that become whole numbers by a little arithmetic: sizes, indices, counts.
std::set<ValueId> deciding(const Function& f, const std::vector<OpId>& ops) {
  std::set<ValueId> out;
  for (auto it = ops.rbegin(); it != ops.rend(); ++it) {
    const ir::OpData& op = f.op(*it);
    bool wanted = f.is(*it, ir::OpKind::Cast) && !is_float(f, op.results[0]) &&
                  f.type(op.results[0]).dtype != DType::boolean;
    for (const ValueId r : op.results) wanted = wanted || out.contains(r);
    const bool cheap = op.schema->traits.looks_through(ir::Walk::positions);
    for (std::size_t i = 0; i < op.operands.size(); ++i) {
      const bool positions = op.schema->operands[op.schema->operand_index(op, i)].positions;
      if (((wanted && (cheap || f.is(*it, ir::OpKind::Cast))) || positions) &&
          is_float(f, op.operands[i]))
        out.insert(op.operands[i]);
    }
  }
  return out;
}

}  // namespace

std::vector<bool> rounded_values(const ir::Module& source, const ir::Module& candidate,
                                 Naming naming) {
  const Function& f = source.main();
  const Function& c = candidate.main();
  std::map<std::string_view, DType> types;
  ir::for_each_op(c, [&](OpId id) {
    for (const ValueId r : c.op(id).results) {
      if (is_float(c, r) && !c.value(r).name.empty()) types.emplace(c.value(r).name, made_as(c, r));
    }
  });
  const std::vector<OpId> ops = ops_of(f);
  std::vector<bool> out(f.value_capacity(), false), known(f.value_capacity(), false);
  bool any = false;
  for (const OpId id : ops) {
    for (const ValueId r : f.op(id).results) {
      if (!is_float(f, r) || f.value(r).name.empty()) continue;
      const auto it = types.find(named_by(naming, f.value(r).name));
      if (it == types.end()) continue;
      known[r.index()] = any = true;
      out[r.index()] = it->second == DType::f16;
    }
  }
  if (!any) return all_floats(source);
  const std::set<ValueId> decides = deciding(f, ops);
  // From what things become back to what they are made of.
  for (auto it = ops.rbegin(); it != ops.rend(); ++it) {
    const ir::OpData& op = f.op(*it);
    bool rounds = false;
    for (const ValueId r : op.results) rounds = rounds || (is_float(f, r) && out[r.index()]);
    if (!rounds) continue;
    for (const ValueId v : op.operands) {
      if (is_float(f, v) && !known[v.index()] && !decides.contains(v)) out[v.index()] = true;
    }
  }
  return out;
}

std::vector<bool> declared_half(const ir::Module& module) {
  const Function& f = module.main();
  return chosen(f, [&](ValueId v) { return f.type(v).dtype == DType::f16; });
}

std::vector<bool> all_floats(const ir::Module& module) {
  const Function& f = module.main();
  const std::set<ValueId> decides = deciding(f, ops_of(f));
  return chosen(f, [&](ValueId v) { return is_float(f, v) && !decides.contains(v); });
}

std::vector<bool> only_constants(const ir::Module& module, const std::vector<bool>& rounded) {
  const Function& f = module.main();
  return chosen(f, [&](ValueId v) { return f.is_constant(v) && rounded[v.index()]; });
}

bool is_fixed(const ir::Function& f, std::size_t index) {
  std::vector<ValueId> left = {f.block(f.entry()).results.at(index)};
  std::set<ValueId> seen;
  while (!left.empty()) {
    const ValueId v = left.back();
    left.pop_back();
    if (!v || f.is_constant(v) || !seen.insert(v).second) continue;
    const OpId op = f.def(v);
    // What blocks do with what they capture is not followed.
    if (!op || !f.op(op).blocks.empty() || !f.op(op).schema->traits.pure) return false;
    for (const ValueId o : f.op(op).operands) left.push_back(o);
  }
  return true;
}

}  // namespace corecast::validator
