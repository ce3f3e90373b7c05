// Shapes: dims in a row (ir/dim.h).
#include <algorithm>

#include "base/strings.h"
#include "ir/dim.h"
#include "ir/taken_equal.h"

namespace corecast::ir {

Shape make_shape(const std::vector<std::int64_t>& dims) { return {dims.begin(), dims.end()}; }

bool is_static(const Shape& shape) {
  return std::all_of(shape.begin(), shape.end(), [](const Dim& d) { return d.is_constant(); });
}

std::vector<std::int64_t> static_dims(const Shape& shape) {
  std::vector<std::int64_t> dims;
  dims.reserve(shape.size());
  for (const auto& d : shape) dims.push_back(d.value());
  return dims;
}

Dim element_count(const Shape& shape) {
  Dim n(1);
  for (const auto& d : shape) n = n * d;
  return n;
}

std::string to_string(const Shape& shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i) out += ',';
    out += shape[i].to_string();
  }
  return out + "]";
}

std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape out = longer;
  const std::size_t shift = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    const Dim& x = longer[shift + i];
    const Dim& y = shorter[i];
    if (x == y || y == Dim(1)) continue;
    if (x == Dim(1)) {
      out[shift + i] = y;
    } else if (x.is_constant() && y.is_constant()) {
      return std::nullopt;
    } else {
      // A known size against a symbol: the symbol must equal it (or be 1) at run time.
      take_equal(x, y, true);
      out[shift + i] = x.is_constant() ? x : y.is_constant() ? y : (x < y ? x : y);
    }
  }
  return out;
}

}  // namespace corecast::ir
