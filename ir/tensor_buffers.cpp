// The bytes of constants: owned, mapped, or made on demand.
#include <algorithm>
#include <mutex>

#include "ir/tensor.h"

namespace corecast::ir {

void Buffer::read(std::size_t offset, std::span<std::byte> out) const {
  const auto part = checked_slice(bytes(), offset, out.size());
  CC_CHECK(part.has_value(), "read outside a buffer");
  std::copy(part->begin(), part->end(), out.begin());
}

void MappedBuffer::read(std::size_t offset, std::span<std::byte> out) const {
  Buffer::read(offset, out);
  // Windows of the file, not of the part: the system may map two aligned megabytes at a touch, of
  // which those before the part or the window would stay behind.
  constexpr std::size_t kWindow = MappedFile::kWindow;
  const ByteView file = file_->bytes();
  const auto start = static_cast<std::size_t>(part_.data() - file.data());
  const std::size_t end = offset + out.size();
  const bool all = end == part_.size();
  const std::size_t from = (start + (all ? 0 : offset)) / kWindow * kWindow;
  const std::size_t to = (start + end) / kWindow * kWindow;
  if (from < to) file_->let_go(file.subspan(from, to - from));
  // Not for each part: thousands of small ones may share this window.
  if (all) file_->let_go_later(to);
}

struct LazyBuffer::Cache {
  std::once_flag once;
  std::unique_ptr<OwnedBuffer> whole;
};

LazyBuffer::LazyBuffer(std::size_t size, Produce produce)
    : size_(size), produce_(std::move(produce)), cache_(std::make_unique<Cache>()) {}
LazyBuffer::~LazyBuffer() = default;

ByteView LazyBuffer::bytes() const {
  std::call_once(cache_->once, [this] {
    auto whole = std::make_unique<OwnedBuffer>(size_, false);
    produce_(0, {whole->mutable_bytes(), size_});
    cache_->whole = std::move(whole);
  });
  return cache_->whole->bytes();
}

}  // namespace corecast::ir
