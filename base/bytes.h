// ByteView and checked reads: every offset that comes from a file passes through here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace corecast {

using ByteView = std::span<const std::byte>;

inline ByteView as_bytes(std::string_view s) {
  return {reinterpret_cast<const std::byte*>(s.data()), s.size()};
}
inline std::string_view as_chars(ByteView b) {
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}

/// The part [offset, offset + size) of `bytes`, or empty when it does not lie inside.
inline std::optional<ByteView> checked_slice(ByteView bytes, std::uint64_t offset,
                                             std::uint64_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) return std::nullopt;
  return bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

/// Reads a little-endian T at `offset`; empty when out of range. T is trivially copyable.
template <class T>
std::optional<T> read_le(ByteView bytes, std::uint64_t offset) {
  const auto part = checked_slice(bytes, offset, sizeof(T));
  if (!part) return std::nullopt;
  T value;
  std::memcpy(&value, part->data(), sizeof(T));
  return value;
}

}  // namespace corecast
