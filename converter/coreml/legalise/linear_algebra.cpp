// linear with weights computed at run time, and matmul of vectors.
#include "converter/coreml/legalise/padding.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/linear/linear.h"
#include "ops/linear/matmul.h"
#include "ops/shape/expand_dims.h"
#include "ops/shape/squeeze.h"

namespace corecast::coreml::legal {
namespace {

Values linear(Site& s) {
  const auto o = s.get<op::Linear>();
  if (is_constant(s, o.weight) && is_constant(s, o.bias)) return {};
  ValueId y;
  if (is_constant(s, o.weight))
    y = s.add(op::Linear{o.x, o.weight, {}});
  else
    y = s.add(op::Matmul{o.x, s.cast(o.weight, s.dtype(o.x)), false, true});
  if (o.bias) y = s.add(op::Add{y, s.cast(o.bias, s.dtype(y))});
  return {y};
}

// MIL knows no column vectors, and rows only next to a plain matrix.
Values matmul(Site& s) {
  auto o = s.get<op::Matmul>();
  const bool row = s.rank(o.x) == 1, column = s.rank(o.y) == 1;
  if (!row && !column) return {};
  if (row) {
    o.x = s.add(op::ExpandDims{o.x, {0}});
    o.transpose_x = false;
  }
  if (column) {
    o.y = s.add(op::ExpandDims{o.y, {1}});
    o.transpose_y = false;
  }
  const ValueId y = s.add(o);
  Ints gone;
  if (row) gone.push_back(s.rank(y) - 2);
  if (column) gone.push_back(s.rank(y) - 1);
  return {s.add(op::Squeeze{y, gone})};
}

}  // namespace

void add_linear_algebra(Expansions& out) {
  out.insert(out.end(), {{OpKind::Linear, linear}, {OpKind::Matmul, matmul}});
}

}  // namespace corecast::coreml::legal
