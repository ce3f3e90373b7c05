#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

#include "compress/cpu/kernels.h"
#include "compress/prune/prune_cut.h"

namespace corecast::compress {

namespace {

constexpr std::int64_t kPart = 1 << 16;

std::int64_t ones(const std::uint8_t* bits, std::int64_t bytes) {
  std::int64_t n = 0, i = 0;
  for (; i + 8 <= bytes; i += 8) {
    std::uint64_t word;
    std::memcpy(&word, bits + i, sizeof word);
    n += std::popcount(word);
  }
  for (; i < bytes; ++i) n += std::popcount(bits[i]);
  return n;
}

/// Appends elements of 1 to 7 bits to a stream that may begin and end within a byte. Other threads
/// may hold the rest of those two.
class BitWriter {
 public:
  BitWriter(std::uint8_t* out, std::int64_t start) : out_(out + start / 8), held_(start % 8) {}
  void put(std::uint32_t value, int bits) {
    word_ |= std::uint64_t{value} << held_;
    held_ += bits;
    if (held_ >= 8) flush_byte();
  }
  void finish() {
    if (held_ > 0) merge();
  }

 private:
  void merge() {
    std::atomic_ref<std::uint8_t>(*out_).fetch_or(static_cast<std::uint8_t>(word_),
                                                  std::memory_order_relaxed);
  }
  void flush_byte() {
    if (first_) {
      merge();
    } else {
      *out_ = static_cast<std::uint8_t>(word_);
    }
    first_ = false;
    ++out_;
    word_ >>= 8;
    held_ -= 8;
  }
  std::uint8_t* out_;
  std::uint64_t word_ = 0;
  std::int64_t held_;
  bool first_ = true;
};

void select_bits(ByteView data, int bits, const std::uint8_t* mask, std::int64_t begin,
                 std::int64_t end, std::uint8_t* out, std::int64_t at) {
  const auto* x = static_cast<const std::uint8_t*>(static_cast<const void*>(data.data()));
  const auto bytes = static_cast<std::int64_t>(data.size());
  const std::uint32_t all = (1u << bits) - 1u;
  BitWriter writer(out, at * bits);
  for (std::int64_t i = begin; i < end; i += 8) {
    for (std::uint32_t b = mask[i / 8]; b != 0; b &= b - 1) {
      const std::int64_t bit = (i + std::countr_zero(b)) * bits;
      std::uint32_t window = x[bit / 8];
      if (bit % 8 + bits > 8 && bit / 8 + 1 < bytes)
        window |= static_cast<std::uint32_t>(x[bit / 8 + 1]) << 8;
      writer.put(window >> (bit % 8) & all, bits);
    }
  }
  writer.finish();
}

template <class T>
const T* as(ByteView data) {
  return static_cast<const T*>(static_cast<const void*>(data.data()));
}
template <class T>
T* as(std::uint8_t* out) {
  return static_cast<T*>(static_cast<void*>(out));
}

}  // namespace

std::shared_ptr<ir::OwnedBuffer> select(ByteView data, int bits, const Mask& mask,
                                        ThreadPool& pool) {
  CC_CHECK((bits >= 1 && bits <= 8) || bits == 16 || bits == 32, "elements that can be selected");
  CC_CHECK(static_cast<std::int64_t>(data.size()) == (mask.count * bits + 7) / 8,
           "one mask bit per element");
  auto buffer = packed_buffer(mask.kept, bits);
  auto* out = static_cast<std::uint8_t*>(static_cast<void*>(buffer->mutable_bytes()));
  const std::uint8_t* stays = bytes_of(mask);
  const std::int64_t parts = (mask.count + kPart - 1) / kPart;
  std::vector<std::int64_t> starts(static_cast<std::size_t>(parts) + 1);
  pool.parallel_for(parts, 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      const std::int64_t n = std::min(kPart, mask.count - p * kPart);
      starts[static_cast<std::size_t>(p) + 1] = ones(stays + p * kPart / 8, (n + 7) / 8);
    }
  });
  for (std::size_t p = 1; p < starts.size(); ++p) starts[p] += starts[p - 1];
  CC_CHECK(starts.back() == mask.kept, "the mask's count of ones");
  const PruneKernels& k = kernels().prune;
  pool.parallel_for(parts, 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      const std::int64_t first = p * kPart, n = std::min(kPart, mask.count - first);
      const std::int64_t at = starts[static_cast<std::size_t>(p)];
      const std::uint8_t* here = stays + first / 8;
      switch (bits) {
        case 8: k.select_bytes(as<std::uint8_t>(data) + first, here, n, out + at); break;
        case 16:
          k.select_halves(as<std::uint16_t>(data) + first, here, n, as<std::uint16_t>(out) + at);
          break;
        case 32:
          k.select_words(as<std::uint32_t>(data) + first, here, n, as<std::uint32_t>(out) + at);
          break;
        default: select_bits(data, bits, stays, first, first + n, out, at);
      }
    }
  });
  return buffer;
}

}  // namespace corecast::compress
