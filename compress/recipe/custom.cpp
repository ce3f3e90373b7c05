#include "compress/recipe/custom.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/strings.h"

namespace corecast::compress {
namespace {

Error bad_table(std::string why) {
  return Error(Code::E1303, cat("a table of one's own: ", why),
               "return (table, indices): at most 256 finite numbers, and one index per weight");
}

void put_code(ir::OwnedBuffer& packed, std::int64_t i, int bits, unsigned code) {
  auto* bytes = reinterpret_cast<std::uint8_t*>(packed.mutable_bytes());
  const std::int64_t bit = i * bits;
  const unsigned shifted = code << (bit % 8);
  bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] | (shifted & 0xffu));
  if (shifted > 0xffu)
    bytes[bit / 8 + 1] = static_cast<std::uint8_t>(bytes[bit / 8 + 1] | (shifted >> 8));
}

}  // namespace

Result<Palette> custom_palette(const CustomTable& table, const Values& w,
                               const Importance& importance) {
  static constexpr std::array<int, 6> widths = {1, 2, 3, 4, 6, 8};
  if (table.entries.empty() || table.entries.size() > 256)
    return bad_table(cat("it has ", table.entries.size(), " entries"));
  if (static_cast<std::int64_t>(table.indices.size()) != w.size())
    return bad_table(cat(table.indices.size(), " indices for ", w.size(), " weights"));
  const int* width = std::find_if(widths.begin(), widths.end(), [&](int b) {
    return table.entries.size() <= std::size_t{1} << b;
  });
  Palette p;
  p.bits = *width;
  p.tables.assign(std::size_t{1} << p.bits, 0.0f);
  for (std::size_t i = 0; i < table.entries.size(); ++i) {
    const float v = table.entries[i];
    p.tables[i] = w.is_half() ? ir::to_float(ir::to_half(v)) : v;
    if (!std::isfinite(p.tables[i])) return bad_table(cat("entry ", i, " is not finite"));
  }
  p.indices = packed_buffer(w.size(), p.bits);
  for (std::int64_t i = 0; i < w.size(); ++i) {
    const unsigned code = table.indices[static_cast<std::size_t>(i)];
    if (code >= table.entries.size())
      return bad_table(cat("index ", code, " of weight ", i, " is beyond its ",
                           table.entries.size(), " entries"));
    put_code(*p.indices, i, p.bits, code);
    const double d = static_cast<double>(w[i]) - static_cast<double>(p.tables[code]);
    p.error += importance.of(i) * d * d;
  }
  return p;
}

}  // namespace corecast::compress
