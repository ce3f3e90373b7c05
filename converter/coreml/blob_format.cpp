#include "converter/coreml/blob_format.h"

#include <array>

#include "base/check.h"

namespace corecast::coreml {
namespace {

struct Row {
  BlobType type;
  std::string_view name;
  int bits;
};

constexpr std::array<Row, 17> kRows = {{
    {BlobType::f16, "f16", 16},
    {BlobType::f32, "f32", 32},
    {BlobType::u8, "u8", 8},
    {BlobType::i8, "i8", 8},
    {BlobType::bf16, "bf16", 16},
    {BlobType::i16, "i16", 16},
    {BlobType::u16, "u16", 16},
    {BlobType::i4, "i4", 4},
    {BlobType::u1, "u1", 1},
    {BlobType::u2, "u2", 2},
    {BlobType::u4, "u4", 4},
    {BlobType::u3, "u3", 3},
    {BlobType::u6, "u6", 6},
    {BlobType::i32, "i32", 32},
    {BlobType::u32, "u32", 32},
    {BlobType::f8e4m3, "f8e4m3", 8},
    {BlobType::f8e5m2, "f8e5m2", 8},
}};

const Row& row_of(BlobType type) {
  const auto index = static_cast<std::uint32_t>(type) - 1;
  CC_CHECK(index < kRows.size() && kRows[index].type == type);
  return kRows[index];
}

}  // namespace

std::optional<BlobType> blob_type_from_raw(std::uint32_t raw) {
  if (raw < 1 || raw > kRows.size()) return std::nullopt;
  return kRows[raw - 1].type;
}

std::string_view name_of(BlobType type) { return row_of(type).name; }
int bits_of(BlobType type) { return row_of(type).bits; }

}  // namespace corecast::coreml
