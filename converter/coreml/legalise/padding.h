// Padding of windows as explicit numbers.
#pragma once

#include "converter/coreml/legalise/site.h"
#include "ops/conv/window.h"

namespace corecast::coreml::legal {

/// Whether v is absent, a constant, or a compressed one.
inline bool is_constant(Site& s, ValueId v) {
  if (!v || s.constant(v)) return true;
  const OpId def = s.f().def(v);
  return def && s.f().op(def).schema->traits.constexpr_op;
}

/// [before0, after0, before1, ...] of an op with windows over x's spatial dims; empty when they
/// depend on sizes known at run time.
template <class Op>
std::optional<Ints> resolved_pads(Site& s, ValueId x, const Shape& kernel, const Op& o) {
  const Shape& shape = s.shape(x);
  const auto dims =
      op::resolve_windows(Shape(shape.begin() + 2, shape.end()), {.kernel = kernel,
                                                                  .strides = o.strides,
                                                                  .dilations = o.dilations,
                                                                  .pad = o.pad,
                                                                  .pad_type = o.pad_type});
  if (!dims) return std::nullopt;
  Ints out;
  for (const auto& w : *dims) {
    if (!w.before.is_constant() || !w.after.is_constant()) return std::nullopt;
    out.push_back(w.before.value());
    out.push_back(w.after.value());
  }
  return out;
}

}  // namespace corecast::coreml::legal
