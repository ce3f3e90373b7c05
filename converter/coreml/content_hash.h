// ContentHash: 128 bits over a stream of bytes, for identifiers that depend on content alone.
//
// Fast (several bytes per cycle) because it runs over every weight that is written. It is no
// cryptographic hash: nothing relies on nobody being able to construct a collision.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace corecast::coreml {

class ContentHash {
 public:
  /// How the stream is cut into calls does not change the result.
  void update(ByteView bytes);
  std::array<std::uint8_t, 16> digest() const;

 private:
  void blocks(ByteView bytes);  ///< a whole number of them, 32 bytes each
  std::array<std::uint64_t, 4> lanes_ = {0x243f6a8885a308d3u, 0x13198a2e03707344u,
                                         0xa4093822299f31d0u, 0x082efa98ec4e6c89u};
  std::array<std::byte, 32> rest_ = {};
  std::size_t rest_size_ = 0;
  std::uint64_t total_ = 0;
};

/// The digest as a UUID in upper case: version 8 (own content), RFC variant.
std::string uuid_of(const ContentHash& hash);

}  // namespace corecast::coreml
