// Call: what a kernel of the cpu engine sees of the step that it runs.
#pragma once

#include "base/thread_pool.h"
#include "executor/frame.h"

namespace corecast::cpu {

using executor::SlotId;

enum class Kernel : std::uint16_t {
#define KERNEL(id, name, function, arguments) id,
#include "executor/cpu/kernels.def"
#undef KERNEL
};

class Call {
 public:
  Call(const executor::Step& step, const executor::Frame& frame, ThreadPool& pool)
      : step_(step), frame_(frame), pool_(pool) {}

  ThreadPool& pool() const { return pool_; }
  const executor::Arguments& arguments() const { return step_.arguments; }

  /// The elements of operand i; null: it is optional and not there.
  template <class T = float>
  const T* in(std::size_t i) const {
    return static_cast<const T*>(data(step_.reads[i]));
  }
  /// The elements of result i, or of memory for this step.
  template <class T = float>
  T* out(std::size_t i) const {
    return static_cast<T*>(data(step_.writes[i]));
  }
  /// Operand i as a tensor, which shares its bytes and lives as long as the call.
  ir::Tensor tensor(std::size_t i) const { return frame_.tensor(step_.reads[i]); }
  std::size_t reads() const { return step_.reads.size(); }
  std::size_t writes() const { return step_.writes.size(); }

 private:
  void* data(SlotId s) const { return s ? frame_.data(s) : nullptr; }
  const executor::Step& step_;
  const executor::Frame& frame_;
  ThreadPool& pool_;
};

/// A row of the table of kernels.
struct KernelEntry {
  std::string_view name;
  executor::ArgumentsType arguments;
  Status (*run)(const Call& call);
};
const KernelEntry& kernel_entry(Kernel kernel);

}  // namespace corecast::cpu
