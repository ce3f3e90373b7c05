#include "executor/cpu/engine.h"

#include "base/strings.h"
#include "executor/cpu/kernels/kernels.h"
#include "executor/cpu/kernels/layout.h"
#include "executor/cpu/lowering.h"
#include "executor/rounding.h"

namespace corecast::cpu {

using executor::Precision;
using executor::Step;
using ir::DType;

const Layout kBlocked{"blocked", [](DType, const std::vector<std::int64_t>& dims) {
                        return blocked_count(dims) * 4;
                      }};

struct BlockArguments {
  std::vector<std::int64_t> dims;
};
Status run_block(const BlockArguments& a, const Call& c) {
  block(c.pool(), c.in(0), a.dims, c.out(0));
  return {};
}
Status run_unblock(const BlockArguments& a, const Call& c) {
  unblock(c.pool(), c.in(0), a.dims, c.out(0));
  return {};
}

namespace {

class HostMemory final : public executor::MemoryBlock {
 public:
  explicit HostMemory(std::int64_t bytes) : bytes_(static_cast<std::size_t>(bytes), false) {}
  std::byte* data() override { return bytes_.mutable_bytes(); }

 private:
  ir::OwnedBuffer bytes_;
};

executor::EngineInfo info() {
  return {.available = true,
          .devices = {cat(name_of(kernels().isa), ", ", available_cores(), " cores")}};
}

Result<executor::Engines> make(const executor::Options& options) {
  executor::Engines engines;
  engines.push_back(std::make_unique<Engine>(options));
  return engines;
}

}  // namespace

Engine::Engine(const executor::Options& options)
    : precision_(options.precision),
      pool_(options.pool ? options.pool : shared_pool(0)),
      rounding_(options.rounding) {}

std::shared_ptr<executor::MemoryBlock> Engine::allocate(std::int64_t bytes) {
  return std::make_shared<HostMemory>(bytes);
}

bool Engine::lower(executor::Lowering& common) {
  const Maker maker = maker_of(common.data().schema->kind);
  if (!maker) return false;
  Lowering l(common, *this);
  return maker(l);
}

bool Engine::convert(executor::Lowering& common, SlotId from, SlotId to) {
  Lowering l(common, *this);
  const bool blocks = l.slot(to).layout == &kBlocked;
  if (!blocks && l.slot(from).layout != &kBlocked) return false;
  return l.step(blocks ? Kernel::block : Kernel::unblock, BlockArguments{l.slot(to).dims}, {from},
                {to});
}

std::string_view Engine::kernel_name(executor::KernelId kernel) const {
  return kernel_entry(static_cast<Kernel>(kernel.raw)).name;
}

Status Engine::run(const Step& step, executor::Frame& frame) {
  TRY_VOID(kernel_entry(static_cast<Kernel>(step.kernel.raw)).run(Call(step, frame, *pool_)));
  for (const SlotId r : step.rounds) {
    const executor::Slot& slot = frame.program().slot(r);
    auto* const x = static_cast<float*>(frame.data(r));
    if (!rounding_)
      round(x, slot.bytes / 4);
    else if (rounding_->rounds(slot.value))
      round(*rounding_, x, slot.bytes / 4);
  }
  return {};
}

}  // namespace corecast::cpu

namespace corecast::executor {

EngineEntry cpu_entry() { return {"cpu", cpu::info, cpu::make}; }

}  // namespace corecast::executor
