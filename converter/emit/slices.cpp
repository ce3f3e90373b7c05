#include "converter/emit/slices.h"

#include <algorithm>

#include "ops/indexing/gather.h"
#include "ops/shape/concat.h"
#include "ops/shape/slice_by_index.h"

namespace corecast::emit {
namespace {

bool all(const std::vector<bool>& mask) {
  return std::all_of(mask.begin(), mask.end(), [](bool b) { return b; });
}

// The begins or the ends of all axes. A bound is masked, a number, or read at run time.
struct Bounds {
  ValueId source;
  std::optional<Dims> known;
  bool begin;  // begins, or ends
  std::vector<bool> mask;
  std::vector<std::int64_t> numbers;
  std::vector<ValueId> parts;  // empty ids, but where a bound depends on data

  Bounds(Emit& e, ValueId v, bool is_begin, std::size_t rank)
      : source(v),
        known(e.known(v)),
        begin(is_begin),
        mask(rank, true),
        numbers(rank, 0),
        parts(rank) {}

  void read(Emit& e, std::size_t i, std::size_t axis) {
    mask[axis] = false;
    const ValueId narrow = e.cast(source, DType::i32);
    const ValueId index = e.ints({static_cast<std::int64_t>(i)});
    parts[axis] = e.add(op::Gather{.x = narrow, .indices = index, .axis = 0});
  }

  // Element `i` bounds `axis` of `size`; the slice goes `down` when its step is negative.
  void set(Emit& e, std::size_t i, std::size_t axis, const Dim& size, bool down) {
    if (!known) return read(e, i, axis);
    const Dim& d = (*known)[i];
    if (d.is_constant()) {
      mask[axis] = size.is_constant() ? set_within(axis, d.value(), size.value(), down)
                                      : set_unclamped(axis, d.value(), down);
    } else if (!(!low_edge(down) && !down && d == size)) {
      read(e, i, axis);
    }
  }

  // The edge that a mask stands for: the low one or the high one.
  bool low_edge(bool down) const { return begin != down; }

  // True when the edge is reached, else the number is set.
  bool set_within(std::size_t axis, std::int64_t v, std::int64_t size, bool down) {
    if (v < 0) v += size;
    v = down ? std::clamp<std::int64_t>(v, -1, size - 1) : std::clamp<std::int64_t>(v, 0, size);
    numbers[axis] = v;
    return low_edge(down) ? v <= (down ? -1 : 0) : v >= (down ? size - 1 : size);
  }
  bool set_unclamped(std::size_t axis, std::int64_t v, bool down) {
    const bool low = low_edge(down);
    if (low && !down && v == 0) return true;
    if (v > INT32_MAX / 2) {
      if (!low) return true;
      v = INT32_MAX;
    }
    if (v < INT32_MIN / 2) {
      if (low) return true;
      v = INT32_MIN;
    }
    numbers[axis] = v;
    return false;
  }

  ValueId vector(Emit& e) const {
    if (std::none_of(parts.begin(), parts.end(), [](ValueId v) { return bool(v); })) {
      std::vector<std::int64_t> n = numbers;
      for (std::size_t a = 0; a < n.size(); ++a) n[a] = mask[a] ? 0 : n[a];
      return e.ints(n);
    }
    std::vector<ValueId> pieces;
    for (std::size_t a = 0; a < parts.size(); ++a)
      pieces.push_back(parts[a] ? parts[a] : e.ints({mask[a] ? 0 : numbers[a]}));
    return pieces.size() == 1 ? pieces[0] : e.add(op::Concat{.values = pieces, .axis = 0});
  }
};

// The number of bounds; a problem when the vectors do not fit together.
std::size_t count_of(Emit& e, Slices& s) {
  const Shape& starts = e.shape(s.starts);
  if (starts.size() != 1 || !starts[0].is_constant()) {
    e.fail("starts is not a vector of fixed size");
    return 0;
  }
  const Shape& ends = e.shape(s.ends);
  if (ends.size() != 1 || (ends[0].is_constant() && !(ends[0] == starts[0]))) {
    e.fail("starts and ends differ in length");
    return 0;
  }
  const auto count = static_cast<std::size_t>(starts[0].value());
  if (s.axes.empty()) {
    for (std::size_t i = 0; i < count; ++i) s.axes.push_back(static_cast<std::int64_t>(i));
  }
  if (s.steps.empty()) s.steps.assign(count, 1);
  if (s.axes.size() != count || s.steps.size() != count)
    e.fail("starts, axes and steps differ in length");
  return count;
}

}  // namespace

ValueId sliced(Emit& e, const Slices& given) {
  if (e.failed()) return {};
  Slices s = given;
  const std::size_t count = count_of(e, s);
  if (e.failed()) return {};
  const auto rank = static_cast<std::size_t>(e.rank(s.x));
  Bounds begins(e, s.starts, true, rank), ends(e, s.ends, false, rank);
  std::vector<std::int64_t> stride(rank, 1);
  for (std::size_t i = 0; i < count; ++i) {
    const auto a = static_cast<std::size_t>(e.need_axis(s.axes[i], e.rank(s.x)));
    if (e.failed()) return {};
    if (s.steps[i] == 0) return e.fail("step 0 along axis ", a), ValueId();
    stride[a] = std::clamp<std::int64_t>(s.steps[i], INT32_MIN + 1, INT32_MAX);
    begins.set(e, i, a, e.shape(s.x)[a], s.steps[i] < 0);
    ends.set(e, i, a, e.shape(s.x)[a], s.steps[i] < 0);
  }
  if (e.failed()) return {};
  const bool unit =
      std::all_of(stride.begin(), stride.end(), [](std::int64_t v) { return v == 1; });
  if (unit && all(begins.mask) && all(ends.mask)) return s.x;
  op::SliceByIndex cut{};
  cut.x = s.x;
  cut.begin = begins.vector(e);
  cut.end = ends.vector(e);
  cut.begin_mask = begins.mask;
  cut.end_mask = ends.mask;
  if (!unit) cut.stride = e.ints(stride);
  return e.add(cut);
}

ValueId slice_axis(Emit& e, ValueId x, std::int64_t axis, std::optional<std::int64_t> from,
                   std::optional<std::int64_t> to) {
  if (e.failed()) return {};
  const auto rank = static_cast<std::size_t>(e.rank(x));
  const auto a = static_cast<std::size_t>(axis);
  std::vector<std::int64_t> begin(rank, 0), end(rank, 0);
  op::SliceByIndex s{};
  s.x = x;
  s.begin_mask = s.end_mask = std::vector<bool>(rank, true);
  s.begin_mask[a] = !from;
  s.end_mask[a] = !to;
  begin[a] = from.value_or(0);
  end[a] = to.value_or(0);
  s.begin = e.ints(begin);
  s.end = e.ints(end);
  return e.add(s);
}

}  // namespace corecast::emit
