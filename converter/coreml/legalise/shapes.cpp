// Ops that make shapes or rearrange elements, where MIL of the target lacks them or takes five
// dimensions at most.
#include <algorithm>

#include "converter/coreml/legalise/extents.h"
#include "ops/creation/fill.h"
#include "ops/shape/band_part.h"
#include "ops/shape/concat.h"
#include "ops/shape/depth_to_space.h"
#include "ops/shape/slice_by_index.h"
#include "ops/shape/squeeze.h"
#include "ops/shape/transpose.h"

namespace corecast::coreml::legal {
namespace {

Values fill_like(Site& s) {
  const auto o = s.get<op::FillLike>();
  if (s.surely_has<op::FillLike>()) return {};
  return {s.add(op::Fill{sizes(s, extents(s, o.ref_tensor)), o.value})};
}

// A shape without entries.
Values fill(Site& s) {
  const auto o = s.get<op::Fill>();
  if (!s.result_type().shape.empty()) return {};
  return {o.value ? o.value : s.builder.scalar(DType::f32, 0)};
}

/// Which elements of x's last two dimensions the band holds.
Tensor kept(const op::BandPart& o, std::int64_t rows, std::int64_t columns) {
  Tensor keep = Tensor::zeros(DType::boolean, {rows, columns});
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      const std::int64_t above = j - i - o.diagonal;
      keep.set_int(i * columns + j,
                   (o.lower < 0 || -above <= o.lower) && (o.upper < 0 || above <= o.upper));
    }
  }
  return keep;
}

/// Where a matrix of x's sizes, known at run time only, is within a band around its main diagonal.
ValueId within(Site& s, ValueId x, std::int64_t lower, std::int64_t upper) {
  const ValueId ones = s.add(op::FillLike{x, s.builder.scalar(DType::f32, 1)});
  return s.cast(s.add(op::BandPart{ones, lower, upper}), DType::boolean);
}

// MIL counts diagonals from the main one. A band that misses it is what the complementary one
// leaves: by its mask, not as a difference, as Inf - Inf is NaN.
Values band_part(Site& s) {
  const auto o = s.get<op::BandPart>();
  if (o.diagonal == 0) return {};
  const auto limit = [](std::int64_t given, std::int64_t by) {
    return given < 0 ? INT64_MAX : std::min<std::int64_t>(given, INT32_MAX) + by;
  };
  const std::int64_t lower = limit(o.lower, -o.diagonal), upper = limit(o.upper, o.diagonal);
  const auto or_all = [](std::int64_t at) { return at == INT64_MAX || at < 0 ? -1 : at; };
  if (lower >= 0 && upper >= 0) return {s.add(op::BandPart{o.x, or_all(lower), or_all(upper)})};
  const ValueId zero = s.like(o.x, 0);
  const Shape& shape = s.shape(o.x);
  const Dim rows = shape[shape.size() - 2], columns = shape.back();
  if (rows.is_constant() && columns.is_constant()) {
    const Tensor keep = kept(o, rows.value(), columns.value());
    return {s.select(s.builder.constant(keep), o.x, zero)};
  }
  ValueId y = s.add(op::BandPart{o.x, or_all(lower), or_all(upper)});
  if (lower < 0) y = s.select(within(s, o.x, -1, -lower - 1), zero, y);
  if (upper < 0) y = s.select(within(s, o.x, -upper - 1, -1), zero, y);
  return {y};
}

Values reshape_like(Site& s) {
  const auto o = s.get<op::ReshapeLike>();
  if (s.surely_has<op::ReshapeLike>()) return {};
  std::vector<Extent> to;
  for (std::size_t i = 0; i < o.ref_tensors.size(); ++i) {
    const std::int64_t rank = s.rank(o.ref_tensors[i]);
    const auto wrapped = [&](std::int64_t at) {
      return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
    };
    const std::int64_t end = i < o.end_masks.size() && o.end_masks[i] ? rank : wrapped(o.ends[i]);
    for (std::int64_t a = wrapped(o.begins[i]); a < end; ++a)
      to.push_back(Extent::of(s, o.ref_tensors[i], a));
  }
  return {reshape(s, o.x, to)};
}

/// A view of a view is one of what lies below: dimensions that exist in between only vanish.
Values reshape_of_reshape(Site& s, const op::Reshape& o) {
  const auto inner = s.f().def_if<op::Reshape>(o.x);
  const Tensor* shape = s.constant(o.shape);
  if (!inner || !shape || s.rank(o.x) <= s.rules.table().largest_rank) return {};
  const Ints to = shape->to_ints();
  if (std::find(to.begin(), to.end(), 0) != to.end()) return {};
  return {s.add(op::Reshape{inner->x, o.shape})};
}

// 0 stands for the size at the same distance from the end. It used to be the size at the
// same place, which is the same for shapes as long as x's.
Values reshape_op(Site& s) {
  const auto o = s.get<op::Reshape>();
  const Shape& result = s.result_type().shape;
  if (result.empty()) {
    const bool ones = std::all_of(s.shape(o.x).begin(), s.shape(o.x).end(),
                                  [](const Dim& d) { return d == Dim(1); });
    if (ones && s.rank(o.x) > 0) return {s.add(op::Squeeze{o.x, std::nullopt})};
    return {};
  }
  if (Values v = reshape_of_reshape(s, o); !v.empty()) return v;
  const Tensor* shape = s.constant(o.shape);
  if (!shape || s.surely_has<op::Reshape>("zero_from_end")) return {};
  Ints to = shape->to_ints();
  if (static_cast<std::int64_t>(to.size()) == s.rank(o.x) ||
      std::find(to.begin(), to.end(), 0) == to.end())
    return {};
  std::vector<Extent> sizes;
  for (std::size_t i = 0; i < to.size(); ++i) {
    const auto from_end = static_cast<std::int64_t>(to.size() - i);
    const bool copies = to[i] == 0 && from_end <= s.rank(o.x);
    if (result[i] == Dim(0))  // as a parameter, that 0 would copy again
      return s.refuse("a reshape to a shape without elements");
    if (copies)
      sizes.push_back(Extent::of(s, o.x, -from_end));
    else if (result[i].is_constant())
      sizes.emplace_back(result[i].value());
    else
      sizes.emplace_back(to[i] == 0 ? 1 : to[i]);
  }
  const bool rest = std::find(to.begin(), to.end(), -1) != to.end();
  const auto unknown =
      std::count_if(sizes.begin(), sizes.end(), [](const Extent& e) { return !e.is_constant(); });
  if (rest && unknown == 1) return {s.add(op::Reshape{o.x, legal::sizes(s, sizes)})};
  return {reshape(s, o.x, sizes)};
}

/// Dims that stay neighbours in this order, as one: `perm` of fewer dims, and the sizes of x's.
struct Merged {
  std::vector<Extent> dims;
  Ints perm;
};
Merged merged(Site& s, ValueId x, const Ints& perm) {
  std::vector<Ints> runs;  // of source dims, in the result's order
  for (const std::int64_t p : perm) {
    if (!runs.empty() && runs.back().back() + 1 == p)
      runs.back().push_back(p);
    else
      runs.push_back({p});
  }
  std::vector<Ints> sorted = runs;
  std::sort(sorted.begin(), sorted.end());
  Merged m;
  for (const Ints& run : sorted) {
    Extent e(1);
    for (const std::int64_t d : run) e = e * Extent::of(s, x, d);
    m.dims.push_back(e);
  }
  for (const Ints& run : runs)
    m.perm.push_back(std::find(sorted.begin(), sorted.end(), run) - sorted.begin());
  return m;
}

// More than five dims: those that stay together travel as one, and what is left moves one at a
// time.
Values transpose(Site& s) {
  const auto o = s.get<op::Transpose>();
  const std::int64_t rank = s.rank(o.x), largest = s.rules.table().largest_rank;
  if (rank <= largest) return {};
  Ints perm = o.perm;
  for (auto& p : perm) p += p < 0 ? rank : 0;
  std::vector<Extent> result;
  for (const std::int64_t p : perm) result.push_back(Extent::of(s, o.x, p));
  Merged m = merged(s, o.x, perm);
  // A source whose dims are only seen here is reshaped from what lies below.
  ValueId x = reshape(s, o.x, m.dims);
  if (static_cast<std::int64_t>(m.perm.size()) <= largest)
    return {reshape(s, s.add(op::Transpose{x, m.perm}), result)};
  // [done, skipped, wanted, rest] -> [done, wanted, skipped, rest], until all are in place.
  std::vector<std::int64_t> order;
  for (std::size_t i = 0; i < m.dims.size(); ++i) order.push_back(static_cast<std::int64_t>(i));
  const auto product = [&](std::size_t from, std::size_t to) {
    Extent e(1);
    for (std::size_t i = from; i < to; ++i) e = e * m.dims[static_cast<std::size_t>(order[i])];
    return e;
  };
  for (std::size_t i = 0; i < m.perm.size(); ++i) {
    const auto at =
        static_cast<std::size_t>(std::find(order.begin(), order.end(), m.perm[i]) - order.begin());
    if (at == i) continue;
    x = reshape(
        s, x, {product(0, i), product(i, at), product(at, at + 1), product(at + 1, order.size())});
    x = s.add(op::Transpose{x, {0, 2, 1, 3}});
    order.erase(order.begin() + static_cast<std::ptrdiff_t>(at));
    order.insert(order.begin() + static_cast<std::ptrdiff_t>(i), m.perm[i]);
  }
  return {reshape(s, x, result)};
}

// out[n, c*f*f + k, h, w] = space_to_depth(x)[n, k*C + c, h, w].
Values pixel_unshuffle(Site& s) {
  const auto o = s.get<op::PixelUnshuffle>();
  if (s.surely_has<op::PixelUnshuffle>()) return {};
  const std::int64_t square = o.downscale_factor * o.downscale_factor;
  const ValueId y = s.add(op::SpaceToDepth{o.x, o.downscale_factor});
  const Extent n = Extent::of(s, y, 0), c = Extent::of(s, o.x, 1), h = Extent::of(s, y, 2),
               w = Extent::of(s, y, 3);
  const ValueId apart = reshape(s, y, {n, Extent(square), c, h, w});
  return {reshape(s, s.add(op::Transpose{apart, {0, 2, 1, 3, 4}}), {n, Extent(square) * c, h, w})};
}

// Operands without elements add nothing.
// MIL takes the result's sizes from the first value. One that is flexible there, and fixed in the
// result because another value has it fixed, is lost to everything behind, and a squeeze of it
// would not be understood: the first value is cut to it, which changes nothing.
bool pin_sizes(Site& s, ValueId& first, std::int64_t axis) {
  const Shape& from = s.shape(first);
  const Shape& to = s.result_type().shape;
  const auto along = static_cast<std::size_t>(axis < 0 ? axis + s.rank(first) : axis);
  op::SliceByIndex cut{};
  cut.x = first;
  cut.begin_mask = cut.end_mask = std::vector<bool>(from.size(), true);
  Ints end(from.size(), 0);
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (i == along || from[i].is_constant() || !to[i].is_constant()) continue;
    cut.begin_mask[i] = cut.end_mask[i] = false;
    end[i] = to[i].value();
  }
  if (std::all_of(end.begin(), end.end(), [](auto e) { return e == 0; })) return false;
  cut.begin = s.ints(Ints(from.size(), 0));
  cut.end = s.ints(end);
  ir::Type type = s.type(first);
  first = s.add(cut);
  for (std::size_t i = 0; i < end.size(); ++i) {
    if (end[i] != 0) type.shape[i] = to[i];
  }
  s.f().set_type(first, std::move(type));
  return true;
}

Values concat(Site& s) {
  const auto o = s.get<op::Concat>();
  if (o.interleave) return {};
  const auto is_empty = [&](ValueId v) {
    return std::any_of(s.shape(v).begin(), s.shape(v).end(),
                       [](const Dim& d) { return d == Dim(0); });
  };
  Values kept;
  std::copy_if(o.values.begin(), o.values.end(), std::back_inserter(kept),
               [&](ValueId v) { return !is_empty(v); });
  const bool pinned = !kept.empty() && pin_sizes(s, kept[0], o.axis);
  if ((kept.size() == o.values.size() && !pinned) || kept.empty()) return {};
  if (kept.size() == 1) return {kept[0]};
  return {s.add(op::Concat{kept, o.axis})};
}

}  // namespace

void add_shapes(Expansions& out) {
  out.insert(out.end(), {{OpKind::FillLike, fill_like},
                         {OpKind::Fill, fill},
                         {OpKind::BandPart, band_part},
                         {OpKind::ReshapeLike, reshape_like},
                         {OpKind::Reshape, reshape_op},
                         {OpKind::Transpose, transpose},
                         {OpKind::PixelUnshuffle, pixel_unshuffle},
                         {OpKind::Concat, concat}});
}

}  // namespace corecast::coreml::legal
