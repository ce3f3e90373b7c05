// Frame: the memory of a program that runs.
#pragma once

#include <memory>
#include <vector>

#include "executor/engine.h"
#include "executor/plan.h"
#include "executor/program.h"

namespace corecast::executor {

class Frame {
 public:
  /// `arena`: at least program.arena_bytes.
  Frame(const Program& program, std::shared_ptr<MemoryBlock> arena);

  const Program& program() const { return program_; }

  /// The slot's bytes. CHECKs that there are any.
  void* data(SlotId s) const {
    void* p = data_[s.index()];
    CC_CHECK(p != nullptr || program_.slot(s).bytes == 0, "slot has no memory");
    return p;
  }
  /// The slot as a tensor that shares its bytes: valid until the slot's last reader has run.
  ir::Tensor tensor(SlotId s) const;
  /// Gives an input or heap slot its tensor.
  void set(SlotId s, ir::Tensor tensor);
  void release(SlotId s);

  /// A copy that owns its bytes.
  ir::Tensor copy(SlotId s) const;
  /// Whether the tensor's bytes lie in the arena.
  bool in_arena(const ir::Tensor& t) const;

  NamedTensors* states = nullptr;  ///< of this run

 private:
  const Program& program_;
  std::shared_ptr<MemoryBlock> arena_;
  std::vector<void*> data_;
  std::vector<ir::Tensor> tensors_;
};

/// A tensor's bytes, aligned for its element type.
const void* raw_data(const ir::Tensor& t);

}  // namespace corecast::executor
