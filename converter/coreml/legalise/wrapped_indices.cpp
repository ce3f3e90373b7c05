// Indices that count from the end where they are negative: from iOS 17 on MIL's must not be.
//
// Given:   %y = gather(x=%x, indices=%i) {wraps=true}
// Result:  %j = select(cond=less(%i, 0), a=add(%i, size of x), b=%i)
//          %y = gather(x=%x, indices=%j)
#include "converter/coreml/legalise/site.h"
#include "ops/creation/one_hot.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/scatter.h"
#include "ops/shape/shape.h"
#include "ops/shape/slice_by_index.h"
#include "ops/shape/squeeze.h"

namespace corecast::coreml::legal {
namespace {

template <class Op>
ValueId indexed(const Op& o) {
  if constexpr (requires { o.data; })
    return o.data;
  else
    return o.x;
}

/// The dims of what is indexed that the indices address: from the first up to the second.
template <class Op>
std::pair<std::int64_t, std::int64_t> addressed(Site& s, const Op& o) {
  std::int64_t first = 0, count = 1;
  if constexpr (requires { o.axis; }) {
    first = o.axis < 0 ? o.axis + s.rank(indexed(o)) : o.axis;
  } else {
    if constexpr (requires { o.batch_dims; }) first = o.batch_dims;
    count = s.shape(o.indices).back().value();
  }
  return {first, first + count};
}

/// The sizes of x's dims from..to, as `dtype`: a vector or, for indices of rank 0, the one number.
ValueId sizes(Site& s, ValueId x, std::int64_t from, std::int64_t to, const Type& indices) {
  const ir::Shape part(s.shape(x).begin() + from, s.shape(x).begin() + to);
  const bool scalar = indices.rank() == 0;
  if (ir::is_static(part)) {
    const Tensor all = Tensor::of(ir::static_dims(part)).cast(indices.dtype);
    return s.builder.constant(scalar ? all.reshaped({}) : all);
  }
  op::SliceByIndex slice{};
  slice.x = s.add(op::ShapeOf{x});
  slice.begin = s.ints({from});
  slice.end = s.ints({to});
  const ValueId all = s.cast(s.add(slice), indices.dtype);
  return scalar ? s.add(op::Squeeze{all, {}}) : all;
}

/// Indices of a type that holds the size of every dimension: a sum with it must not overflow.
ValueId roomy(Site& s, ValueId indices) {
  return ir::bits_of(s.dtype(indices)) < 32 ? s.cast(indices, DType::i32) : indices;
}

/// The constant that moved_up(known, size) is.
ValueId moved_up(Site& s, const Tensor& known, const Tensor& size) {
  Tensor places = Tensor::empty(known.dtype(), known.dims());
  for (std::int64_t i = 0; i < known.count(); ++i) {
    const std::int64_t index = known.at_int(i);
    places.set_int(i, index < 0 ? index + size.at_int(i % size.count()) : index);
  }
  return s.builder.constant(std::move(places));
}

/// `indices` with `size`, which broadcasts against their last dim, added where they are negative.
ValueId moved_up(Site& s, ValueId indices, ValueId size) {
  const Tensor *known = s.constant(indices), *known_size = s.constant(size);
  if (known && known_size) return moved_up(s, *known, *known_size);
  const ValueId negative = s.add(op::Less{indices, s.like(indices, 0)});
  return s.select(negative, s.add(op::Add{indices, size}), indices);
}

Values one_hot(Site& s) {
  auto o = s.get<op::OneHot>();
  if (!o.wraps) return {};
  o.wraps = false;
  o.indices = roomy(s, o.indices);
  o.indices = moved_up(s, o.indices, s.cast(o.one_hot_vector_size, s.dtype(o.indices)));
  return {s.add(o)};
}

template <class Op>
Values unwrapped(Site& s) {
  auto o = s.get<Op>();
  if (!o.wraps) return {};
  o.wraps = false;
  const auto [from, to] = addressed(s, o);
  o.indices = roomy(s, o.indices);
  o.indices = moved_up(s, o.indices, sizes(s, indexed(o), from, to, s.type(o.indices)));
  return {s.add(o)};
}

}  // namespace

void add_wrapped_indices(Expansions& out) {
  out.insert(out.end(), {{OpKind::Gather, unwrapped<op::Gather>},
                         {OpKind::GatherAlongAxis, unwrapped<op::GatherAlongAxis>},
                         {OpKind::GatherNd, unwrapped<op::GatherNd>},
                         {OpKind::Scatter, unwrapped<op::Scatter>},
                         {OpKind::ScatterAlongAxis, unwrapped<op::ScatterAlongAxis>},
                         {OpKind::ScatterNd, unwrapped<op::ScatterNd>},
                         {OpKind::OneHot, one_hot}});
}

}  // namespace corecast::coreml::legal
