#include "ops/elements.h"

namespace corecast::op {

namespace {

constexpr std::int64_t kMostKnown = 64;

bool carries_integers(DType d) {
  // Half precision floats stop being exact at sizes that models have.
  return ir::is_integer(d) || d == DType::boolean || d == DType::f32 || d == DType::f64;
}

}  // namespace

std::optional<Dims> known_elements(ValueId v, const InferContext& c) {
  if (!carries_integers(c.dtype(v))) return std::nullopt;
  if (auto known = c.known(v)) return known;
  const Tensor* t = c.constant(v);
  if (t == nullptr || t->count() > kMostKnown) return std::nullopt;
  Dims out;
  for (std::int64_t i = 0; i < t->count(); ++i) {
    const double value = t->at(i);
    if (!(std::abs(value) < 0x1p53) || std::trunc(value) != value) return std::nullopt;
    out.emplace_back(static_cast<std::int64_t>(value));
  }
  return out;
}

std::optional<Dims> known_pairs(ValueId x, ValueId y, const InferContext& c,
                                std::optional<Dim> (*f)(const Dim&, const Dim&)) {
  const auto a = known_elements(x, c);
  if (!a) return std::nullopt;
  const auto b = known_elements(y, c);
  if (!b) return std::nullopt;
  if (a->size() != b->size() && a->size() != 1 && b->size() != 1) return std::nullopt;
  if (a->size() > 1 && b->size() > 1 && c.shape(x) != c.shape(y)) return std::nullopt;
  Dims out;
  const std::size_t n = a->size() == 1 ? b->size() : a->size();
  for (std::size_t i = 0; i < n; ++i) {
    auto value = f((*a)[a->size() == 1 ? 0 : i], (*b)[b->size() == 1 ? 0 : i]);
    if (!value) return std::nullopt;
    out.push_back(*value);
  }
  return out;
}

}  // namespace corecast::op
