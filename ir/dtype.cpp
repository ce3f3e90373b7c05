#include "ir/dtype.h"

#include <limits>
#include <vector>

#include "base/strings.h"

namespace corecast::ir {
namespace {

struct Row {
  std::string_view name;
  int bits;
  DTypeClass cls;
};

constexpr Row kRows[] = {
#define DTYPE(id, text, bits, cls) {text, bits, DTypeClass::cls},
    CORECAST_DTYPES(DTYPE)
#undef DTYPE
};
constexpr std::size_t kCount = sizeof kRows / sizeof kRows[0];

const Row& row(DType d) { return kRows[static_cast<std::size_t>(d)]; }

}  // namespace

std::string_view name_of(DType d) { return row(d).name; }
int bits_of(DType d) { return row(d).bits; }
DTypeClass class_of(DType d) { return row(d).cls; }

std::optional<DType> dtype_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (kRows[i].name == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

bool is_signed(DType d) {
  return is_floating(d) ? d != DType::f8e8m0 : is_integer(d) && name_of(d)[0] == 'i';
}

std::int64_t min_of(DType d) {
  if (!is_signed(d)) return 0;
  if (bits_of(d) == 64) return std::numeric_limits<std::int64_t>::min();
  return -(std::int64_t{1} << (bits_of(d) - 1));
}

std::int64_t max_of(DType d) {
  if (d == DType::boolean) return 1;
  const int bits = bits_of(d) - (is_signed(d) ? 1 : 0);
  if (bits >= 63) return std::numeric_limits<std::int64_t>::max();
  return (std::int64_t{1} << bits) - 1;
}

std::optional<std::size_t> packed_bytes(DType d, std::int64_t count) {
  if (count < 0 || d == DType::string) return std::nullopt;
  std::int64_t bits;
  if (__builtin_mul_overflow(count, static_cast<std::int64_t>(bits_of(d)), &bits))
    return std::nullopt;
  return static_cast<std::size_t>(bits / 8 + (bits % 8 != 0 ? 1 : 0));
}

std::string DTypeSet::to_string() const {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (contains(static_cast<DType>(i))) names.push_back(kRows[i].name);
  }
  if (names.empty()) return "nothing";
  const auto last = names.back();
  names.pop_back();
  return names.empty() ? std::string(last) : cat(join(names), " or ", last);
}

}  // namespace corecast::ir
