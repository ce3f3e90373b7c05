// What is known of an op beyond its shapes and numbers. Passes, the validator and tools ask these
// facts instead of keeping lists of ops. A fact has no default: a room that leaves one out does not
// compile. Families answer together (`traits::view`, `traits::reduction`, ...), and what one op has
// beyond its family it says by name:
//
//   .traits = traits::pointwise(Overflow::both).commuting().saturating(Saturates::as_addend),
#pragma once

#include <cstdint>

namespace corecast::ir {

/// A field that must be given.
template <class T>
class Required {
 public:
  constexpr Required(T value) : value_(value) {}
  constexpr operator T() const { return value_; }

 private:
  T value_;
};

/// What the elements of the results are; indices beside them do not count.
enum class Moves : std::uint8_t {
  nothing,   ///< computed
  views,     ///< those of operand 0, in the same row-major order
  permutes,  ///< those of operand 0, each once, in another order
  selects,   ///< some of the operands', perhaps more than once, whatever their values are
  picks,     ///< some of the operands', chosen by their values
  fills,     ///< those of the operands, and zeros, ones or a number among the attributes
};
/// Whether results hold nothing but elements of operands.
constexpr bool moves_only(Moves m) {
  return m == Moves::views || m == Moves::permutes || m == Moves::selects || m == Moves::picks;
}

/// What a result element adds up or multiplies over many elements.
enum class Accumulates : std::uint8_t { nothing, sums, products };

/// Which results may leave the range of the operands' type although the operands are within it.
enum class Overflow : std::uint8_t {
  never,
  floats,    ///< f16 becomes infinite
  integers,  ///< integers wrap around
  both,
};

/// Which digits beyond those of f16 an op needs. The first five are of its own numbers, the last
/// two of whatever its operand was computed from.
enum class Digits : std::uint8_t {
  few,              ///< those of f16 do
  random_numbers,   ///< distributions, not numbers
  pixel_positions,  ///< coordinates that reach beyond 2048, or lie between pixels
  counts,           ///< whole numbers beyond 2048
  sums_of_squares,  ///< squares of numbers above 255
  angles,           ///< an absolute error of its operand is one of the result
  small_values,     ///< a relative error of a small operand becomes an absolute one
};

/// Whether the largest f16 says the same as a constant operand beyond it.
enum class Saturates : std::uint8_t {
  never,
  as_limit,   ///< it only bounds, is compared with or stands for "nothing"
  as_addend,  ///< it is added to mask others out
  as_factor,  ///< it is multiplied with a mask
};

/// The scale of an op's results.
enum class Scale : std::uint8_t {
  of_operands,  ///< theirs, or unknown
  own,          ///< one of the op's own, whatever its operands' is
  unit,         ///< likewise, and computed next to 1 however small a result is
};

/// The analyses that look through an op, from its results to its operands.
enum class Walk : std::uint8_t {
  shapes = 1,      ///< which value it is another shape of: all elements in row-major order
  scale = 2,       ///< which function computed operand 0, for the step of its numbers
  vocabulary = 4,  ///< which table the integers of operand 0 look up
  positions = 8,   ///< which numbers are positions: moved, or made by a little arithmetic
  sign = 16,       ///< whether an index is never negative
};
class Walks {
 public:
  constexpr Walks() = default;
  constexpr Walks(Walk w) : bits_(static_cast<std::uint8_t>(w)) {}
  static constexpr Walks all() {
    return Walks(Walk::shapes) | Walk::scale | Walk::vocabulary | Walk::positions | Walk::sign;
  }
  constexpr bool contains(Walk w) const { return (bits_ & static_cast<std::uint8_t>(w)) != 0; }
  friend constexpr Walks operator|(Walks a, Walks b) {
    a.bits_ = static_cast<std::uint8_t>(a.bits_ | b.bits_);
    return a;
  }

 private:
  std::uint8_t bits_ = 0;
};
constexpr Walks operator|(Walk a, Walk b) { return Walks(a) | Walks(b); }

struct OpTraits {
  Required<Moves> moves;
  Required<Accumulates> accumulates;
  Required<bool> elementwise;  ///< result element i depends on (broadcast) operand elements i only
  Required<Overflow> overflow;
  Required<Digits> digits;
  Required<Saturates> saturates;
  Required<bool> scales;  ///< a constant operand is a factor: its relative error is the result's
  Required<Scale> scale;
  Required<Walks> walks;
  Required<bool> commutative;     ///< swapping the first two operands changes nothing
  Required<bool> pure;            ///< no state: may be folded, merged, dropped
  Required<bool> data_dependent;  ///< a result's shape depends on operand data
  Required<bool> constexpr_op;    ///< a compressed weight: evaluated at load time

  constexpr bool looks_through(Walk w) const { return static_cast<Walks>(walks).contains(w); }

  // What an op has beyond its family.
  constexpr OpTraits moving(Moves m) const { return with(&OpTraits::moves, m); }
  constexpr OpTraits needing(Digits d) const { return with(&OpTraits::digits, d); }
  constexpr OpTraits saturating(Saturates s) const { return with(&OpTraits::saturates, s); }
  constexpr OpTraits scaling() const { return with(&OpTraits::scales, true); }
  constexpr OpTraits of_scale(Scale s) const { return with(&OpTraits::scale, s); }
  constexpr OpTraits looked_through(Walks w) const { return with(&OpTraits::walks, walks | w); }
  constexpr OpTraits commuting() const { return with(&OpTraits::commutative, true); }
  constexpr OpTraits impure() const { return with(&OpTraits::pure, false); }
  constexpr OpTraits sized_by_data() const { return with(&OpTraits::data_dependent, true); }

 private:
  template <class T>
  constexpr OpTraits with(Required<T> OpTraits::*field, T value) const {
    OpTraits t = *this;
    t.*field = value;
    return t;
  }
};

/// Families of ops.
namespace traits {

/// Computes something; the least that can be said.
constexpr OpTraits computation(Accumulates accumulates, Overflow overflow) {
  return {.moves = Moves::nothing,
          .accumulates = accumulates,
          .elementwise = false,
          .overflow = overflow,
          .digits = Digits::few,
          .saturates = Saturates::never,
          .scales = false,
          .scale = Scale::of_operands,
          .walks = Walks(),
          .commutative = false,
          .pure = true,
          .data_dependent = false,
          .constexpr_op = false};
}
/// A function of the elements at one place.
constexpr OpTraits pointwise(Overflow overflow) {
  OpTraits t = computation(Accumulates::nothing, overflow).looked_through(Walk::positions);
  t.elementwise = true;
  return t;
}
/// Sums of products: matrix products, convolutions.
constexpr OpTraits products(Overflow overflow) { return computation(Accumulates::sums, overflow); }
/// Many elements to one: a sum, a mean, a norm.
constexpr OpTraits reduction(Accumulates accumulates, Overflow overflow) {
  return computation(accumulates, overflow);
}
/// Statistics of many elements, applied to each of them.
constexpr OpTraits normalization(Overflow overflow) {
  return computation(Accumulates::sums, overflow);
}
/// Weighted means of neighbours.
constexpr OpTraits interpolation(Overflow overflow) {
  return computation(Accumulates::nothing, overflow);
}
/// Indices, sizes, counts.
constexpr OpTraits indices() { return computation(Accumulates::nothing, Overflow::never); }
/// The elements of operand 0 in row-major order under other sizes.
constexpr OpTraits view(Walks walks) {
  return computation(Accumulates::nothing, Overflow::never)
      .moving(Moves::views)
      .looked_through(walks);
}
/// The elements of operand 0 in another order.
constexpr OpTraits permutation(Walks walks = {}) { return view(walks).moving(Moves::permutes); }
/// Some elements of operands, by place.
constexpr OpTraits selection(Walks walks = {}) { return view(walks).moving(Moves::selects); }
/// Some elements of operands, by value.
constexpr OpTraits choice(Walks walks = {}) { return view(walks).moving(Moves::picks); }
/// Elements of operands between zeros or other numbers.
constexpr OpTraits filling(Walks walks = {}) { return view(walks).moving(Moves::fills); }
/// A compressed weight.
constexpr OpTraits compressed(Moves moves, Overflow overflow) {
  OpTraits t = computation(Accumulates::nothing, overflow).moving(moves).scaling();
  t.constexpr_op = true;
  return t;
}
/// A layer that runs over steps of time.
constexpr OpTraits recurrence(Overflow overflow) {
  return computation(Accumulates::sums, overflow);
}
/// Blocks: what they do is theirs to say.
constexpr OpTraits control_flow() {
  return computation(Accumulates::nothing, Overflow::never).impure().sized_by_data();
}

}  // namespace traits

}  // namespace corecast::ir
