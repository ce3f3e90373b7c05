#include "converter/coreml/legalise/extents.h"

#include <algorithm>

#include "ops/elementwise/elementwise_binary.h"
#include "ops/shape/concat.h"
#include "ops/shape/shape.h"
#include "ops/shape/slice_by_index.h"

namespace corecast::coreml::legal {

Extent Extent::of(Site& s, ValueId v, std::int64_t axis) {
  if (axis < 0) axis += s.rank(v);
  const Dim& d = s.shape(v).at(static_cast<std::size_t>(axis));
  if (d.is_constant()) return {d.value()};
  Extent e(1);
  e.places_.emplace_back(v, axis);
  return e;
}

Extent operator*(Extent a, const Extent& b) {
  a.number_ *= b.number_;
  a.places_.insert(a.places_.end(), b.places_.begin(), b.places_.end());
  return a;
}

ValueId runtime_size(Site& s, const Extent& e) {
  if (e.is_constant()) return s.ints({e.value()});
  ValueId product;
  for (const auto& [v, axis] : e.places_) {
    const auto shape = s.add(op::ShapeOf{v});
    const auto size =
        s.add(op::SliceByIndex{shape, s.ints({axis}), s.ints({axis + 1}), {}, {}, {}, {}});
    product = product ? s.add(op::Mul{product, size}) : size;
  }
  return e.number_ == 1 ? product : s.add(op::Mul{product, s.ints({e.number_})});
}

ValueId sizes(Site& s, const std::vector<Extent>& shape) {
  const bool known =
      std::all_of(shape.begin(), shape.end(), [](const Extent& e) { return e.is_constant(); });
  if (known) {
    Ints values;
    for (const Extent& e : shape) values.push_back(e.value());
    return s.ints(values);
  }
  Values parts;
  for (const Extent& e : shape) parts.push_back(runtime_size(s, e));
  return parts.size() == 1 ? parts[0] : s.add(op::Concat{parts, 0});
}

ValueId reshape(Site& s, ValueId x, const std::vector<Extent>& shape) {
  const auto unknown =
      std::count_if(shape.begin(), shape.end(), [](const Extent& e) { return !e.is_constant(); });
  if (unknown > 1) return s.add(op::Reshape{x, sizes(s, shape)});
  Ints to;
  for (const Extent& e : shape) to.push_back(e.is_constant() ? e.value() : -1);
  return s.reshape(x, to);
}

std::vector<Extent> extents(Site& s, ValueId v) {
  std::vector<Extent> out;
  for (std::int64_t a = 0; a < s.rank(v); ++a) out.push_back(Extent::of(s, v, a));
  return out;
}

}  // namespace corecast::coreml::legal
