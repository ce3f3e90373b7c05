// The cpu engine under supervision (test_engines.h), and a test that the supervision sees.
#include <algorithm>
#include <cstring>

#include "executor/frame.h"
#include "executor/lowering.h"
#include "tests/executor/test_engines.h"
#include "tests/support/catch.h"

namespace corecast::test {

using namespace executor;

namespace {

constexpr int kPoison = 0xff;  // NaN in every floating type

struct Poisoned final : MemoryBlock {
  Poisoned(std::shared_ptr<MemoryBlock> of, std::int64_t bytes) : inner(std::move(of)) {
    std::memset(inner->data(), kPoison, static_cast<std::size_t>(bytes));
  }
  std::byte* data() override { return inner->data(); }
  std::shared_ptr<MemoryBlock> inner;
};

/// The arena of a frame, byte by byte.
class Arena {
 public:
  explicit Arena(const Frame& frame) : program_(frame.program()) {
    for (std::uint32_t i = 0; i < program_.slots.size() && !data_; ++i) {
      const Slot& s = program_.slots[i];
      if (s.where == executor::Where::arena && s.bytes > 0)
        data_ = static_cast<std::byte*>(frame.data(SlotId(i))) - s.offset;
    }
  }
  std::vector<std::byte> bytes() const { return {data_, data_ + (data_ ? size() : 0)}; }
  /// Calls f(byte, offset) for the bytes of a slot, if they lie here.
  template <class F>
  void each(SlotId slot, const F& f) const {
    if (!slot) return;
    const Slot& root = program_.slot(program_.root_of(slot));
    if (root.where != executor::Where::arena || !data_) return;
    for (std::int64_t i = root.offset; i < root.offset + root.bytes; ++i)
      f(data_[i], static_cast<std::size_t>(i));
  }
  void poison(SlotId slot) const {
    each(slot, [](std::byte& b, std::size_t) { b = std::byte{kPoison}; });
  }
  std::int64_t size() const { return program_.arena_bytes; }

 private:
  const Program& program_;
  std::byte* data_ = nullptr;
};

class CheckedEngine final : public Engine {
 public:
  explicit CheckedEngine(Engines inner) : inner_(std::move(inner.front())) {}
  std::string_view name() const override { return "checked"; }
  ir::DType storage(ir::DType declared) const override { return inner_->storage(declared); }
  bool rounds(ir::DType declared) const override { return inner_->rounds(declared); }
  ir::Tensor stored(const ir::Tensor& t, ir::DType declared) override {
    return inner_->stored(t, declared);
  }
  std::shared_ptr<MemoryBlock> allocate(std::int64_t bytes) override {
    return std::make_shared<Poisoned>(inner_->allocate(bytes), bytes);
  }
  bool lower(Lowering& l) override { return inner_->lower(l); }
  bool convert(Lowering& l, SlotId from, SlotId to) override {
    return inner_->convert(l, from, to);
  }
  std::string_view kernel_name(KernelId kernel) const override {
    return inner_->kernel_name(kernel);
  }
  Status run(const Step& step, Frame& frame) override {
    return supervised(step, frame, [&] { return inner_->run(step, frame); });
  }

  /// Runs `work` as the step, and checks that it keeps to what the step declares.
  template <class Work>
  static Status supervised(const Step& step, Frame& frame, const Work& work) {
    const Program& p = frame.program();
    const Arena arena(frame);
    const auto roots = [&](const std::vector<SlotId>& slots) {
      std::vector<SlotId> out;
      for (const SlotId s : slots)
        if (s) out.push_back(p.root_of(s));
      return out;
    };
    const auto reads = roots(step.reads), writes = roots(step.writes);
    const auto contains = [](const auto& all, SlotId s) {
      return std::find(all.begin(), all.end(), s) != all.end();
    };
    for (const SlotId s : writes)
      if (!contains(reads, s)) arena.poison(s);
    const auto before = arena.bytes();
    TRY_VOID(work());
    std::vector<std::byte> expected = before;
    for (const SlotId s : writes)
      arena.each(s, [&](std::byte b, std::size_t at) { expected[at] = b; });
    if (arena.bytes() != expected)
      return ir::eval_error(step.engine->kernel_name(step.kernel), " writes where it must not");
    // What nobody reads later is gone.
    const auto next = static_cast<std::size_t>(&step - p.steps.data()) + 1;
    for (const SlotId s : reads) {
      bool later = contains(roots(p.outputs), s) || contains(writes, s);
      for (std::size_t i = next; i < p.steps.size(); ++i)
        later = later || contains(roots(p.steps[i].reads), s);
      if (!later) arena.poison(s);
    }
    return {};
  }

 private:
  std::unique_ptr<Engine> inner_;
};

Result<Engines> make_checked(const Options& options) {
  TRY(Engines inner, cpu_entry().make(options));
  Engines out;
  out.push_back(std::make_unique<CheckedEngine>(std::move(inner)));
  return out;
}

}  // namespace

const EngineEntry kCheckedEngine{"checked", [] { return cpu_entry().info(); }, make_checked};

}  // namespace corecast::test

TEST_CASE("checked engine: a step that writes what it does not declare is found") {
  using namespace corecast;
  using namespace corecast::executor;
  Program p{ir::Function("f")};
  p.slots.resize(2);
  p.slots[0].bytes = p.slots[1].bytes = p.slots[1].offset = 64;
  Step& step = p.steps.emplace_back();
  step.writes = {SlotId(0)};
  place(p);
  p.arena_bytes = 128;  // the second slot, which no step has, lies behind the first
  auto engines = test::make_checked({});
  REQUIRE(engines.has_value());
  step.engine = engines->front().get();
  step.kernel = KernelId(0);
  Frame frame(p, engines->front()->allocate(128));
  const auto run = [&](std::uint32_t slot) {
    return test::CheckedEngine::supervised(p.steps[0], frame, [&] {
      *static_cast<char*>(frame.data(SlotId(slot))) = 1;
      return Status();
    });
  };
  CHECK(run(0).has_value());
  CHECK_FALSE(run(1).has_value());
}
