// A second engine (test_engines.h): what it shares with the first is executor/engine.h alone.
#include <cstring>

#include "executor/frame.h"
#include "executor/lowering.h"
#include "executor/reference.h"
#include "ops/elementwise/elementwise_binary.h"
#include "tests/executor/test_engines.h"

namespace corecast::test {

using namespace executor;

namespace {

/// The elements in reverse, as bytes.
const Layout kMirrored{"mirrored", [](ir::DType storage, const std::vector<std::int64_t>& dims) {
                         return kPlain.bytes(storage, dims);
                       }};

struct HostBlock final : MemoryBlock {
  explicit HostBlock(std::int64_t bytes) : memory(static_cast<std::size_t>(bytes)) {}
  std::byte* data() override { return memory.data(); }
  std::vector<std::byte> memory;
};

struct RoomArguments {
  Model* model = nullptr;
};

class RoomsEngine final : public Engine {
 public:
  explicit RoomsEngine(bool additions_only) : additions_only_(additions_only) {}
  std::string_view name() const override { return "rooms"; }
  ir::DType storage(ir::DType declared) const override { return declared; }
  bool rounds(ir::DType) const override { return false; }
  ir::Tensor stored(const ir::Tensor& t, ir::DType declared) override {
    return t.dtype() == declared ? t : t.cast(declared);
  }
  std::shared_ptr<MemoryBlock> allocate(std::int64_t bytes) override {
    return std::make_shared<HostBlock>(bytes);
  }

  bool lower(Lowering& l) override {
    const ir::OpData& op = l.data();
    if (additions_only_ && !l.f().get_if<op::Add>(l.op())) return false;
    for (const ir::ValueId r : op.results)
      if (l.dtype(r) == ir::DType::string || ir::is_sub_byte(l.dtype(r))) return false;
    if (!op.blocks.empty() || !op.schema->traits.pure) return false;
    std::vector<SlotId> reads, writes;
    for (const ir::ValueId v : op.operands) reads.push_back(v ? l.plain(v) : SlotId());
    for (const ir::ValueId r : op.results) writes.push_back(l.make(r, kMirrored));
    return l.add(KernelId(0), Arguments(RoomArguments{&l.model()}), std::move(reads),
                 std::move(writes));
  }
  bool convert(Lowering& l, SlotId from, SlotId to) override {
    if (l.slot(from).layout != &kMirrored && l.slot(to).layout != &kMirrored) return false;
    return l.add(KernelId(1), {}, {from}, {to});
  }

  std::string_view kernel_name(KernelId kernel) const override {
    return kernel.raw == 0 ? "room" : "mirror";
  }
  Status run(const Step& step, Frame& frame) override {
    if (step.kernel.raw == 1) {
      write_mirrored(frame.data(step.reads[0]), step.writes[0], frame);
      return {};
    }
    Model& model = *step.arguments.as<RoomArguments>().model;
    TRY(const ir::Tensors results, evaluate(model, frame, step.op));
    for (std::size_t i = 0; i < results.size(); ++i)
      write_mirrored(raw_data(results[i]), step.writes[i], frame);
    return {};
  }

 private:
  static void write_mirrored(const void* elements, SlotId to, Frame& frame) {
    const Slot& slot = frame.program().slot(to);
    const auto size = static_cast<std::size_t>(ir::bits_of(slot.dtype)) / 8;
    const auto n = static_cast<std::size_t>(slot.bytes) / size;
    const auto* in = static_cast<const char*>(elements);
    auto* out = static_cast<char*>(frame.data(to));
    for (std::size_t i = 0; i < n; ++i) std::memcpy(out + i * size, in + (n - 1 - i) * size, size);
  }

  const bool additions_only_;
};

EngineInfo here() { return {.available = true, .devices = {"anything"}}; }

template <bool additions_only>
Result<Engines> make_rooms(const Options& options) {
  Engines out;
  out.push_back(std::make_unique<RoomsEngine>(additions_only));
  if (!additions_only) return out;
  TRY(Engines cpu, cpu_entry().make(options));
  out.push_back(std::move(cpu.front()));
  return out;
}

}  // namespace

const EngineEntry kRoomsEngine{"rooms", here, make_rooms<false>};
const EngineEntry kAdditionsEngine{"additions", here, make_rooms<true>};

std::vector<const EngineEntry*> engines_to_test() {
  std::vector<const EngineEntry*> out{&kCheckedEngine, &kRoomsEngine, &kAdditionsEngine};
  for (const EngineEntry& entry : engine_list().subspan(1))
    if (entry.info().available) out.push_back(&entry);
  return out;
}

}  // namespace corecast::test
