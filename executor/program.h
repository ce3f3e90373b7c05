// Program: a function specialised to concrete input shapes. Steps run in order over slots; a slot
// is one representation (plain, or in a layout of an engine's own) of one value.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "executor/shapes.h"
#include "executor/step.h"
#include "ir/tensor.h"

namespace corecast::executor {

/// How the bytes of a slot stand for a value. Layouts are told apart by their addresses. All but
/// kPlain belong to an engine, which makes the steps that convert between it and kPlain.
struct Layout {
  std::string_view name;
  /// Bytes of a value of these dims.
  std::int64_t (*bytes)(ir::DType storage, const std::vector<std::int64_t>& dims);
};
/// Elements of the storage type, row-major, packed: what a tensor has.
extern const Layout kPlain;

enum class Where : unsigned char {
  input,     ///< given by the caller
  constant,  ///< known for these shapes
  arena,     ///< at a fixed offset
  view,      ///< the bytes of another slot
  heap,      ///< a tensor that the step allocates (reference evaluation, unknown shapes)
};

struct Slot {
  ir::ValueId value;                 ///< none: memory for one step alone
  ir::DType dtype = ir::DType::f32;  ///< of the storage
  std::vector<std::int64_t> dims;    ///< of the value; meaningless when !shaped
  bool shaped = true;                ///< false: the shape depends on data
  const Layout* layout = &kPlain;
  Where where = Where::arena;
  std::int64_t bytes = 0;
  std::int64_t offset = 0;  ///< in the arena
  SlotId root;              ///< view: the slot that owns the bytes
  ir::Tensor constant;
};

struct Program {
  explicit Program(const ir::Function& f) : types(f) {}

  ConcreteTypes types;
  std::vector<Slot> slots;
  std::vector<Step> steps;
  std::vector<SlotId> plain;  ///< per value: its plain slot, if there is one
  std::map<std::uint32_t, std::vector<SlotId>> others;  ///< by value: slots in other layouts
  std::vector<std::pair<SlotId, std::size_t>> inputs;   ///< slot, argument index
  std::vector<SlotId> outputs;
  std::vector<std::vector<SlotId>> views;  ///< per slot: the views of it
  std::int64_t arena_bytes = 0;
  std::int64_t live_bytes = 0;

  Slot& slot(SlotId s) { return slots[s.index()]; }
  const Slot& slot(SlotId s) const { return slots[s.index()]; }
  /// The slot that owns the bytes of s.
  SlotId root_of(SlotId s) const {
    while (slot(s).where == Where::view) s = slot(s).root;
    return s;
  }
};

/// Lifetimes, in-place reuse, offsets in the arena, release points: what is left to decide once all
/// steps are there.
void place(Program& program);

/// Slots and steps, one a line, for people and tests:
///
///   s0 %x f32[2,3] input
///   s1 %y f32[2,3] arena
///   cpu.unary 24 B reads s0 writes s1 may reuse s0
std::string to_text(const Program& program, const ir::Function& f);

}  // namespace corecast::executor
