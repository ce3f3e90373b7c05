// Function: an arena of ops, values and blocks in SSA form, addressed by typed ids.
//
// - A block is a list of ops with arguments and results; there are no terminators. Ops of a nested
//   block may use values of the blocks around it. The entry block's arguments are the inputs.
// - A value is a block argument, an op's result, or a constant. Constants belong to no block.
// - Always typed: an op's results get their types when it is inserted.
// - Copies deeply; constants' buffers are shared and immutable.
// - All upkeep of use lists is in this class. Ids of erased ops stay reserved, so erasing is safe
//   while iterating.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ir/attribute.h"
#include "ir/ids.h"
#include "ir/schema.h"
#include "ir/tensor.h"
#include "ir/type.h"

namespace corecast::ir {

/// Where an op came from, for messages. Shared by the ops that one source node became.
struct Location {
  std::string node;    ///< name of the node in the source model
  std::string op;      ///< its op type there
  std::string source;  ///< e.g. a Python source line recorded by the exporter
  friend bool operator==(const Location&, const Location&) = default;
};

/// One use of a value: operand `index` of `op`, or result `index` of `block`.
struct Use {
  OpId op;
  BlockId block;
  std::uint32_t index = 0;
  friend bool operator==(const Use&, const Use&) = default;
};

enum class ValueKind : std::uint8_t { op_result, block_arg, constant };

struct ValueData {
  ValueKind kind = ValueKind::op_result;
  Type type;
  OpId op;                               ///< op_result: the op
  BlockId block;                         ///< block_arg: the block
  std::uint32_t index = 0;               ///< which result or argument
  std::shared_ptr<const Tensor> tensor;  ///< constant
  std::shared_ptr<const Dims> known;     ///< symbolic elements, when known (not for constants)
  std::vector<Use> uses;
  std::string name;  ///< the source model's name; may be empty, need not be unique
};

struct OpData {
  const OpSchema* schema = nullptr;
  std::vector<ValueId> operands;  ///< flat, in schema order; an absent optional one is an empty id
  std::vector<Attribute> attrs;   ///< in schema order
  std::vector<ValueId> results;
  std::vector<BlockId> blocks;
  BlockId block;  ///< where it stands; empty once erased
  OpId prev, next;
  std::shared_ptr<const Location> location;
};

struct BlockData {
  std::vector<ValueId> args;
  std::vector<ValueId> results;
  OpId first, last;
  OpId parent;  ///< the op it is nested in; empty for the entry block
};

/// Before op `before` of `block`, or at its end.
struct InsertPoint {
  BlockId block;
  OpId before;
};

/// Inclusive range of a shape symbol; hi < 0: unbounded.
struct SymbolRange {
  std::int64_t lo = 1;
  std::int64_t hi = -1;
  friend bool operator==(const SymbolRange&, const SymbolRange&) = default;
};

/// How Core ML presents an input or output that is an image: NCHW, uint8 pixels.
struct ImageInfo {
  enum class Color : std::uint8_t { rgb, bgr, grayscale, grayscale_f16 } color = Color::rgb;
  friend bool operator==(const ImageInfo&, const ImageInfo&) = default;
};

/// An input or output as the user of the model sees it.
struct Feature {
  std::string name;
  std::string description;
  std::optional<ImageInfo> image;
  std::vector<std::vector<std::int64_t>> enumerated;  ///< allowed shapes; empty: ranges of symbols
  std::vector<std::int64_t> default_shape;            ///< empty: smallest allowed
  bool optional = false;
};

/// What inference finds for an op.
struct Inferred {
  Types types;                        ///< of its results
  std::shared_ptr<const Dims> known;  ///< symbolic elements of the first; null: unknown
};

class FunctionInfer;

class Function {
 public:
  explicit Function(std::string name = "main");

  std::string name;
  std::vector<Feature> inputs;                              ///< one per argument of the entry block
  std::vector<Feature> outputs;                             ///< one per result of the entry block
  std::map<std::string, SymbolRange, std::less<>> symbols;  ///< of the input shapes
  /// The version of a target that it was read from and must be written as, by the target's name for
  /// it ("ios17"); empty: none.
  std::string opset;

  // --- reading -------------------------------------------------------------------------------
  BlockId entry() const { return BlockId(0); }
  const BlockData& block(BlockId b) const { return blocks_[b.index()]; }
  const OpData& op(OpId o) const { return ops_[o.index()]; }
  const ValueData& value(ValueId v) const { return values_[v.index()]; }
  const Type& type(ValueId v) const { return value(v).type; }
  bool is_constant(ValueId v) const { return v && value(v).kind == ValueKind::constant; }
  /// The tensor of a constant, else null.
  const Tensor* constant(ValueId v) const { return v ? value(v).tensor.get() : nullptr; }
  /// The op that makes v; empty for arguments and constants.
  OpId def(ValueId v) const { return value(v).op; }
  bool is_erased(OpId o) const { return !op(o).block; }
  std::size_t op_capacity() const { return ops_.size(); }
  std::size_t value_capacity() const { return values_.size(); }
  std::size_t block_capacity() const { return blocks_.size(); }
  /// Live ops, nested ones included.
  std::size_t op_count() const { return live_ops_; }

  /// for (OpId id : f.ops(block)): in order; ops may be inserted and erased meanwhile.
  class OpRange;
  OpRange ops(BlockId b) const;

  bool is(OpId o, OpKind kind) const { return op(o).schema->kind == kind; }
  template <class Op>
  std::optional<Op> get_if(OpId o) const {
    if (!o || op(o).schema->kind != Op::kind) return std::nullopt;
    return op(o).schema->load<Op>(op(o));
  }
  /// The op of kind Op that defines v, if it is one.
  template <class Op>
  std::optional<Op> def_if(ValueId v) const {
    return v ? get_if<Op>(def(v)) : std::nullopt;
  }

  // --- building ------------------------------------------------------------------------------
  BlockId add_block();
  ValueId add_arg(BlockId b, Type type, std::string name = {});
  void set_results(BlockId b, std::vector<ValueId> results);
  ValueId add_constant(Tensor tensor, std::string name = {});

  /// Inserts an op and infers its result types. Fails when operands or attributes do not fit
  /// (nothing is inserted then). Blocks must be complete already.
  Result<OpId> insert(InsertPoint at, const OpSchema& schema, std::vector<ValueId> operands,
                      std::vector<Attribute> attrs, std::vector<BlockId> blocks = {},
                      std::shared_ptr<const Location> location = nullptr);

  // --- changing ------------------------------------------------------------------------------
  void set_name(ValueId v, std::string text) { values_[v.index()].name = std::move(text); }
  /// For arguments (an input's type) and for results whose declared type is more precise.
  void set_type(ValueId v, Type type) { values_[v.index()].type = std::move(type); }
  void set_operand(OpId o, std::size_t index, ValueId v);
  void set_attr(OpId o, std::size_t index, Attribute a) {
    ops_[o.index()].attrs[index] = std::move(a);
  }
  void set_location(OpId o, std::shared_ptr<const Location> l) {
    ops_[o.index()].location = std::move(l);
  }
  void set_block_result(BlockId b, std::size_t index, ValueId v);
  void replace_all_uses(ValueId from, ValueId to);
  /// CHECKs that no result is used. Erases nested blocks' ops too.
  void erase(OpId o);
  /// Moves all ops of `from` before `to`, keeping their order.
  void splice(BlockId from, InsertPoint to);
  void move(OpId o, InsertPoint to);
  /// What inference, as `context` sees this function, says of the op now; nothing changes.
  Result<Inferred> infer(OpId o, FunctionInfer& context) const;
  /// Runs inference again; true when a type or known value changed.
  Result<bool> infer_again(OpId o);

  /// A copy with ids renumbered densely and unused constants dropped.
  Function compacted() const;

 private:
  void add_use(ValueId v, Use use);
  void remove_use(ValueId v, Use use);
  void link(OpId o, InsertPoint at);
  void unlink(OpId o);
  ValueId new_value(ValueKind kind, Type type);

  std::deque<OpData> ops_;
  std::deque<ValueData> values_;
  std::deque<BlockData> blocks_;
  std::size_t live_ops_ = 0;
};

class Function::OpRange {
 public:
  OpRange(const Function& f, OpId first) : f_(&f), first_(first) {}
  class Iterator {
   public:
    Iterator(const Function* f, OpId id) : f_(f), id_(id) {}
    OpId operator*() const { return id_; }
    Iterator& operator++() {
      // An erased op keeps its `next`, so a loop may erase what it stands on.
      do {
        id_ = f_->op(id_).next;
      } while (id_ && f_->is_erased(id_));
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.id_ == b.id_; }

   private:
    const Function* f_;
    OpId id_;
  };
  Iterator begin() const { return {f_, first_}; }
  Iterator end() const { return {f_, OpId()}; }

 private:
  const Function* f_;
  OpId first_;
};

inline Function::OpRange Function::ops(BlockId b) const { return {*this, block(b).first}; }

/// Calls visit(OpId) for every op in order, an op before the ops of its blocks.
template <class Visit>
void for_each_op(const Function& f, BlockId b, const Visit& visit) {
  for (const OpId id : f.ops(b)) {
    visit(id);
    if (f.is_erased(id)) continue;
    const std::vector<BlockId> nested = f.op(id).blocks;
    for (const BlockId inner : nested) for_each_op(f, inner, visit);
  }
}
template <class Visit>
void for_each_op(const Function& f, const Visit& visit) {
  for_each_op(f, f.entry(), visit);
}

}  // namespace corecast::ir
