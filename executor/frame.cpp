#include "executor/frame.h"

namespace corecast::executor {

using ir::DType;
using ir::Tensor;

namespace {

/// A part of the arena. Holds the arena alive; the contents change as the program runs.
class ArenaBuffer final : public ir::Buffer {
 public:
  ArenaBuffer(std::shared_ptr<MemoryBlock> arena, ByteView part)
      : arena_(std::move(arena)), part_(part) {}
  std::size_t size() const override { return part_.size(); }
  ByteView bytes() const override { return part_; }

 private:
  std::shared_ptr<MemoryBlock> arena_;
  ByteView part_;
};

}  // namespace

const void* raw_data(const Tensor& t) {
  switch (t.dtype()) {
    case DType::f16: return t.data<ir::half>().data();
    case DType::bf16: return t.data<ir::bfloat>().data();
    case DType::f32: return t.data<float>().data();
    case DType::f64: return t.data<double>().data();
    case DType::i16: return t.data<std::int16_t>().data();
    case DType::u16: return t.data<std::uint16_t>().data();
    case DType::i32: return t.data<std::int32_t>().data();
    case DType::u32: return t.data<std::uint32_t>().data();
    case DType::i64: return t.data<std::int64_t>().data();
    case DType::u64: return t.data<std::uint64_t>().data();
    default: return t.bytes().data();
  }
}

Frame::Frame(const Program& program, std::shared_ptr<MemoryBlock> arena)
    : program_(program),
      arena_(std::move(arena)),
      data_(program.slots.size(), nullptr),
      tensors_(program.slots.size()) {
  for (std::size_t i = 0; i < program.slots.size(); ++i) {
    const Slot& s = program.slots[i];
    if (s.where == Where::arena) data_[i] = arena_->data() + s.offset;
    if (s.where == Where::constant) {
      tensors_[i] = s.constant;
      data_[i] = const_cast<void*>(raw_data(tensors_[i]));  // kernels only read it
    }
  }
  for (std::size_t i = 0; i < program.slots.size(); ++i)
    for (const SlotId view : program.views[i]) data_[view.index()] = data_[i];
}

Tensor Frame::tensor(SlotId id) const {
  const Slot& s = program_.slot(id);
  CC_CHECK(s.layout == &kPlain, "a blocked slot is not a tensor");
  if (s.where == Where::arena) {
    const ByteView bytes{static_cast<const std::byte*>(data(id)),
                         static_cast<std::size_t>(s.bytes)};
    return {s.dtype, s.dims, std::make_shared<ArenaBuffer>(arena_, bytes)};
  }
  if (s.where != Where::view) return tensors_[id.index()];
  const SlotId root = program_.root_of(id);
  if (program_.slot(root).where == Where::arena) {
    const ByteView bytes{static_cast<const std::byte*>(data(root)),
                         static_cast<std::size_t>(s.bytes)};
    return {s.dtype, s.dims, std::make_shared<ArenaBuffer>(arena_, bytes)};
  }
  return tensors_[root.index()].reshaped(s.dims);
}

void Frame::set(SlotId id, Tensor tensor) {
  data_[id.index()] =
      tensor.dtype() == DType::string ? nullptr : const_cast<void*>(raw_data(tensor));
  tensors_[id.index()] = std::move(tensor);
  for (const SlotId view : program_.views[id.index()]) data_[view.index()] = data_[id.index()];
}

void Frame::release(SlotId id) {
  tensors_[id.index()] = Tensor();
  data_[id.index()] = nullptr;
}

Tensor Frame::copy(SlotId id) const {
  const Tensor t = tensor(id);
  if (!t.buffer() || !in_arena(t)) return t;  // immutable already
  return Tensor::from_bytes(t.dtype(), t.dims(), t.bytes());
}

bool Frame::in_arena(const Tensor& t) const {
  return dynamic_cast<const ArenaBuffer*>(t.buffer().get()) != nullptr;
}

}  // namespace corecast::executor
