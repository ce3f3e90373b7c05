// Spill: coded weights that wait for the writer on disk instead of in memory.
#pragma once

#include <memory>
#include <string>

#include "ir/tensor.h"

namespace corecast::compress {

class Spill {
 public:
  /// Keeps up to `keep` bytes in memory. What comes after goes to unnamed files in the folder for
  /// temporary files, which vanish with the last buffer that uses them.
  explicit Spill(std::size_t keep) : left_(keep) {}

  /// The same bytes. Stays in memory where the disk has no room.
  std::shared_ptr<const ir::Buffer> put(std::shared_ptr<const ir::Buffer> bytes);

 private:
  std::size_t left_;
};

}  // namespace corecast::compress
