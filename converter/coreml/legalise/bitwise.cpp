// Bit operations, which MIL does not have: on bools they are logic, on integers arithmetic of the
// digits.
#include <algorithm>

#include "converter/coreml/legalise/site.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/indexing/gather.h"
#include "ops/reduction/reduction.h"
#include "ops/shape/expand_dims.h"

namespace corecast::coreml::legal {
namespace {

constexpr std::int64_t kWidth = 32;

std::int64_t power_of_two(std::int64_t k) { return std::int64_t{1} << k; }

/// The 32 binary digits of x, lowest first, along a new last axis. 2^31 is no i32: the highest
/// digit is reached by dividing twice.
ValueId digits(Site& s, ValueId x) {
  Ints first, second(static_cast<std::size_t>(kWidth), 1);
  for (std::int64_t k = 0; k < kWidth; ++k)
    first.push_back(power_of_two(std::min<std::int64_t>(k, kWidth - 2)));
  second.back() = 2;
  const auto wide = s.add(op::ExpandDims{x, {s.rank(x)}});
  const auto shifted =
      s.add(op::FloorDiv{s.add(op::FloorDiv{wide, s.ints(first)}), s.ints(second)});
  return s.add(op::Mod{shifted, s.ints({2})});
}

/// The number with these digits (0 or 1); the highest counts -2^31.
ValueId from_digits(Site& s, ValueId bits) {
  Ints weights;
  for (std::int64_t k = 0; k < kWidth; ++k)
    weights.push_back(k == kWidth - 1 ? -power_of_two(k) : power_of_two(k));
  return s.add(op::ReduceSum{s.add(op::Mul{bits, s.ints(weights)}), Ints{-1}, false});
}

/// k when v is a constant with the value 2^k - 1 everywhere (k < 31), else -1.
std::int64_t low_mask(Site& s, ValueId v) {
  const Tensor* t = s.constant(v);
  if (!t || t->count() == 0 || t->count() > 64) return -1;
  const std::int64_t value = t->at_int(0);
  for (std::int64_t i = 1; i < t->count(); ++i) {
    if (t->at_int(i) != value) return -1;
  }
  for (std::int64_t k = 0; k < kWidth - 1; ++k) {
    if (value == power_of_two(k) - 1) return k;
  }
  return -1;
}

template <class Op, class Logical, class Combine>
Values bitwise(Site& s, const Combine& combine) {
  const auto o = s.get<Op>();
  if (s.dtype(o.x) == DType::boolean) return {s.add(Logical{o.x, o.y})};
  if (s.dtype(o.x) != DType::i32) return {};
  return {from_digits(s, combine(digits(s, o.x), digits(s, o.y)))};
}

Values bitwise_and(Site& s) {
  const auto o = s.get<op::BitwiseAnd>();
  if (s.dtype(o.x) == DType::i32) {
    if (const auto k = low_mask(s, o.y); k >= 0 && s.rank(o.y) <= s.rank(o.x)) {
      return {s.add(op::Mod{o.x, s.builder.int_scalar(power_of_two(k))})};
    }
    if (const auto k = low_mask(s, o.x); k >= 0 && s.rank(o.x) <= s.rank(o.y)) {
      return {s.add(op::Mod{o.y, s.builder.int_scalar(power_of_two(k))})};
    }
  }
  return bitwise<op::BitwiseAnd, op::LogicalAnd>(s, [&](ValueId a, ValueId b) {
    return s.add(op::Mul{a, b});
  });
}
Values bitwise_or(Site& s) {
  return bitwise<op::BitwiseOr, op::LogicalOr>(s, [&](ValueId a, ValueId b) {
    return s.add(op::Maximum{a, b});
  });
}
Values bitwise_xor(Site& s) {
  return bitwise<op::BitwiseXor, op::LogicalXor>(s, [&](ValueId a, ValueId b) {
    return s.cast(s.add(op::NotEqual{a, b}), DType::i32);
  });
}

Values bitwise_not(Site& s) {
  const auto x = s.get<op::BitwiseNot>().x;
  if (s.dtype(x) == DType::boolean) return {s.add(op::LogicalNot{x})};
  if (s.dtype(x) != DType::i32) return {};
  return {s.add(op::Sub{s.like(x, -1), x})};
}

/// table[min(y, 32)] for shift counts y, computed ahead where y is constant.
ValueId look_up(Site& s, const Ints& table, ValueId y) {
  const std::int64_t last = static_cast<std::int64_t>(table.size()) - 1;
  if (const Tensor* t = s.constant(y)) {
    Tensor out = Tensor::empty(DType::i32, t->dims());
    for (std::int64_t i = 0; i < t->count(); ++i) {
      out.set_int(i,
                  table[static_cast<std::size_t>(std::clamp<std::int64_t>(t->at_int(i), 0, last))]);
    }
    return s.builder.constant(std::move(out));
  }
  const auto count =
      s.add(op::Maximum{s.add(op::Minimum{y, s.like(y, static_cast<double>(last))}), s.like(y, 0)});
  return s.add(op::Gather{s.ints(table), count, 0});
}

Values bit_shift(Site& s) {
  const auto o = s.get<op::BitShift>();
  if (s.dtype(o.x) != DType::i32) return {};
  Ints first, second;
  for (std::int64_t k = 0; k <= kWidth; ++k) {
    first.push_back(power_of_two(std::min<std::int64_t>(k, kWidth - 2)));
    second.push_back(k <= kWidth - 2 ? 1 : 2);
  }
  if (o.direction == "RIGHT") {
    // Two steps, as 2^31 is no i32; nothing is left of the bits after 31 places.
    return {s.add(
        op::FloorDiv{s.add(op::FloorDiv{o.x, look_up(s, first, o.y)}), look_up(s, second, o.y)})};
  }
  for (std::int64_t k = 0; k <= kWidth; ++k) {
    first[static_cast<std::size_t>(k)] = k == kWidth       ? 0
                                         : k == kWidth - 1 ? -power_of_two(k)
                                                           : power_of_two(k);
  }
  return {s.add(op::Mul{o.x, look_up(s, first, o.y)})};
}

}  // namespace

void add_bitwise(Expansions& out) {
  out.insert(out.end(), {{OpKind::BitwiseAnd, bitwise_and},
                         {OpKind::BitwiseOr, bitwise_or},
                         {OpKind::BitwiseXor, bitwise_xor},
                         {OpKind::BitwiseNot, bitwise_not},
                         {OpKind::BitShift, bit_shift}});
}

}  // namespace corecast::coreml::legal
