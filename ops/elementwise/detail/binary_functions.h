// Functions of two elements of one type, double or an integer type: what the elementwise ops of two
// tensors compute. An optional result that is empty means "no such number".
#pragma once

#include <optional>

#include "ops/elements.h"

namespace corecast::op {

template <class T>
inline constexpr bool is_float = std::is_floating_point_v<T>;

inline constexpr auto plus = [](auto a, auto b) -> decltype(a) {
  if constexpr (is_float<decltype(a)>)
    return a + b;
  else
    return wrapped<decltype(a)>(bits_of_int(a) + bits_of_int(b));
};
inline constexpr auto minus = [](auto a, auto b) -> decltype(a) {
  if constexpr (is_float<decltype(a)>)
    return a - b;
  else
    return wrapped<decltype(a)>(bits_of_int(a) - bits_of_int(b));
};
inline constexpr auto times = [](auto a, auto b) -> decltype(a) {
  if constexpr (is_float<decltype(a)>)
    return a * b;
  else
    return wrapped<decltype(a)>(bits_of_int(a) * bits_of_int(b));
};
/// NumPy's maximum and minimum: NaN wins.
inline constexpr auto larger = [](auto a, auto b) { return a != a || a > b ? a : b; };
inline constexpr auto smaller = [](auto a, auto b) { return a != a || a < b ? a : b; };

template <class T>
bool overflows(T a, T b) {
  return std::is_signed_v<T> && a == std::numeric_limits<T>::min() && b == static_cast<T>(-1);
}

inline constexpr auto divide = [](auto a, auto b) -> std::optional<decltype(a)> {
  using T = decltype(a);
  if constexpr (is_float<T>) {
    return a / b;
  } else {
    if (b == 0) return std::nullopt;
    if (overflows(a, b)) return a;  // -min wraps around to min
    return static_cast<T>(a / b);
  }
};
inline constexpr auto remainder_trunc = [](auto a, auto b) -> std::optional<decltype(a)> {
  using T = decltype(a);
  if constexpr (is_float<T>) {
    return std::fmod(a, b);
  } else {
    if (b == 0) return std::nullopt;
    if (overflows(a, b)) return T(0);
    return static_cast<T>(a % b);
  }
};
/// NumPy's: with floats the floor of the exact quotient, not of the rounded one (1 // 0.1f is 9).
inline constexpr auto divide_floor = [](auto a, auto b) -> std::optional<decltype(a)> {
  using T = decltype(a);
  if constexpr (is_float<T>) {
    if (b == 0) return a / b;
    double rest = std::fmod(a, b);
    double quotient = (a - rest) / b;
    if (rest != 0 && (b < 0) != (rest < 0)) quotient -= 1;
    if (quotient == 0) return std::copysign(0.0, a / b);
    const double whole = std::floor(quotient);
    return quotient - whole > 0.5 ? whole + 1 : whole;
  } else {
    if (b == 0) return std::nullopt;
    if (overflows(a, b)) return a;
    const auto quotient = a / b;
    return static_cast<T>(quotient - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0));
  }
};
inline constexpr auto modulo_floor = [](auto a, auto b) -> std::optional<decltype(a)> {
  using T = decltype(a);
  if constexpr (is_float<T>) {
    if (b == 0) return std::nan("");
    const double rest = std::fmod(a, b);
    if (rest == 0) return std::copysign(0.0, b);
    return (b < 0) != (rest < 0) ? rest + b : rest;
  } else {
    if (b == 0) return std::nullopt;
    if (overflows(a, b)) return T(0);
    const auto rest = a % b;
    return static_cast<T>(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
  }
};
inline constexpr auto power = [](auto a, auto b) -> std::optional<decltype(a)> {
  using T = decltype(a);
  if constexpr (is_float<T>) {
    return std::pow(a, b);
  } else {
    if (b < T(0)) return std::nullopt;
    std::uint64_t result = 1, base = bits_of_int(a);
    for (auto e = static_cast<std::uint64_t>(b); e != 0; e >>= 1, base *= base) {
      if (e & 1u) result *= base;
    }
    return wrapped<T>(result);
  }
};

template <class F>
constexpr auto on_bits(F) {
  return [](auto a, auto b) -> decltype(a) {
    if constexpr (is_float<decltype(a)>)
      return a;  // the schema admits integers only
    else
      return wrapped<decltype(a)>(F{}(bits_of_int(a), bits_of_int(b)));
  };
}
template <bool Left>
inline constexpr auto shifted = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  if constexpr (is_float<T>) {
    return a;
  } else {
    const auto by = static_cast<std::uint64_t>(b);  // a negative count becomes a huge one
    const bool out = by >= 8 * sizeof(T);
    if (Left) return out ? T(0) : wrapped<T>(bits_of_int(a) << by);
    return out ? static_cast<T>(a < T(0) ? -1 : 0) : static_cast<T>(a >> by);
  }
};

// What the comparisons say of two elements.
inline constexpr auto is_equal = [](auto a, auto b) { return a == b; };
inline constexpr auto is_not_equal = [](auto a, auto b) { return a != b; };
inline constexpr auto is_less = [](auto a, auto b) { return a < b; };
inline constexpr auto is_less_equal = [](auto a, auto b) { return a <= b; };
inline constexpr auto is_greater = [](auto a, auto b) { return a > b; };
inline constexpr auto is_greater_equal = [](auto a, auto b) { return a >= b; };
inline constexpr auto both = [](auto a, auto b) { return a != 0 && b != 0; };
inline constexpr auto either = [](auto a, auto b) { return a != 0 || b != 0; };
inline constexpr auto one_only = [](auto a, auto b) { return (a != 0) != (b != 0); };

}  // namespace corecast::op
