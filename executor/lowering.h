// Lowering: what a fast kernel's maker sees while a program is built. A maker looks at one op with
// concrete shapes and either adds a step for it or declines, and the reference evaluation runs it.
//
//   bool lower_relu(Lowering& l) {
//     const auto op = l.get<op::Relu>();
//     const SlotId x = l.plain(op.x), y = l.make(l.result());
//     return l.step("relu", {x}, {y}, [=](Frame& f) { ...; return Status(); });
//   }
#pragma once

#include <map>
#include <optional>
#include <set>

#include "executor/model.h"
#include "executor/program.h"

namespace corecast::executor {

class Lowering {
 public:
  Lowering(Model& model, Program& program, bool fuse)
      : model_(model), program_(program), fuse_(fuse) {}

  // --- the op --------------------------------------------------------------------------------
  template <class Op>
  Op get() const {
    auto fields = model_.f.get_if<Op>(op_);
    CC_CHECK(fields.has_value(), "maker called for another op");
    return *fields;
  }
  ir::OpId op() const { return op_; }
  const ir::Function& f() const { return model_.f; }
  Model& model() { return model_; }
  const ir::OpData& data() const { return model_.f.op(op_); }
  ir::ValueId result(std::size_t i = 0) const { return data().results[i]; }

  // --- values --------------------------------------------------------------------------------
  /// Concrete sizes. Empty optional: the shape depends on data.
  std::optional<std::vector<std::int64_t>> shape(ir::ValueId v) const;
  /// Precondition: the shape is concrete (it is, for operands and results of an op being lowered).
  std::vector<std::int64_t> dims(ir::ValueId v) const;
  std::int64_t count(ir::ValueId v) const;
  /// Element type of the storage.
  ir::DType dtype(ir::ValueId v) const { return model_.storage(model_.f.type(v).dtype); }
  bool is_float(ir::ValueId v) const { return dtype(v) == ir::DType::f32; }
  /// The value in storage type when it is known for these shapes, else null. What is derived from
  /// constants is computed here: packers should ask only when they have to pack. The pointer is
  /// good until the next call, or until the value is packed.
  const ir::Tensor* constant(ir::ValueId v);
  /// Whether constant() has an answer, without computing it.
  bool is_constant(ir::ValueId v) const;
  /// The elements of a known integer tensor.
  std::optional<std::vector<std::int64_t>> ints(ir::ValueId v);
  std::optional<double> scalar(ir::ValueId v);
  /// Whether a packed form may be kept for all shapes: the value is the same for all of them.
  bool is_weight(ir::ValueId v) const { return constant_for_all(v); }

  // --- slots ---------------------------------------------------------------------------------
  /// The value, plain; adds a conversion when it exists only blocked.
  SlotId plain(ir::ValueId v);
  /// The value with blocked channels (rank 3 and up, f32); adds a conversion when needed.
  SlotId blocked(ir::ValueId v);
  bool has_plain(ir::ValueId v) const;
  bool has_blocked(ir::ValueId v) const;
  /// Blocked is the only form that exists: ops that can use either should use it.
  bool is_blocked(ir::ValueId v) const { return has_blocked(v) && !has_plain(v); }
  /// A new arena slot for a value that the coming step makes.
  SlotId make(ir::ValueId v, Layout layout = Layout::plain);
  /// The value has the bytes of another slot. Only for plain layouts of equal size.
  void view(ir::ValueId v, SlotId of);
  /// The value is the same for these shapes, whatever the inputs.
  void fold(ir::ValueId v, std::shared_ptr<const ir::Tensor> t);
  /// The value, the op's only result, is the same for all shapes; it is computed when asked for.
  void fold_later(ir::ValueId v);
  std::int64_t slot_bytes(SlotId s) const { return program_.slot(s).bytes; }
  /// Bytes of the arena for the coming step alone.
  SlotId workspace(std::int64_t bytes);

  // --- steps ---------------------------------------------------------------------------------
  /// Adds the step that reads and writes these slots; true, for makers to return. `in_place`: a
  /// slot read whose bytes the first written one may take over, element by element.
  bool step(std::string kernel, std::vector<SlotId> reads, std::vector<SlotId> writes, StepFn run,
            SlotId in_place = {});

  // --- fusion --------------------------------------------------------------------------------
  /// The one op that reads v, when fusion is on, v is read once and is no output; else empty. Under
  /// rounding only exact consumers (clamps) may be fused: ask rounds().
  ir::OpId only_user(ir::ValueId v) const;
  bool rounds(ir::ValueId v) const { return model_.rounds(model_.f.type(v).dtype); }
  /// The op is part of the coming step: it gets none of its own.
  void absorb(ir::OpId op) { absorbed_.insert(op); }
  bool is_made(ir::ValueId v) const { return has_plain(v) || has_blocked(v); }

  // --- for the driver (specialise.cpp) -------------------------------------------------------
  void set_op(ir::OpId op) { op_ = op; }
  /// The first failure of a computation put off by fold_later.
  const Status& status() const { return status_; }
  bool is_absorbed(ir::OpId op) const { return absorbed_.contains(op); }
  SlotId new_slot(ir::ValueId v, Layout layout, Where where);
  bool constant_for_all(ir::ValueId v) const;

 private:
  Model& model_;
  Program& program_;
  bool fuse_;
  ir::OpId op_;
  std::set<ir::OpId> absorbed_;
  std::map<std::uint32_t, ir::OpId> later_;  ///< values to be folded, and their ops
  Status status_;
};

using Maker = bool (*)(Lowering&);
/// The maker for a kind of op, or null. From cpu/makers.def.
Maker maker_of(ir::OpKind kind);

}  // namespace corecast::executor
