// Program: a function specialised to concrete input shapes. Steps run in order over slots; a slot
// is one representation (plain or channel-blocked) of one value.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "executor/plan.h"
#include "executor/shapes.h"

namespace corecast::executor {

struct SlotTag;
using SlotId = Id<SlotTag>;

/// `blocked`: [N, ceil(C / w), spatial..., w] floats with w = the vector width and zeros in missing
/// channels; only for rank 3 and up (see cpu/kernels/layout.h).
enum class Layout : unsigned char { plain, blocked };

enum class Where : unsigned char {
  input,     ///< given by the caller
  constant,  ///< known for these shapes
  arena,     ///< at a fixed offset
  view,      ///< the bytes of another slot
  heap,      ///< a tensor that the step allocates (reference evaluation, unknown shapes)
};

struct Slot {
  ir::ValueId value;
  ir::DType dtype = ir::DType::f32;  ///< of the storage: f16 is kept as f32
  std::vector<std::int64_t> dims;    ///< of the value; meaningless when !shaped
  bool shaped = true;                ///< false: the shape depends on data
  Layout layout = Layout::plain;
  Where where = Where::arena;
  std::int64_t bytes = 0;
  std::int64_t offset = 0;  ///< in the arena
  SlotId root;              ///< view: the slot that owns the bytes
  ir::Tensor constant;
};

class Frame;
using StepFn = std::function<Status(Frame&)>;

struct Step {
  ir::OpId op;
  std::string kernel;
  StepFn run;
  std::vector<SlotId> reads;
  std::vector<SlotId> writes;
  std::vector<SlotId> rounds;   ///< written floats to be rounded to fp16
  std::vector<SlotId> release;  ///< heap slots nobody reads later
  SlotId in_place;              ///< input whose bytes the first output may take over
  double seconds = 0;
  std::int64_t runs = 0;
};

struct Program {
  explicit Program(const ir::Function& f) : types(f) {}

  ConcreteTypes types;
  std::vector<Slot> slots;
  std::vector<Step> steps;
  std::vector<SlotId> plain;    ///< per value: its plain slot, if there is one
  std::vector<SlotId> blocked;  ///< per value: its blocked slot, if there is one
  std::vector<std::pair<SlotId, std::size_t>> inputs;  ///< slot, argument index
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

/// The memory of a running program.
class Frame {
 public:
  Frame(const Program& program, ThreadPool& pool);

  ThreadPool& pool() { return pool_; }
  const Program& program() const { return program_; }

  float* f32(SlotId s) { return static_cast<float*>(data(s)); }
  template <class T>
  T* at(SlotId s) {
    return static_cast<T*>(data(s));
  }
  void* data(SlotId s) {
    void* p = data_[s.index()];
    CC_CHECK(p != nullptr || program_.slot(s).bytes == 0, "slot has no memory");
    return p;
  }
  /// The slot as a tensor that shares its bytes: valid until the slot's last reader has run.
  ir::Tensor tensor(SlotId s);
  /// Gives an input or heap slot its tensor.
  void set(SlotId s, ir::Tensor tensor);
  void release(SlotId s);

  /// A copy that owns its bytes.
  ir::Tensor copy(SlotId s);
  /// Whether the tensor's bytes lie in the arena.
  bool in_arena(const ir::Tensor& t) const;

  NamedTensors* states = nullptr;
  /// Values of nested blocks and of ops whose shapes are only known while running, by value id.
  std::map<std::uint32_t, ir::Tensor> block_values;

 private:
  const Program& program_;
  ThreadPool& pool_;
  std::shared_ptr<ir::OwnedBuffer> arena_;
  std::vector<void*> data_;
  std::vector<ir::Tensor> tensors_;
};

/// A tensor's bytes, aligned for its element type.
const void* raw_data(const ir::Tensor& t);

}  // namespace corecast::executor
