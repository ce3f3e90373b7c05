// Id<Tag>: a typed 4-byte index. Never stored outside the container that it indexes.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace corecast {

template <class Tag>
struct Id {
  static constexpr std::uint32_t none = 0xffffffffu;
  std::uint32_t raw = none;

  constexpr Id() = default;
  constexpr explicit Id(std::uint32_t r) : raw(r) {}
  constexpr explicit operator bool() const { return raw != none; }
  constexpr std::size_t index() const { return raw; }
  friend constexpr auto operator<=>(const Id&, const Id&) = default;
};

}  // namespace corecast

template <class Tag>
struct std::hash<corecast::Id<Tag>> {
  std::size_t operator()(corecast::Id<Tag> id) const noexcept { return id.raw; }
};
