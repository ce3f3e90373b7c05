// Slices, padding, rearrangements between depth and space, triangles.
#include <algorithm>

#include "converter/emit/padding.h"
#include "converter/emit/slices.h"
#include "converter/onnx/rows.h"
#include "ops/elementwise/select.h"
#include "ops/shape/band_part.h"
#include "ops/shape/depth_to_space.h"
#include "ops/shape/reverse_sequence.h"

namespace corecast::onnx {

Values slice(OnnxNode& n) {
  emit::Slices s{.x = n.input(0)};
  if (n.failed()) return {};
  if (n.opset() < 10) {
    s.starts = n.ints(n.integers("starts"));
    s.ends = n.ints(n.integers("ends"));
    s.axes = n.integers("axes");
  } else {
    s.starts = n.input(1);
    s.ends = n.input(2);
    if (n.has(3)) s.axes = n.need_ints(n.optional(3), "axes");
    if (n.has(4)) s.steps = n.need_ints(n.optional(4), "steps");
  }
  return {emit::sliced(n, s)};
}

Values pad(OnnxNode& n) {
  emit::Padding p{.x = n.input(0)};
  if (n.failed()) return {};
  std::vector<std::int64_t> amounts, axes;
  ValueId value;
  if (n.opset() < 11) {
    amounts = n.integers("pads");
    value = n.scalar(n.dtype(p.x), n.real("value", 0));
  } else {
    amounts = n.need_ints(n.input(1), "pads");
    value = n.optional(2);
    if (n.has(3)) axes = n.need_ints(n.optional(3), "axes");
  }
  if (n.failed()) return {};
  const auto rank = static_cast<std::size_t>(n.rank(p.x));
  if (axes.empty()) {
    for (std::size_t i = 0; i < rank; ++i) axes.push_back(static_cast<std::int64_t>(i));
  }
  if (amounts.size() != 2 * axes.size())
    return n.fail("pads has ", amounts.size(), " entries for ", axes.size(), " axes");
  p.before.assign(rank, 0);
  p.after.assign(rank, 0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto a = static_cast<std::size_t>(n.need_axis(axes[i], n.rank(p.x)));
    if (n.failed()) return {};
    p.before[a] = amounts[i];
    p.after[a] = amounts[axes.size() + i];
  }
  const bool grows =
      std::any_of(amounts.begin(), amounts.end(), [](std::int64_t v) { return v > 0; });
  const std::string mode = n.text("mode", "constant");
  if (mode == "reflect")
    p.mode = emit::Padding::Mode::reflect;
  else if (mode == "edge")
    p.mode = emit::Padding::Mode::edge;
  else if (mode == "wrap")
    p.mode = emit::Padding::Mode::wrap;
  else if (mode == "constant" && grows && value)
    p.constant = n.need_scalar(value, "constant_value");
  else if (mode != "constant" && grows)
    return n.fail("mode is ", quote(mode));
  return {emit::padded(n, p)};
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
