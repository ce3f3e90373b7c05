// The cpu engine: kernels for this processor's instruction sets, on a pool of threads.
//
// Kept: f16 as f32 always, and bf16 and f64 as f32 unless the declared types are asked for; kernels
// compute in f32. What is rounded is rounded after its step by one vectorised pass over bytes that
// are still in cache. Besides kPlain there is kBlocked.
#pragma once

#include <map>
#include <tuple>
#include <typeindex>

#include "base/thread_pool.h"
#include "executor/engine.h"
#include "executor/program.h"

namespace corecast::cpu {

/// [N, ceil(C / w), spatial..., w] floats with w = the vector width and zeros in missing channels
/// (kernels/layout.h); only for f32 of rank 3 and up.
extern const executor::Layout kBlocked;

/// A packed form of a constant weight: what tells it from the others of this weight.
struct PackedForm {
  int variant = 0;  ///< among those of one C++ type
  ir::OpId op{};    ///< where it depends on the op that reads the weight
};

class Engine final : public executor::Engine {
 public:
  explicit Engine(const executor::Options& options);

  std::string_view name() const override { return "cpu"; }
  ir::DType storage(ir::DType declared) const override;
  bool rounds(ir::DType declared) const override;
  ir::Tensor stored(const ir::Tensor& t, ir::DType declared) override;
  std::shared_ptr<executor::MemoryBlock> allocate(std::int64_t bytes) override;
  bool lower(executor::Lowering& l) override;
  bool convert(executor::Lowering& l, executor::SlotId from, executor::SlotId to) override;
  std::string_view kernel_name(executor::KernelId kernel) const override;
  Status run(const executor::Step& step, executor::Frame& frame) override;

  executor::Precision precision() const { return precision_; }
  ThreadPool& pool() { return *pool_; }
  /// Rounds n floats in place to fp16.
  void round(float* x, std::int64_t n);
  /// That packed form of a constant weight, kept for all shapes; null until made.
  template <class T>
  std::shared_ptr<const T> packed(ir::ValueId v, PackedForm form) const {
    const auto found = packed_.find(key<T>(v, form));
    return found == packed_.end() ? nullptr : std::static_pointer_cast<const T>(found->second);
  }
  template <class T>
  void keep_packed(ir::ValueId v, PackedForm form, std::shared_ptr<const T> packed) {
    packed_[key<T>(v, form)] = std::move(packed);
  }

 private:
  /// The type is part of the key: what is found is what was kept.
  using PackedKey = std::tuple<std::uint32_t, std::type_index, int, std::uint32_t>;
  template <class T>
  static PackedKey key(ir::ValueId v, PackedForm form) {
    return {v.raw, typeid(T), form.variant, form.op.raw};
  }
  ir::Tensor rounded(const ir::Tensor& t);
  void round(const executor::Rounding& rounding, float* x, std::int64_t n);

  const executor::Precision precision_;
  const SharedPool pool_;
  const std::shared_ptr<const executor::Rounding> rounding_;
  std::map<PackedKey, std::shared_ptr<const void>> packed_;
};

}  // namespace corecast::cpu
