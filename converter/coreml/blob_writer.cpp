#include "converter/coreml/blob_writer.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace corecast::coreml {
namespace {

template <class T>
void put_le(std::byte* at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) at[i] = static_cast<std::byte>(value >> (8 * i));
}

}  // namespace

BlobWriter::BlobWriter(std::string path, Cancelled cancelled)
    : path_(std::move(path)), cancelled_(std::move(cancelled)) {}

Status BlobWriter::put(ByteView bytes) {
  hash_.update(bytes);
  return file_->append(bytes);
}

Status BlobWriter::pad_to_alignment() {
  static constexpr std::array<std::byte, kBlobAlignment> kZeros = {};
  const std::uint64_t over = file_->size() % kBlobAlignment;
  if (over == 0) return {};
  return put(ByteView(kZeros).first(static_cast<std::size_t>(kBlobAlignment - over)));
}

Result<std::uint64_t> BlobWriter::begin(BlobType type, std::uint64_t elements) {
  CC_CHECK(!open_, "the previous blob has not ended");
  const auto bits = static_cast<std::uint64_t>(bits_of(type));
  CC_CHECK(elements <= std::numeric_limits<std::uint64_t>::max() / 64);
  if (!file_) {
    TRY(auto file, OutputFile::create(path_));
    file_ = std::make_unique<OutputFile>(std::move(file));
    const std::array<std::byte, kBlobHeaderSize> header = {};  // filled in by finish()
    TRY_VOID(file_->append(header));
  }
  TRY_VOID(pad_to_alignment());
  const std::uint64_t offset = file_->size();
  left_ = (elements * bits + 7) / 8;
  padding_bits_ = static_cast<unsigned>(left_ * 8 - elements * bits);
  std::array<std::byte, kBlobRecordSize> record = {};
  put_le(record.data(), kBlobSentinel);
  put_le(record.data() + 4, static_cast<std::uint32_t>(type));
  put_le(record.data() + 8, left_);
  put_le(record.data() + 16, offset + kBlobRecordSize);
  put_le(record.data() + 24, static_cast<std::uint64_t>(padding_bits_));
  TRY_VOID(put(record));
  open_ = true;
  ++count_;
  return offset;
}

Status BlobWriter::append(ByteView packed) {
  return append(packed.size(), [packed](std::size_t offset, std::span<std::byte> out) {
    std::copy_n(packed.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
  });
}

Status BlobWriter::append(std::size_t size, const Fill& fill) {
  CC_CHECK(open_ && size <= left_);
  for (std::size_t at = 0; at < size;) {
    if (cancelled_ && cancelled_()) return interrupted_error();
    TRY(const auto room, file_->room());
    const auto part = room.first(std::min(room.size(), size - at));
    fill(at, part);
    at += part.size();
    left_ -= part.size();
    if (left_ == 0) part.back() &= static_cast<std::byte>(0xffu >> padding_bits_);
    hash_.update(part);
    file_->advance(part.size());
  }
  return {};
}

void BlobWriter::end() {
  CC_CHECK(open_ && left_ == 0, "the blob is shorter than announced");
  open_ = false;
}

Result<std::uint64_t> BlobWriter::write(BlobType type, std::uint64_t elements, ByteView packed) {
  TRY(const std::uint64_t offset, begin(type, elements));
  TRY_VOID(append(packed));
  end();
  return offset;
}

Status BlobWriter::finish() {
  CC_CHECK(!open_);
  if (!file_) return {};
  std::array<std::byte, 8> start = {};
  put_le(start.data(), count_);
  put_le(start.data() + 4, kBlobVersion);
  TRY_VOID(file_->overwrite(0, start));
  return file_->close();
}

}  // namespace corecast::coreml
