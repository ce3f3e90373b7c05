// Tables that a caller's own function makes.
#pragma once

#include <functional>
#include <string>

#include "compress/palette/palette.h"
#include "compress/weights.h"

namespace corecast::compress {

/// At most 256 numbers, and for every weight, row-major, which of them stands for it.
struct CustomTable {
  std::vector<float> entries;
  std::vector<std::uint8_t> indices;
};

/// Calls the function of that name. Errors: what the function fails with.
using CustomTables =
    std::function<Result<CustomTable>(const std::string& function, const Weight&, const Values&)>;

/// One table for the tensor, of as few bits as hold it; entries are rounded to the weight's dtype.
/// Errors: E1303 no or too many entries, an index beyond them, or not one index per weight.
Result<Palette> custom_palette(const CustomTable& table, const Values& w,
                               const Importance& importance);

}  // namespace corecast::compress
