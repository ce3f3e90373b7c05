// Lowering for the makers of the cpu engine.
//
//   bool lower_relu(Lowering& l) {
//     const auto op = l.get<op::Relu>();
//     const SlotId x = l.plain(op.x), y = l.make(l.result());
//     return l.step(Kernel::relu, ReluArguments{.n = l.count(op.x)}, {x}, {y}, x);
//   }
#pragma once

#include "executor/cpu/call.h"
#include "executor/cpu/engine.h"
#include "executor/lowering.h"

namespace corecast::cpu {

using executor::kPlain;
using executor::Layout;

class Lowering : public executor::Lowering {
 public:
  Lowering(const executor::Lowering& l, Engine& engine) : executor::Lowering(l), engine_(engine) {}

  Engine& engine() { return engine_; }

  /// The value with blocked channels (rank 3 and up, f32); adds a conversion when needed.
  SlotId blocked(ir::ValueId v) { return in(v, kBlocked); }
  /// Blocked is the only form that exists: ops that can use either should use it.
  bool is_blocked(ir::ValueId v) const { return has(v, kBlocked) && !has(v, kPlain); }

  /// Adds the step; see Lowering::add. The kernel finds its operands in this order; an optional one
  /// that is not there is an empty id.
  template <class T>
  bool step(Kernel kernel, T arguments, std::vector<SlotId> reads, std::vector<SlotId> writes,
            SlotId in_place = {}) {
    CC_CHECK(kernel_entry(kernel).arguments == executor::arguments_type<T>(),
             "arguments of another kernel");
    return add(executor::KernelId(static_cast<std::uint32_t>(kernel)),
               executor::Arguments(std::move(arguments)), std::move(reads), std::move(writes),
               in_place);
  }

  /// One packed form of a constant weight, made once. What it was made from is let go: pointers
  /// from constant() to it are void afterwards.
  template <class T, class Make>
  std::shared_ptr<const T> packed(ir::ValueId v, PackedForm form, const Make& make) {
    auto kept = engine_.packed<T>(v, form);
    if (!kept) {
      kept = std::make_shared<const T>(make());
      engine_.keep_packed(v, form, kept);
      model().let_go(v);
    }
    return kept;
  }

 private:
  Engine& engine_;
};

using Maker = bool (*)(Lowering&);
/// The maker for a kind of op, or null. From makers.def.
Maker maker_of(ir::OpKind kind);

}  // namespace corecast::cpu
