#include <random>

#include "compress/cpu/kernels.h"
#include "compress/prune/prune.h"
#include "tests/support/catch.h"

using namespace corecast;
using namespace corecast::compress;

namespace {

bool get(const std::byte* data, std::int64_t bit) {
  return static_cast<unsigned>(data[bit / 8]) >> (bit % 8) & 1;
}
void set(std::byte* data, std::int64_t bit) {
  data[bit / 8] |= static_cast<std::byte>(1u << (bit % 8));
}

/// Bit by bit.
std::vector<std::byte> naive(ByteView data, int bits, const Mask& mask) {
  std::vector<std::byte> out(static_cast<std::size_t>((mask.kept * bits + 7) / 8));
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < mask.count; ++i) {
    if (!get(mask.bits->bytes().data(), i)) continue;
    for (int b = 0; b < bits; ++b, ++at)
      if (get(data.data(), i * bits + b)) set(out.data(), at);
  }
  return out;
}

Mask random_mask(std::int64_t n, double density, std::mt19937_64& engine) {
  Mask mask{packed_buffer(n, 1), n, 0};
  std::bernoulli_distribution stays(density);
  for (std::int64_t i = 0; i < n; ++i) {
    if (!stays(engine)) continue;
    set(mask.bits->mutable_bytes(), i);
    ++mask.kept;
  }
  return mask;
}

}  // namespace

TEST_CASE("prune: selection is what picking bit by bit gives") {
  const unsigned seed = 71;
  std::mt19937_64 engine(seed);
  const Isa best = kernels().isa;
  for (const int bits : {1, 2, 3, 4, 5, 6, 7, 8, 16, 32}) {
    for (const std::int64_t n : {0, 1, 5, 31, 100, 65536, 200001}) {
      for (const double density : {0.0, 0.02, 0.5, 1.0}) {
        const Mask mask = random_mask(n, density, engine);
        // One byte further on in memory, as a mapped file may have it.
        std::vector<std::byte> memory(static_cast<std::size_t>((n * bits + 7) / 8) + 1);
        for (std::byte& b : memory) b = static_cast<std::byte>(engine());
        const ByteView data(memory.data() + 1, memory.size() - 1);
        const auto expected = naive(data, bits, mask);
        for (const Isa isa : usable_isas()) {
          if (!kernels_of(isa)) continue;
          use_kernels(isa);
          for (const int threads : {1, 3}) {
            INFO("seed " << seed << " " << name_of(isa) << " bits " << bits << " n " << n
                         << " density " << density << " threads " << threads);
            ThreadPool pool(threads);
            const auto found = select(data, bits, mask, pool);
            const ByteView bytes = found->bytes();
            REQUIRE(bytes.size() == expected.size());
            CHECK(std::equal(bytes.begin(), bytes.end(), expected.begin()));
          }
        }
      }
    }
  }
  use_kernels(best);
}

TEST_CASE("prune: selection refuses a mask of another size") {
  ThreadPool pool(1);
  std::mt19937_64 engine(1);
  const Mask mask = random_mask(16, 0.5, engine);
  const std::vector<std::byte> data(7);
  CHECK_THROWS_AS(select(data, 4, mask, pool), InternalError);
  CHECK_THROWS_AS(select(data, 12, mask, pool), InternalError);
}
