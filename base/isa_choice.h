// IsaChoice: a table of inner loops for each instruction set, and which of them is in use.
#pragma once

#include <atomic>

#include "base/check.h"
#include "base/isa.h"

namespace corecast {

template <class Kernels>
class IsaChoice {
 public:
  /// The table of a set; null when the build does not contain it.
  using Maker = const Kernels* (*)();

  /// Starts with the best of usable_isas().
  IsaChoice(Maker generic, Maker avx2, Maker avx512)
      : makers_{generic, avx2, avx512}, current_(generic()) {
    for (const Isa isa : usable_isas()) {
      if (const Kernels* k = of(isa)) current_ = k;
    }
  }

  /// Null when this processor or this build does not have the set.
  const Kernels* of(Isa isa) const {
    return processor_has(isa) ? makers_[static_cast<int>(isa)]() : nullptr;
  }
  const Kernels& current() const { return *current_.load(std::memory_order_relaxed); }
  /// For tests and benchmarks. CHECKs that the set is there.
  void use(Isa isa) {
    const Kernels* k = of(isa);
    CC_CHECK(k != nullptr, name_of(isa));
    current_ = k;
  }

 private:
  Maker makers_[3];
  std::atomic<const Kernels*> current_;
};

}  // namespace corecast
