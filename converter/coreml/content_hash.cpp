#include "converter/coreml/content_hash.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace corecast::coreml {
namespace {

constexpr std::uint64_t kOdd1 = 0x9e3779b185ebca87u;
constexpr std::uint64_t kOdd2 = 0xc2b2ae3d27d4eb4fu;

std::uint64_t scramble(std::uint64_t h) {
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdu;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53u;
  return h ^ (h >> 33);
}

std::uint64_t load(const std::byte* p) {
  std::uint64_t v = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&v, p, sizeof v);
  } else {
    for (unsigned i = 0; i < 8; ++i) v |= std::to_integer<std::uint64_t>(p[i]) << (8 * i);
  }
  return v;
}

}  // namespace

void ContentHash::blocks(ByteView bytes) {
  std::array<std::uint64_t, 4> lanes = lanes_;  // in registers: the bytes might alias members
  for (std::size_t at = 0; at < bytes.size(); at += rest_.size()) {
    for (std::size_t i = 0; i < 4; ++i)
      lanes[i] = std::rotl(lanes[i] + load(&bytes[at + 8 * i]) * kOdd2, 31) * kOdd1;
  }
  lanes_ = lanes;
}

void ContentHash::update(ByteView bytes) {
  total_ += bytes.size();
  if (rest_size_ > 0) {
    const std::size_t n = std::min(rest_.size() - rest_size_, bytes.size());
    std::copy_n(bytes.begin(), n, rest_.begin() + static_cast<std::ptrdiff_t>(rest_size_));
    rest_size_ += n;
    bytes = bytes.subspan(n);
    if (rest_size_ < rest_.size()) return;
    blocks(rest_);
    rest_size_ = 0;
  }
  const std::size_t whole = bytes.size() / rest_.size() * rest_.size();
  blocks(bytes.first(whole));
  bytes = bytes.subspan(whole);
  std::copy(bytes.begin(), bytes.end(), rest_.begin());
  rest_size_ = bytes.size();
}

std::array<std::uint8_t, 16> ContentHash::digest() const {
  ContentHash last = *this;
  std::fill(last.rest_.begin() + static_cast<std::ptrdiff_t>(rest_size_), last.rest_.end(),
            std::byte{0});
  last.blocks(last.rest_);
  std::array<std::uint8_t, 16> out{};
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t h = total_ * kOdd1 + half;
    for (std::size_t i = 0; i < 4; ++i) h = scramble(h ^ last.lanes_[(i + half) % 4]) + kOdd2;
    for (std::size_t i = 0; i < 8; ++i) {
      out[8 * half + i] = static_cast<std::uint8_t>(h >> (8 * i));
    }
  }
  return out;
}

std::string uuid_of(const ContentHash& hash) {
  auto bytes = hash.digest();
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fu) | 0x80u);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fu) | 0x80u);
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

}  // namespace corecast::coreml
