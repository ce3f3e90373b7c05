// DType: element types. Sub-byte types are stored packed, lowest bits first, without padding
// between elements; the last byte is zero-padded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace corecast::ir {

// DTYPE(enumerator, text, bits, class)
#define CORECAST_DTYPES(DTYPE)         \
  DTYPE(boolean, "bool", 8, logical)   \
  DTYPE(i1, "i1", 1, integer)          \
  DTYPE(i2, "i2", 2, integer)          \
  DTYPE(i3, "i3", 3, integer)          \
  DTYPE(i4, "i4", 4, integer)          \
  DTYPE(i6, "i6", 6, integer)          \
  DTYPE(i8, "i8", 8, integer)          \
  DTYPE(i16, "i16", 16, integer)       \
  DTYPE(i32, "i32", 32, integer)       \
  DTYPE(i64, "i64", 64, integer)       \
  DTYPE(u1, "u1", 1, integer)          \
  DTYPE(u2, "u2", 2, integer)          \
  DTYPE(u3, "u3", 3, integer)          \
  DTYPE(u4, "u4", 4, integer)          \
  DTYPE(u6, "u6", 6, integer)          \
  DTYPE(u8, "u8", 8, integer)          \
  DTYPE(u16, "u16", 16, integer)       \
  DTYPE(u32, "u32", 32, integer)       \
  DTYPE(u64, "u64", 64, integer)       \
  DTYPE(f16, "f16", 16, floating)      \
  DTYPE(bf16, "bf16", 16, floating)    \
  DTYPE(f32, "f32", 32, floating)      \
  DTYPE(f64, "f64", 64, floating)      \
  DTYPE(f8e4m3, "f8e4m3", 8, floating) \
  DTYPE(f8e5m2, "f8e5m2", 8, floating) \
  DTYPE(f4e2m1, "f4e2m1", 4, floating) \
  DTYPE(f8e8m0, "f8e8m0", 8, floating) \
  DTYPE(string, "str", 0, text)

enum class DType : std::uint8_t {
#define DTYPE(id, text, bits, cls) id,
  CORECAST_DTYPES(DTYPE)
#undef DTYPE
};

enum class DTypeClass : std::uint8_t { logical, integer, floating, text };

/// The IR's text for the type: "f16", "u4", "bool".
std::string_view name_of(DType dtype);
std::optional<DType> dtype_from_name(std::string_view name);

/// Bits of one stored element (bool is a byte; string is 0, it has no fixed size).
int bits_of(DType dtype);
DTypeClass class_of(DType dtype);
inline bool is_floating(DType d) { return class_of(d) == DTypeClass::floating; }
inline bool is_integer(DType d) { return class_of(d) == DTypeClass::integer; }
inline bool is_sub_byte(DType d) { return bits_of(d) % 8 != 0; }
bool is_signed(DType dtype);
/// Smallest and largest value of an integer type (u64's maximum saturates at int64's).
std::int64_t min_of(DType dtype);
std::int64_t max_of(DType dtype);

/// Bytes of `count` packed elements; empty on overflow or for strings.
std::optional<std::size_t> packed_bytes(DType dtype, std::int64_t count);

/// A set of dtypes, for schemas.
class DTypeSet {
 public:
  constexpr DTypeSet() = default;
  template <class... D>
  static constexpr DTypeSet of(D... d) {
    DTypeSet s;
    ((s.bits_ |= 1u << static_cast<unsigned>(d)), ...);
    return s;
  }
  constexpr bool contains(DType d) const { return (bits_ >> static_cast<unsigned>(d)) & 1u; }
  constexpr DTypeSet operator|(DTypeSet o) const {
    DTypeSet s;
    s.bits_ = bits_ | o.bits_;
    return s;
  }
  /// "f16, f32 or i32"
  std::string to_string() const;

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace corecast::ir
