// Lowering: what an engine sees while a program is built: one op with concrete shapes, its values
// and their slots. An engine either adds a step for the op or declines; then the next engine is
// asked, and at last the reference evaluation runs it. A Lowering is a reference to what the driver
// (specialize.cpp) keeps; engines may copy it and derive from it.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "executor/model.h"
#include "executor/program.h"

namespace corecast::executor {

class Lowering {
 public:
  /// What is common to all ops of one program.
  struct State {
    Model& model;
    Program& program;
    bool fuse = true;
    ir::OpId op = {};
    Engine* engine = nullptr;  ///< who is asked; null: the rooms
    std::set<ir::OpId> absorbed = {};
    std::map<std::uint32_t, ir::OpId> later = {};  ///< values to be folded, and their ops
    Status status = {};  ///< the first failure of a computation put off by fold_later
  };
  explicit Lowering(State& state) : s_(state) {}

  // --- the op --------------------------------------------------------------------------------
  template <class Op>
  Op get() const {
    auto fields = f().get_if<Op>(op());
    CC_CHECK(fields.has_value(), "maker called for another op");
    return *fields;
  }
  ir::OpId op() const { return s_.op; }
  const ir::Function& f() const { return s_.model.f; }
  Model& model() { return s_.model; }
  const ir::OpData& data() const { return f().op(op()); }
  ir::ValueId result(std::size_t i = 0) const { return data().results[i]; }

  // --- values --------------------------------------------------------------------------------
  /// Concrete sizes. Empty optional: the shape depends on data.
  std::optional<std::vector<std::int64_t>> shape(ir::ValueId v) const;
  /// Precondition: the shape is concrete (it is, for operands and results of an op being lowered).
  std::vector<std::int64_t> dims(ir::ValueId v) const;
  std::int64_t count(ir::ValueId v) const;
  /// Element type of the storage.
  ir::DType dtype(ir::ValueId v) const { return s_.model.storage(f().type(v).dtype); }
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
  /// The value, plain; adds a conversion when it exists only in another layout.
  SlotId plain(ir::ValueId v) { return in(v, kPlain); }
  /// The value in a layout; adds a conversion when needed.
  SlotId in(ir::ValueId v, const Layout& layout);
  bool has(ir::ValueId v, const Layout& layout) const { return static_cast<bool>(find(v, layout)); }
  /// The value has a slot, in any layout.
  bool is_made(ir::ValueId v) const;
  /// A new arena slot for a value that the coming step makes.
  SlotId make(ir::ValueId v, const Layout& layout = kPlain);
  /// The value has the bytes of another slot. Only for plain layouts of equal size.
  void view(ir::ValueId v, SlotId of);
  /// The value is the same for these shapes, whatever the inputs.
  void fold(ir::ValueId v, std::shared_ptr<const ir::Tensor> t);
  /// The value, the op's only result, is the same for all shapes; it is computed when asked for.
  void fold_later(ir::ValueId v);
  const Slot& slot(SlotId s) const { return s_.program.slot(s); }
  std::int64_t slot_bytes(SlotId s) const { return slot(s).bytes; }
  /// Bytes of the arena for the coming step alone.
  SlotId workspace(std::int64_t bytes);

  // --- steps ---------------------------------------------------------------------------------
  /// Adds a step of the engine that is asked, for the op; true, for makers to return. `in_place`
  /// may be empty; else it is a slot read, whose bytes the first written one takes over when nobody
  /// reads them later: element by element, or after everything was read.
  bool add(KernelId kernel, Arguments arguments, std::vector<SlotId> reads,
           std::vector<SlotId> writes, SlotId in_place = {});

  // --- fusion --------------------------------------------------------------------------------
  /// The one op that reads v, when fusion is on, v is read once and is no output; else empty. Under
  /// rounding only exact consumers (clamps) may be fused: ask rounds().
  ir::OpId only_user(ir::ValueId v) const;
  bool rounds(ir::ValueId v) const { return s_.model.rounds(v); }
  /// The op is part of the coming step: it gets none of its own.
  void absorb(ir::OpId op) { s_.absorbed.insert(op); }

  // --- for the driver (specialize.cpp) -------------------------------------------------------
  SlotId new_slot(ir::ValueId v, const Layout& layout, Where where);
  bool constant_for_all(ir::ValueId v) const;

 private:
  SlotId find(ir::ValueId v, const Layout& layout) const;
  SlotId converted(SlotId from, ir::ValueId v, const Layout& layout);
  State& s_;
};

}  // namespace corecast::executor
