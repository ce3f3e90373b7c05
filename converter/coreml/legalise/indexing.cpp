// gather, scatter, topk and slice_update in the forms that older targets have.
#include <algorithm>

#include "converter/coreml/legalise/extents.h"
#include "ops/creation/range_1d.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/scatter.h"
#include "ops/reduction/topk.h"
#include "ops/shape/concat.h"
#include "ops/shape/slice_by_index.h"
#include "ops/shape/squeeze.h"
#include "ops/shape/tile.h"
#include "ops/shape/transpose.h"

namespace corecast::coreml::legal {
namespace {

/// 0, 1, ... n-1 as i32.
ValueId counting(Site& s, const Extent& n) {
  const ValueId end = s.add(op::Squeeze{runtime_size(s, n), Ints{0}});
  return s.add(op::Range1d{end, s.builder.int_scalar(0), s.builder.int_scalar(1)});
}

/// Looking for indices out of range came late; the results are the same.
template <class Op>
Values unvalidated(Site& s) {
  auto o = s.get<Op>();
  if (!o.validate_indices || s.may_have<Op>("validate_indices")) return {};
  o.validate_indices = false;
  return {s.add(o)};
}

// Without batch_dims: x's batch dims and the axis behind them become one, which indices
// raised by their batch's offset walk along.
Values gather(Site& s) {
  const auto o = s.get<op::Gather>();
  if (o.batch_dims <= 0 || s.surely_has<op::Gather>("batch_dims"))
    return unvalidated<op::Gather>(s);
  const std::int64_t rank = s.rank(o.x), batch = o.batch_dims,
                     axis = o.axis < 0 ? o.axis + rank : o.axis;
  // The axis right behind the batch dims.
  Ints perm;
  for (std::int64_t d = 0; d < rank; ++d) {
    if (d == batch) perm.push_back(axis);
    if (d != axis) perm.push_back(d);
  }
  if (axis == rank - 1 && batch == rank - 1) perm.assign(1, 0);
  const bool in_place = axis == batch;
  const ValueId x = in_place ? o.x : s.add(op::Transpose{o.x, perm});
  Extent batches(1);
  for (std::int64_t d = 0; d < batch; ++d) batches = batches * Extent::of(s, x, d);
  const Extent length = Extent::of(s, x, batch);
  std::vector<Extent> flat = {batches * length};
  for (std::int64_t d = batch + 1; d < rank; ++d) flat.push_back(Extent::of(s, x, d));
  Extent picks(1);
  for (std::int64_t d = batch; d < s.rank(o.indices); ++d)
    picks = picks * Extent::of(s, o.indices, d);
  const ValueId offsets =
      s.reshape(s.add(op::Mul{counting(s, batches), runtime_size(s, length)}), {-1, 1});
  const ValueId indices =
      s.add(op::Add{reshape(s, s.cast(o.indices, DType::i32), {batches, picks}), offsets});
  const ValueId picked =
      s.add(op::Gather{reshape(s, x, flat), reshape(s, indices, {batches * picks}), 0});
  // [batch dims, index dims, x's other dims], then the dims in front of the axis to their place.
  std::vector<Extent> result;
  for (std::int64_t d = 0; d < s.rank(o.indices); ++d)
    result.push_back(Extent::of(s, o.indices, d));
  for (std::int64_t d = batch + 1; d < rank; ++d) result.push_back(Extent::of(s, x, d));
  const ValueId y = reshape(s, picked, result);
  if (in_place) return {y};
  const std::int64_t picked_dims = s.rank(o.indices) - batch, before = axis - batch;
  Ints order;
  for (std::int64_t d = 0; d < batch; ++d) order.push_back(d);
  for (std::int64_t d = 0; d < before; ++d) order.push_back(batch + picked_dims + d);
  for (std::int64_t d = 0; d < picked_dims; ++d) order.push_back(batch + d);
  for (std::int64_t d = batch + picked_dims + before; d < s.rank(y); ++d) order.push_back(d);
  return {s.add(op::Transpose{y, order})};
}

// The batch's own coordinates in front of each multi-index.
Values gather_nd(Site& s) {
  const auto o = s.get<op::GatherNd>();
  if (o.batch_dims <= 0 || s.surely_has<op::GatherNd>("batch_dims"))
    return unvalidated<op::GatherNd>(s);
  const std::int64_t rank = s.rank(o.indices);
  std::vector<Extent> grid = extents(s, o.indices);
  grid.back() = 1;
  Values parts;
  for (std::int64_t d = 0; d < o.batch_dims; ++d) {
    Ints line(static_cast<std::size_t>(rank), 1);
    line[static_cast<std::size_t>(d)] = -1;
    std::vector<Extent> reps = grid;
    reps[static_cast<std::size_t>(d)] = 1;
    const ValueId at = s.reshape(counting(s, Extent::of(s, o.indices, d)), line);
    parts.push_back(s.add(op::Tile{at, sizes(s, reps)}));
  }
  parts.push_back(s.cast(o.indices, DType::i32));
  return {s.add(op::GatherNd{o.x, s.add(op::Concat{parts, -1}), 0, false})};
}

Values topk(Site& s) {
  auto o = s.get<op::Topk>();
  const bool old = !s.surely_has<op::Topk>("sort") || !s.surely_has<op::Topk>("return_indices");
  const auto axis = static_cast<std::size_t>(o.axis < 0 ? o.axis + s.rank(o.x) : o.axis);
  const Dim& size = s.shape(o.x)[axis];
  const bool whole = o.k == -1 && size.is_constant();
  if (!(old && (!o.sort || !o.return_indices)) && !whole) return {};
  if (whole) o.k = size.value();
  o.sort = o.sort || old;
  const bool values_only = old && !o.return_indices;
  if (values_only) o.return_indices = true;
  Values y = s.builder.add_all(o);
  if (values_only) y.resize(1);
  return y;
}

// Before iOS 18, along each dim that is sliced: the update's element for every place of x, clamped,
// and then where the slice covers it that, else x.
class SliceUpdate {
 public:
  SliceUpdate(Site& s, const op::SliceUpdate& o) : s_(s), o_(o) {}

  ValueId run() {
    const std::int64_t rank = s_.rank(o_.x);
    // With the squeezed dims back.
    std::vector<Extent> shape;
    std::int64_t from = 0;
    for (std::int64_t d = 0; d < rank; ++d)
      shape.push_back(set(o_.squeeze_mask, d) ? Extent(1) : Extent::of(s_, o_.update, from++));
    ValueId y = set_any(o_.squeeze_mask) ? reshape(s_, o_.update, shape) : o_.update;
    ValueId covered;
    for (std::int64_t d = 0; d < rank; ++d) {
      if (set(o_.begin_mask, d) && set(o_.end_mask, d) && !set(o_.squeeze_mask, d) && step(d) == 1)
        continue;
      const ValueId here = axis(d, shape[static_cast<std::size_t>(d)], y);
      covered = covered ? s_.add(op::LogicalAnd{covered, here}) : here;
    }
    return covered ? s_.select(covered, y, o_.x) : y;
  }

 private:
  static bool set(const std::vector<bool>& mask, std::int64_t d) {
    return !mask.empty() && mask[static_cast<std::size_t>(d)];
  }
  static bool set_any(const std::vector<bool>& mask) {
    return std::find(mask.begin(), mask.end(), true) != mask.end();
  }
  std::int64_t step(std::int64_t d) {
    return o_.stride && !set(o_.squeeze_mask, d) ? s_.constant(o_.stride)->at_int(d) : 1;
  }

  /// Spreads `y` along dim d, and says (broadcasting) which places of x the slice covers.
  ValueId axis(std::int64_t d, const Extent& count, ValueId& y) {
    const std::int64_t stride = step(d);
    const Extent length = Extent::of(s_, o_.x, d);
    const ValueId place = counting(s_, length);
    const ValueId distance = s_.add(op::Sub{place, start(d, stride, length)});
    const ValueId number = s_.add(op::FloorDiv{distance, s_.ints({stride})});
    const ValueId last = s_.add(op::Sub{runtime_size(s_, count), s_.ints({1})});
    const ValueId zero = s_.ints({0});
    ValueId covered = s_.add(op::LogicalAnd{s_.add(op::GreaterEqual{number, zero}),
                                            s_.add(op::LessEqual{number, last})});
    if (stride != 1) {
      const ValueId back = s_.add(op::Mul{number, s_.ints({stride})});
      covered = s_.add(op::LogicalAnd{covered, s_.add(op::Equal{back, distance})});
    }
    const ValueId index = s_.add(op::Maximum{s_.add(op::Minimum{number, last}), zero});
    y = s_.add(op::Gather{y, index, d});
    Ints line(static_cast<std::size_t>(s_.rank(o_.x)), 1);
    line[static_cast<std::size_t>(d)] = -1;
    return s_.reshape(covered, line);
  }

  /// The first place, as i32 [1], with negative numbers counted from the end and limits observed.
  ValueId start(std::int64_t d, std::int64_t stride, const Extent& length) {
    const ValueId size = runtime_size(s_, length);
    const bool squeezed = set(o_.squeeze_mask, d);
    if (set(o_.begin_mask, d))
      return stride > 0 || squeezed ? s_.ints({0}) : s_.add(op::Sub{size, s_.ints({1})});
    const ValueId given =
        s_.cast(s_.add(op::SliceByIndex{o_.begin, s_.ints({d}), s_.ints({d + 1}), {}, {}, {}, {}}),
                DType::i32);
    const ValueId wrapped =
        s_.select(s_.add(op::Less{given, s_.ints({0})}), s_.add(op::Add{given, size}), given);
    const ValueId low = s_.add(op::Maximum{wrapped, s_.ints({stride > 0 ? 0 : -1})});
    return s_.add(op::Minimum{low, stride > 0 ? size : s_.add(op::Sub{size, s_.ints({1})})});
  }

  Site& s_;
  const op::SliceUpdate& o_;
};

Values slice_update(Site& s) {
  const auto o = s.get<op::SliceUpdate>();
  if (s.may_have<op::SliceUpdate>()) return {};
  if (o.stride && !s.constant(o.stride)) return s.refuse("a stride that is no constant");
  if (s.rank(o.x) == 0) return {o.update};
  for (const Dim& d : s.shape(o.update)) {
    if (d == Dim(0)) return {o.x};
  }
  return {SliceUpdate(s, o).run()};
}

}  // namespace

void add_indexing(Expansions& out) {
  out.insert(out.end(), {{OpKind::Gather, gather},
                         {OpKind::GatherNd, gather_nd},
                         {OpKind::GatherAlongAxis, unvalidated<op::GatherAlongAxis>},
                         {OpKind::Scatter, unvalidated<op::Scatter>},
                         {OpKind::ScatterAlongAxis, unvalidated<op::ScatterAlongAxis>},
                         {OpKind::ScatterNd, unvalidated<op::ScatterNd>},
                         {OpKind::Topk, topk},
                         {OpKind::SliceUpdate, slice_update}});
}

}  // namespace corecast::coreml::legal
