// The text of constants: dense, splat or ref.
#include <bit>
#include <cmath>
#include <cstring>

#include "base/strings.h"
#include "ir/print.h"

namespace corecast::ir {

namespace {

std::string hex(std::uint64_t value, int digits) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(static_cast<std::size_t>(digits), '0');
  for (std::size_t i = out.size(); i-- > 0; value >>= 4) out[i] = kDigits[value & 15u];
  return out;
}

/// The bits of one element, lowest first.
std::uint64_t bits_at(const Tensor& t, std::int64_t i) {
  const auto width = static_cast<std::uint64_t>(bits_of(t.dtype()));
  const std::uint64_t first = static_cast<std::uint64_t>(i) * width;
  std::byte raw[9] = {};
  const std::uint64_t begin = first / 8, end = (first + width + 7) / 8;
  t.read(begin, std::span(raw).first(static_cast<std::size_t>(end - begin)));
  std::uint64_t word;
  std::memcpy(&word, raw, sizeof word);
  word >>= first % 8;
  return width == 64 ? word : word & ((std::uint64_t{1} << width) - 1);
}

template <class F>
std::string float_text(F value, std::uint64_t bits, std::uint64_t plain_nan, int digits) {
  if (value == value || bits == plain_nan) return cat(value);
  return "0x" + hex(bits, digits);
}

/// The fewest digits that `round` takes back to the same bits; for the 16-bit formats.
template <class Round>
std::string short_text(float value, std::uint64_t bits, std::uint64_t plain_nan,
                       const Round& round) {
  if (std::isfinite(value) && !(value == std::trunc(value) && std::fabs(value) < 1e6f)) {
    for (int digits = 1; digits < 9; ++digits) {
      char text[40];
      const auto end = std::to_chars(text, text + sizeof text, static_cast<double>(value),
                                     std::chars_format::general, digits)
                           .ptr;
      double back = 0;
      if (parse_double({text, end}, back) && round(back).bits == bits) return {text, end};
    }
  }
  return float_text(value, bits, plain_nan, 4);
}

std::string element_text(const Tensor& t, std::int64_t i) {
  if (t.dtype() == DType::string) return quote(t.string_values()[static_cast<std::size_t>(i)]);
  const std::uint64_t bits = bits_at(t, i);
  switch (t.dtype()) {
    case DType::f64: return float_text(std::bit_cast<double>(bits), bits, 0x7ff8000000000000u, 16);
    case DType::f32:
      return float_text(std::bit_cast<float>(static_cast<std::uint32_t>(bits)), bits, 0x7fc00000u,
                        8);
    case DType::f16:
      return short_text(to_float(half{static_cast<std::uint16_t>(bits)}), bits, 0x7e00u,
                        [](double d) { return to_half(d); });
    case DType::bf16:
      return short_text(to_float(bfloat{static_cast<std::uint16_t>(bits)}), bits, 0x7fc0u,
                        [](double d) { return to_bfloat(static_cast<float>(d)); });
    case DType::f8e4m3:
    case DType::f8e5m2:
    case DType::f8e8m0:
    case DType::f4e2m1: return "0x" + hex(bits, 2);
    case DType::boolean: return bits == 0 ? "false" : bits == 1 ? "true" : "0x" + hex(bits, 2);
    default: break;
  }
  if (!is_signed(t.dtype())) return cat(bits);
  const int shift = 64 - bits_of(t.dtype());
  return cat(std::bit_cast<std::int64_t>(bits << shift) >> shift);
}

/// Whether all elements have the same bits; reads no further than the first that differs.
bool is_splat(const Tensor& t) {
  if (t.dtype() == DType::string || t.count() < 2) return false;
  const auto width = static_cast<std::size_t>(bits_of(t.dtype()));
  if (width % 8 != 0) {
    const std::uint64_t first = bits_at(t, 0);
    for (std::int64_t i = 1; i < t.count(); ++i) {
      if (bits_at(t, i) != first) return false;
    }
    return true;
  }
  const std::size_t size = width / 8, total = t.byte_size();
  std::byte first[8];
  t.read(0, std::span(first).first(size));
  std::size_t tile_bytes = 64;
  std::vector<std::byte> tile;
  for (std::size_t at = 0; at < total; at += tile.size()) {
    tile.resize(std::min(tile_bytes, total - at));
    t.read(at, tile);
    for (std::size_t i = 0; i < tile.size(); i += size) {
      if (std::memcmp(tile.data() + i, first, size) != 0) return false;
    }
    tile_bytes = 1 << 16;
  }
  return true;
}

}  // namespace

std::string print(const Tensor& t, const PrintOptions& options) {
  const std::string type = to_string(Type(t.dtype(), make_shape(t.dims())));
  if (t.dtype() != DType::string) {
    if (is_splat(t)) return cat("splat<", type, ": ", element_text(t, 0), ">");
    if (t.count() > options.dense_limit) {
      const std::uint64_t hash = t.hash();
      if (options.references) options.references->emplace(hash, t);
      return cat("ref<", type, ": ", hex(hash, 16), ">");
    }
  }
  std::string out = cat("dense<", type, ":");
  for (std::int64_t i = 0; i < t.count(); ++i) out += (i ? ", " : " ") + element_text(t, i);
  return out + ">";
}

}  // namespace corecast::ir
