// Mutations, a pure function of the random numbers they are given.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace corecast::fuzz {

/// SplitMix64: the same numbers everywhere, from any seed.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// Below n; 0 when n is 0.
  std::size_t below(std::size_t n) { return n ? static_cast<std::size_t>(next() % n) : 0; }
  bool one_in(std::size_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

/// Bits, bytes, chunks, lengths that lie, and pieces of `donor`: knows nothing of the format but
/// where protobuf's lengths would be.
std::string mutate_bytes(std::string bytes, std::string_view donor, Random& random);

/// Fields of a protobuf message changed, removed, repeated, exchanged, and taken from `donor`; the
/// lengths stay right, so the mutation reaches behind the parser. `words` replace short strings.
/// Falls back to mutate_bytes where the bytes are no message.
std::string mutate_message(const std::string& bytes, std::string_view donor,
                           const std::vector<std::string>& words, Random& random);

}  // namespace corecast::fuzz
