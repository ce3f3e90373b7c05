// Slices, padding, rearrangements between depth and space, triangles.
#include <algorithm>
#include <limits>

#include "converter/onnx/rows.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/select.h"
#include "ops/indexing/gather.h"
#include "ops/shape/band_part.h"
#include "ops/shape/concat.h"
#include "ops/shape/depth_to_space.h"
#include "ops/shape/pad.h"
#include "ops/shape/reverse_sequence.h"
#include "ops/shape/slice_by_index.h"

namespace corecast::onnx {

// Starts and ends are clamped as numpy does. Axes that are not named keep everything; a bound that
// is known to reach the edge becomes a mask, so that flexible sizes stay exact.
Values slice(OnnxNode& n) {
  const ValueId x = n.input(0);
  if (n.failed()) return {};
  const std::int64_t rank = n.rank(x);
  ValueId starts, ends;
  std::vector<std::int64_t> axes, steps;
  if (n.opset() < 10) {
    starts = n.ints(n.integers("starts"));
    ends = n.ints(n.integers("ends"));
    axes = n.integers("axes");
  } else {
    starts = n.input(1);
    ends = n.input(2);
    if (n.has(3)) axes = n.need_ints(n.optional(3), "axes");
    if (n.has(4)) steps = n.need_ints(n.optional(4), "steps");
  }
  if (n.failed()) return {};
  const Shape& starts_shape = n.shape(starts);
  if (starts_shape.size() != 1 || !starts_shape[0].is_constant())
    return n.fail("starts is not a vector of fixed size");
  const Shape& ends_shape = n.shape(ends);
  if (ends_shape.size() != 1 ||
      (ends_shape[0].is_constant() && !(ends_shape[0] == starts_shape[0])))
    return n.fail("starts and ends differ in length");
  const auto count = static_cast<std::size_t>(starts_shape[0].value());
  if (axes.empty()) {
    for (std::size_t i = 0; i < count; ++i) axes.push_back(static_cast<std::int64_t>(i));
  }
  if (steps.empty()) steps.assign(count, 1);
  if (axes.size() != count || steps.size() != count)
    return n.fail("starts, axes and steps differ in length");

  const auto r = static_cast<std::size_t>(rank);
  op::SliceByIndex s{};
  s.x = x;
  s.begin_mask = std::vector<bool>(r, true);
  s.end_mask = std::vector<bool>(r, true);
  std::vector<std::int64_t> stride(r, 1), begin(r, 0), end(r, 0);
  std::vector<ValueId> begin_parts(r), end_parts(r);  // where a bound depends on data
  bool dynamic = false;
  const auto known_starts = n.known(starts), known_ends = n.known(ends);
  const auto element = [&](ValueId v, std::size_t i) {
    const ValueId narrow = n.dtype(v) == DType::i32 ? v : n.add(op::Cast{v, DType::i32});
    return n.add(
        op::Gather{.x = narrow, .indices = n.ints({static_cast<std::int64_t>(i)}), .axis = 0});
  };
  for (std::size_t i = 0; i < count; ++i) {
    if (axes[i] < -rank || axes[i] >= rank)
      return n.fail("axis ", axes[i], " is outside the rank ", rank);
    const auto a = static_cast<std::size_t>(axes[i] < 0 ? axes[i] + rank : axes[i]);
    const Dim size = n.shape(x)[a];
    if (steps[i] == 0) return n.fail("step 0 along axis ", a);
    stride[a] = std::clamp<std::int64_t>(steps[i], INT32_MIN + 1, INT32_MAX);
    const bool down = steps[i] < 0;
    // One bound: masked when it reaches the edge, a number, or read at run time.
    const auto bound = [&](const std::optional<Dims>& known, ValueId source, bool is_begin,
                           std::int64_t& number, ValueId& part) {
      if (!known) {
        part = element(source, i);
        dynamic = true;
        return false;
      }
      Dim d = (*known)[i];
      const bool low_edge = is_begin != down;  // the edge that a mask stands for
      if (d.is_constant()) {
        std::int64_t v = d.value();
        if (size.is_constant()) {
          if (v < 0) v += size.value();
          v = down ? std::clamp<std::int64_t>(v, -1, size.value() - 1)
                   : std::clamp<std::int64_t>(v, 0, size.value());
          if (low_edge ? v <= (down ? -1 : 0) : v >= (down ? size.value() - 1 : size.value()))
            return true;
          number = v;
          return false;
        }
        if (low_edge && !down && v == 0) return true;
        if (v > INT32_MAX / 2) {
          if (!low_edge) return true;
          v = INT32_MAX;
        }
        if (v < INT32_MIN / 2) {
          if (low_edge) return true;
          v = INT32_MIN;
        }
        number = v;
        return false;
      }
      if (!low_edge && !down && d == size) return true;
      part = element(source, i);
      dynamic = true;
      return false;
    };
    s.begin_mask[a] = bound(known_starts, starts, true, begin[a], begin_parts[a]);
    s.end_mask[a] = bound(known_ends, ends, false, end[a], end_parts[a]);
  }
  if (n.failed()) return {};
  const auto assemble = [&](const std::vector<std::int64_t>& numbers,
                            const std::vector<ValueId>& parts) {
    if (std::none_of(parts.begin(), parts.end(), [](ValueId v) { return static_cast<bool>(v); }))
      return n.ints(numbers);
    std::vector<ValueId> pieces;
    for (std::size_t a = 0; a < r; ++a)
      pieces.push_back(parts[a] ? parts[a] : n.ints({numbers[a]}));
    return pieces.size() == 1 ? pieces[0] : n.add(op::Concat{.values = pieces, .axis = 0});
  };
  const auto all = [](const std::vector<bool>& m) {
    return std::all_of(m.begin(), m.end(), [](bool b) { return b; });
  };
  const bool unit =
      std::all_of(stride.begin(), stride.end(), [](std::int64_t v) { return v == 1; });
  if (unit && all(s.begin_mask) && all(s.end_mask)) return {x};
  s.begin = assemble(begin, begin_parts);
  s.end = assemble(end, end_parts);
  if (!unit) s.stride = n.ints(stride);
  return {n.add(s)};
}

// Negative amounts crop. A reflection may be needed on any axis; MIL reflects the last two only,
// which legalisation sees to.
Values pad(OnnxNode& n) {
  const ValueId x = n.input(0);
  if (n.failed()) return {};
  const auto rank = static_cast<std::size_t>(n.rank(x));
  std::vector<std::int64_t> amounts, axes;
  ValueId value;
  if (n.opset() < 11) {
    amounts = n.integers("pads");
    value = n.scalar(n.dtype(x), n.real("value", 0));
  } else {
    amounts = n.need_ints(n.input(1), "pads");
    value = n.optional(2);
    if (n.has(3)) axes = n.need_ints(n.optional(3), "axes");
  }
  if (n.failed()) return {};
  if (axes.empty()) {
    for (std::size_t i = 0; i < rank; ++i) axes.push_back(static_cast<std::int64_t>(i));
  }
  if (amounts.size() != 2 * axes.size())
    return n.fail("pads has ", amounts.size(), " entries for ", axes.size(), " axes");
  std::vector<std::int64_t> before(rank, 0), after(rank, 0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t a = axes[i] < 0 ? axes[i] + n.rank(x) : axes[i];
    if (a < 0 || a >= n.rank(x)) return n.fail("axis ", axes[i], " is outside the rank ", rank);
    before[static_cast<std::size_t>(a)] = amounts[i];
    after[static_cast<std::size_t>(a)] = amounts[axes.size() + i];
  }
  ValueId cropped = x;
  if (std::any_of(amounts.begin(), amounts.end(), [](std::int64_t v) { return v < 0; })) {
    op::SliceByIndex crop{};
    crop.x = x;
    std::vector<std::int64_t> begin(rank, 0), end(rank, 0);
    crop.begin_mask = std::vector<bool>(rank, true);
    crop.end_mask = std::vector<bool>(rank, true);
    for (std::size_t i = 0; i < rank; ++i) {
      if (before[i] < 0) crop.begin_mask[i] = false, begin[i] = -before[i];
      if (after[i] < 0) crop.end_mask[i] = false, end[i] = after[i];
      before[i] = std::max<std::int64_t>(before[i], 0);
      after[i] = std::max<std::int64_t>(after[i], 0);
    }
    crop.begin = n.ints(begin);
    crop.end = n.ints(end);
    cropped = n.add(crop);
  }
  std::vector<std::int64_t> pads;
  for (std::size_t i = 0; i < rank; ++i) {
    pads.push_back(before[i]);
    pads.push_back(after[i]);
  }
  if (std::all_of(pads.begin(), pads.end(), [](std::int64_t v) { return v == 0; }))
    return {cropped};
  op::Pad p{};
  p.x = cropped;
  p.pad = n.ints(pads);
  const std::string mode = n.text("mode", "constant");
  if (mode == "constant")
    p.mode = "constant";
  else if (mode == "reflect")
    p.mode = "reflect";
  else if (mode == "edge")
    p.mode = "replicate";
  else if (mode == "wrap") {
    ValueId y = cropped;
    for (std::size_t i = 0; i < rank; ++i) {
      const auto axis = static_cast<std::int64_t>(i);
      if (before[i] == 0 && after[i] == 0) continue;
      const auto part = [&](std::int64_t from, std::int64_t to, bool to_end) {
        op::SliceByIndex s{};
        s.x = y;
        std::vector<std::int64_t> b(rank, 0), e(rank, 0);
        s.begin_mask = std::vector<bool>(rank, true);
        s.end_mask = std::vector<bool>(rank, true);
        s.begin_mask[i] = false;
        s.end_mask[i] = to_end;
        b[i] = from;
        e[i] = to;
        s.begin = n.ints(b);
        s.end = n.ints(e);
        return n.add(s);
      };
      std::vector<ValueId> parts;
      if (before[i]) parts.push_back(part(-before[i], 0, true));
      parts.push_back(y);
      if (after[i]) parts.push_back(part(0, after[i], false));
      y = n.add(op::Concat{.values = parts, .axis = axis});
    }
    return {y};
  } else {
    return n.fail("mode is ", quote(mode));
  }
  if (value && p.mode == "constant") p.constant_val = n.need_scalar(value, "constant_value");
  return {n.add(p)};
}

Values depth_to_space(OnnxNode& n) {
  const ValueId x = n.input(0);
  const std::int64_t block = n.integer("blocksize", 1);
  if (n.text("mode", "DCR") == "CRD")
    return {n.add(op::PixelShuffle{.x = x, .upscale_factor = block})};
  return {n.add(op::DepthToSpace{.x = x, .block_size = block})};
}

Values space_to_depth(OnnxNode& n) {
  return {n.add(op::SpaceToDepth{.x = n.input(0), .block_size = n.integer("blocksize", 1)})};
}

Values reverse_sequence(OnnxNode& n) {
  op::ReverseSequence r{};
  r.x = n.input(0);
  r.lengths = n.input(1);
  r.batch_axis = n.integer("batch_axis", 1);
  r.seq_axis = n.integer("time_axis", 0);
  return {n.add(r)};
}

// Upper: everything on and above diagonal k; lower: on and below it.
Values trilu(OnnxNode& n) {
  const ValueId x = n.input(0);
  const bool upper = n.integer("upper", 1) != 0;
  const std::int64_t k =
      n.has(1) ? static_cast<std::int64_t>(n.need_scalar(n.optional(1), "k")) : 0;
  if (n.failed()) return {};
  // band_part counts kept diagonals from the main one; a band that misses it is a difference.
  op::BandPart band{};
  band.x = x;
  if (upper && k <= 0) {
    band.lower = -k;
    band.upper = -1;
    return {n.add(band)};
  }
  if (!upper && k >= 0) {
    band.lower = -1;
    band.upper = k;
    return {n.add(band)};
  }
  // The rest is what the complementary band leaves. Its mask, not a difference: Inf - Inf is NaN.
  const Shape& shape = n.shape(x);
  const auto rank = shape.size();
  if (rank < 2 || !shape[rank - 2].is_constant() || !shape[rank - 1].is_constant()) {
    return n.unsupported("k = ", k, " with flexible sizes");
  }
  const std::int64_t rows = shape[rank - 2].value(), columns = shape[rank - 1].value();
  Tensor keep = Tensor::zeros(DType::boolean, {rows, columns});
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j)
      keep.set_int(i * columns + j, upper ? j - i >= k : j - i <= k);
  }
  return {n.add(op::Select{n.constant(std::move(keep)), x, n.scalar(n.dtype(x), 0)})};
}

}  // namespace corecast::onnx
