#include "ir/function.h"

#include <algorithm>

#include "base/strings.h"
#include "ir/function_infer.h"

namespace corecast::ir {

Function::Function(std::string n) : name(std::move(n)) { blocks_.emplace_back(); }

BlockId Function::add_block() {
  blocks_.emplace_back();
  return BlockId(static_cast<std::uint32_t>(blocks_.size() - 1));
}

ValueId Function::new_value(ValueKind kind, Type type) {
  ValueData& v = values_.emplace_back();
  v.kind = kind;
  v.type = std::move(type);
  return ValueId(static_cast<std::uint32_t>(values_.size() - 1));
}

ValueId Function::add_arg(BlockId b, Type type, std::string arg_name) {
  const ValueId id = new_value(ValueKind::block_arg, std::move(type));
  ValueData& v = values_[id.index()];
  v.block = b;
  v.index = static_cast<std::uint32_t>(blocks_[b.index()].args.size());
  v.name = std::move(arg_name);
  blocks_[b.index()].args.push_back(id);
  return id;
}

ValueId Function::add_constant(Tensor tensor, std::string constant_name) {
  Type type(tensor.dtype(), make_shape(tensor.dims()));
  const ValueId id = new_value(ValueKind::constant, std::move(type));
  values_[id.index()].tensor = std::make_shared<const Tensor>(std::move(tensor));
  values_[id.index()].name = std::move(constant_name);
  return id;
}

void Function::add_use(ValueId v, Use use) {
  if (v) values_[v.index()].uses.push_back(use);
}

void Function::remove_use(ValueId v, Use use) {
  if (!v) return;
  auto& uses = values_[v.index()].uses;
  // The most recent use is the most likely one to go.
  const auto it = std::find(uses.rbegin(), uses.rend(), use);
  CC_CHECK(it != uses.rend(), "use list out of step");
  *it = uses.back();
  uses.pop_back();
}

void Function::set_results(BlockId b, std::vector<ValueId> results) {
  auto& block = blocks_[b.index()];
  for (std::uint32_t i = 0; i < block.results.size(); ++i)
    remove_use(block.results[i], {OpId(), b, i});
  block.results = std::move(results);
  for (std::uint32_t i = 0; i < block.results.size(); ++i) {
    CC_CHECK(static_cast<bool>(block.results[i]), "a block result is missing");
    add_use(block.results[i], {OpId(), b, i});
  }
}

void Function::set_block_result(BlockId b, std::size_t index, ValueId v) {
  auto& slot = blocks_[b.index()].results[index];
  const Use use{OpId(), b, static_cast<std::uint32_t>(index)};
  remove_use(slot, use);
  slot = v;
  add_use(v, use);
}

void Function::set_operand(OpId o, std::size_t index, ValueId v) {
  auto& slot = ops_[o.index()].operands[index];
  if (slot == v) return;
  const Use use{o, BlockId(), static_cast<std::uint32_t>(index)};
  remove_use(slot, use);
  slot = v;
  add_use(v, use);
}

void Function::replace_all_uses(ValueId from, ValueId to) {
  if (from == to) return;
  std::vector<Use> uses;
  uses.swap(values_[from.index()].uses);
  for (const Use& use : uses) {
    auto& slot = use.op ? ops_[use.op.index()].operands[use.index]
                        : blocks_[use.block.index()].results[use.index];
    slot = to;
    add_use(to, use);
  }
}

void Function::link(OpId o, InsertPoint at) {
  OpData& d = ops_[o.index()];
  BlockData& b = blocks_[at.block.index()];
  d.block = at.block;
  d.next = at.before;
  d.prev = at.before ? ops_[at.before.index()].prev : b.last;
  (d.prev ? ops_[d.prev.index()].next : b.first) = o;
  (d.next ? ops_[d.next.index()].prev : b.last) = o;
}

void Function::unlink(OpId o) {
  OpData& d = ops_[o.index()];
  BlockData& b = blocks_[d.block.index()];
  (d.prev ? ops_[d.prev.index()].next : b.first) = d.next;
  (d.next ? ops_[d.next.index()].prev : b.last) = d.prev;
  d.block = BlockId();
}

// --- inference -------------------------------------------------------------------------------

namespace {

Error misfit(const OpSchema& schema, std::string message) {
  return Error(Code::E2100, cat(schema.name, ": ", message), {},
               Where{{}, {}, {}, std::string(schema.name), {}});
}

// What the schema alone can say about operands and attributes.
Status check_fields(const Function& f, const OpData& d) {
  const OpSchema& s = *d.schema;
  const int variadic = s.variadic();
  const std::size_t fixed = s.operands.size() - (variadic >= 0 ? 1 : 0);
  if (variadic >= 0 ? d.operands.size() < fixed : d.operands.size() != fixed) {
    return misfit(s, cat("takes ", fixed, " operands, got ", d.operands.size()));
  }
  DType group_dtype[128] = {};
  bool group_seen[128] = {};
  for (std::size_t flat = 0; flat < d.operands.size(); ++flat) {
    const OperandSpec& spec = s.operands[s.operand_index(d, flat)];
    const ValueId v = d.operands[flat];
    if (!v) {
      if (spec.kind != OperandKind::optional)
        return misfit(s, cat("operand '", spec.name, "' is missing"));
      continue;
    }
    const DType dtype = f.type(v).dtype;
    if (!spec.dtypes.contains(dtype)) {
      return misfit(s, cat("operand '", spec.name, "' has element type ", name_of(dtype),
                           "; allowed: ", spec.dtypes.to_string()));
    }
    if (spec.group) {
      const auto g = static_cast<std::size_t>(spec.group & 127);
      if (group_seen[g] && group_dtype[g] != dtype) {
        return misfit(s, cat("operand '", spec.name, "' has element type ", name_of(dtype),
                             " where ", name_of(group_dtype[g]), " is needed"));
      }
      group_seen[g] = true;
      group_dtype[g] = dtype;
    }
  }
  if (d.attrs.size() != s.attrs.size()) return misfit(s, "wrong number of attributes");
  for (std::size_t i = 0; i < s.attrs.size(); ++i) {
    const AttrKind kind = kind_of(d.attrs[i]);
    if (kind != s.attrs[i].kind && !(kind == AttrKind::none && s.attrs[i].optional)) {
      return misfit(s, cat("attribute '", s.attrs[i].name, "' is a ", name_of(kind), ", not a ",
                           name_of(s.attrs[i].kind)));
    }
  }
  if (d.blocks.size() != s.blocks.size()) return misfit(s, "wrong number of blocks");
  return {};
}

// Evidence that a shape is nonsense: overflowing or negative sizes.
Status check_types(const OpSchema& s, const Types& types) {
  for (const Type& t : types) {
    std::int64_t count = 1;
    for (const Dim& dim : t.shape) {
      if (!dim.is_constant()) continue;
      if (dim.value() < 0) return misfit(s, cat("gives a negative size: ", to_string(t)));
      if (dim.value() != 0 && __builtin_mul_overflow(count, dim.value(), &count)) {
        return misfit(s, cat("gives more elements than fit in 63 bits: ", to_string(t)));
      }
    }
  }
  return {};
}

std::shared_ptr<const Dims> known_of(const OpData& d, const InferContext& context) {
  if (!d.schema->known) return nullptr;
  auto dims = d.schema->known(d, context);
  return dims ? std::make_shared<const Dims>(std::move(*dims)) : nullptr;
}

}  // namespace

Result<OpId> Function::insert(InsertPoint at, const OpSchema& schema, std::vector<ValueId> operands,
                              std::vector<Attribute> attrs, std::vector<BlockId> blocks,
                              std::shared_ptr<const Location> location) {
  OpData d;
  d.schema = &schema;
  d.operands = std::move(operands);
  d.attrs = std::move(attrs);
  d.blocks = std::move(blocks);
  d.location = std::move(location);
  TRY_VOID(check_fields(*this, d));
  const OpId id(static_cast<std::uint32_t>(ops_.size()));
  FunctionInfer context(*this, id);
  auto types = schema.infer(d, context);
  if (!types) {
    Error e = std::move(types).error();
    if (e.where.op.empty()) {
      e.message = cat(schema.name, ": ", e.message);
      e.where.op = std::string(schema.name);
    }
    return e;
  }
  TRY_VOID(check_types(schema, *types));
  auto known = known_of(d, context);
  ops_.push_back(std::move(d));
  OpData& op = ops_.back();
  for (std::uint32_t i = 0; i < op.operands.size(); ++i)
    add_use(op.operands[i], {id, BlockId(), i});
  for (const BlockId b : op.blocks) blocks_[b.index()].parent = id;
  for (std::uint32_t i = 0; i < types->size(); ++i) {
    const ValueId v = new_value(ValueKind::op_result, std::move((*types)[i]));
    ValueData& data = values_[v.index()];
    data.op = id;
    data.index = i;
    op.results.push_back(v);
  }
  if (known && !op.results.empty()) values_[op.results[0].index()].known = std::move(known);
  link(id, at);
  ++live_ops_;
  return id;
}

Result<Inferred> Function::infer(OpId o, FunctionInfer& context) const {
  const OpData& d = op(o);
  TRY_VOID(check_fields(*this, d));
  TRY(Types types, d.schema->infer(d, context));
  TRY_VOID(check_types(*d.schema, types));
  CC_CHECK(types.size() == d.results.size(), "inference changed the number of results");
  auto known = d.results.empty() ? nullptr : known_of(d, context);
  return Inferred{std::move(types), std::move(known)};
}

Result<bool> Function::infer_again(OpId o) {
  FunctionInfer context(*this, o);
  TRY(Inferred now, infer(o, context));
  const std::vector<ValueId>& results = op(o).results;
  bool changed = false;
  for (std::size_t i = 0; i < results.size(); ++i) {
    Type& stored = values_[results[i].index()].type;
    if (!(stored == now.types[i])) {
      stored = std::move(now.types[i]);
      changed = true;
    }
  }
  if (!results.empty()) {
    auto& stored = values_[results[0].index()].known;
    if (!same_known(stored, now.known)) {
      stored = std::move(now.known);
      changed = true;
    }
  }
  return changed;
}

// --- changing --------------------------------------------------------------------------------

void Function::erase(OpId o) {
  OpData& d = ops_[o.index()];
  CC_CHECK(static_cast<bool>(d.block), "erasing an op twice");
  for (const ValueId r : d.results) {
    CC_CHECK(value(r).uses.empty(), cat("erasing ", d.schema->name, ", whose result is used"));
  }
  for (const BlockId b : d.blocks) {
    set_results(b, {});
    while (blocks_[b.index()].last) erase(blocks_[b.index()].last);
  }
  for (std::uint32_t i = 0; i < d.operands.size(); ++i)
    remove_use(d.operands[i], {o, BlockId(), i});
  d.operands.clear();
  unlink(o);
  --live_ops_;
}

void Function::splice(BlockId from, InsertPoint to) {
  while (blocks_[from.index()].first) move(blocks_[from.index()].first, to);
}

void Function::move(OpId o, InsertPoint to) {
  if (to.before == o) return;
  unlink(o);
  link(o, to);
}

namespace {

// Copies blocks recursively into a fresh function.
class Compactor {
 public:
  Compactor(const Function& from, Function& to) : from_(from), to_(to) {}

  void copy_block(BlockId source, BlockId target) {
    for (const ValueId arg : from_.block(source).args) {
      map_[arg] = to_.add_arg(target, from_.type(arg), from_.value(arg).name);
    }
    for (const OpId o : from_.ops(source)) copy_op(o, target);
    std::vector<ValueId> results;
    for (const ValueId r : from_.block(source).results) results.push_back(value(r));
    to_.set_results(target, std::move(results));
  }

 private:
  ValueId value(ValueId v) {
    if (!v) return v;
    const auto [it, fresh] = map_.try_emplace(v);
    if (fresh) {
      CC_CHECK(from_.is_constant(v), "value used before its definition");
      it->second = to_.add_constant(*from_.constant(v), from_.value(v).name);
    }
    return it->second;
  }
  void copy_op(OpId o, BlockId target) {
    const OpData& d = from_.op(o);
    std::vector<ValueId> operands;
    for (const ValueId v : d.operands) operands.push_back(value(v));
    std::vector<BlockId> blocks;
    for (const BlockId b : d.blocks) {
      blocks.push_back(to_.add_block());
      copy_block(b, blocks.back());
    }
    auto id = to_.insert({target, OpId()}, *d.schema, std::move(operands), d.attrs,
                         std::move(blocks), d.location);
    CC_CHECK(id.has_value(), "copied op no longer fits");
    for (std::size_t i = 0; i < d.results.size(); ++i) {
      const ValueId r = to_.op(*id).results[i];
      map_[d.results[i]] = r;
      to_.set_name(r, from_.value(d.results[i]).name);
      to_.set_type(r, from_.type(d.results[i]));
    }
  }
  const Function& from_;
  Function& to_;
  std::map<ValueId, ValueId> map_;
};

}  // namespace

Function Function::compacted() const {
  Function out(name);
  out.inputs = inputs;
  out.outputs = outputs;
  out.symbols = symbols;
  out.opset = opset;
  Compactor(*this, out).copy_block(entry(), out.entry());
  return out;
}

}  // namespace corecast::ir
