// Slices, padding, rearrangements between depth and space, triangles.
#include <algorithm>
#include <cmath>

#include "converter/emit/padding.h"
#include "converter/emit/slices.h"
#include "converter/onnx/rows.h"
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

constexpr double kFarthest = 0x1p30;  // no matrix has diagonals beyond

// Upper: everything on and above diagonal k; lower: on and below it.
Values trilu(OnnxNode& n) {
  const bool upper = n.integer("upper", 1) != 0;
  op::BandPart band{.x = n.input(0)};
  const double k = n.has(1) ? n.need_scalar(n.optional(1), "k") : 0;
  band.diagonal = static_cast<std::int64_t>(std::fmin(std::fmax(k, -kFarthest), kFarthest));
  (upper ? band.lower : band.upper) = 0;
  return {n.add(band)};
}

}  // namespace corecast::onnx
