// Sampling grids, patches put back together, boxes.
#include <algorithm>
#include <numeric>

#include "converter/emit/slices.h"
#include "converter/onnx/rows.h"
#include "ops/creation/fill.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/image/non_maximum_suppression.h"
#include "ops/image/resample.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/non_zero.h"
#include "ops/indexing/scatter.h"
#include "ops/linear/matmul.h"
#include "ops/shape/concat.h"
#include "ops/shape/expand_dims.h"
#include "ops/shape/reshape.h"
#include "ops/shape/slice_by_index.h"
#include "ops/shape/split.h"
#include "ops/shape/squeeze.h"
#include "ops/shape/tile.h"
#include "ops/shape/transpose.h"

namespace corecast::onnx {

Values grid_sample(OnnxNode& n) {
  op::Resample r{};
  r.x = n.input(0);
  r.coordinates = n.input(1);
  r.align_corners = n.integer("align_corners", 0) != 0;
  if (n.failed()) return {};
  if (n.rank(r.x) != 4) return n.unsupported("an input of rank ", n.rank(r.x));
  const std::string mode = n.text("mode", n.opset() < 20 ? "bilinear" : "linear");
  const std::string padding = n.text("padding_mode", "zeros");
  if (mode == "cubic" || mode == "bicubic") return n.unsupported("mode ", mode);
  if (mode != "linear" && mode != "bilinear" && mode != "nearest")
    return n.fail("mode is ", quote(mode));
  r.sampling_mode = mode == "nearest" ? "nearest" : "bilinear";
  if (padding == "zeros")
    r.padding_mode = "constant";
  else if (padding == "border")
    r.padding_mode = "border";
  else if (padding == "reflection")  // about the middle of the outer pixels, or their edges
    r.padding_mode = r.align_corners ? "reflection" : "symmetric";
  else
    return n.fail("padding_mode is ", quote(padding));
  return {n.add(r)};
}

// theta [N, d, d+1] applied to the positions (x, y[, z], 1) of an output of `size` [N, C, ...].
Values affine_grid(OnnxNode& n) {
  const ValueId theta = n.input(0);
  const auto size = n.need_ints(n.input(1), "size");
  const bool align = n.integer("align_corners", 0) != 0;
  if (n.failed()) return {};
  const std::size_t d = size.size() < 2 ? 0 : size.size() - 2;
  if ((d != 2 && d != 3) || n.rank(theta) != 3 || !(n.shape(theta)[1] == Dim(std::int64_t(d))))
    return n.fail("size has ", size.size(), " entries, theta is ", ir::to_string(n.shape(theta)));
  const std::vector<std::int64_t> image(size.begin() + 2, size.end());
  const auto count = ir::element_count(image);
  if (!count || *count > (1 << 24)) return n.unsupported("a grid of this size");
  Tensor base = Tensor::empty(n.dtype(theta), {*count, static_cast<std::int64_t>(d) + 1});
  const auto place = [&](std::int64_t i, std::int64_t length) {
    const auto p = static_cast<double>(i), l = static_cast<double>(length);
    if (align) return length == 1 ? 0.0 : 2 * p / (l - 1) - 1;
    return (2 * p + 1) / l - 1;
  };
  for (std::int64_t i = 0; i < *count; ++i) {
    std::int64_t rest = i;
    for (std::size_t k = 0; k < d; ++k) {  // x, the last axis, comes first
      const std::int64_t length = image[d - 1 - k];
      base.set(i * static_cast<std::int64_t>(d + 1) + static_cast<std::int64_t>(k),
               place(rest % length, length));
      rest /= length;
    }
    base.set(i * static_cast<std::int64_t>(d + 1) + static_cast<std::int64_t>(d), 1);
  }
  const ValueId flat =
      n.add(op::Matmul{.x = n.constant(std::move(base)), .y = theta, .transpose_y = true});
  std::vector<std::int64_t> target = {-1};
  target.insert(target.end(), image.begin(), image.end());
  target.push_back(static_cast<std::int64_t>(d));
  return {n.add(op::Reshape{flat, n.ints(target)})};
}

namespace {

// Where the elements of the blocks, [taps, blocks] in ONNX's order, lie in the padded image.
std::vector<std::int64_t> block_places(const std::vector<std::int64_t>& image,
                                       const std::vector<std::int64_t>& block,
                                       const std::vector<std::int64_t>& dilations,
                                       const std::vector<std::int64_t>& strides) {
  const std::size_t d = image.size();
  std::vector<std::int64_t> blocks(d), places;
  std::int64_t taps = 1, positions = 1;
  for (std::size_t i = 0; i < d; ++i) {
    blocks[i] = (image[i] - (block[i] - 1) * dilations[i] - 1) / strides[i] + 1;
    taps *= block[i];
    positions *= blocks[i];
  }
  for (std::int64_t t = 0; t < taps; ++t) {
    for (std::int64_t p = 0; p < positions; ++p) {
      std::int64_t tap = t, position = p, place = 0, pitch = 1;
      for (std::size_t i = d; i-- > 0;) {
        place += pitch * (position % blocks[i] * strides[i] + tap % block[i] * dilations[i]);
        tap /= block[i];
        position /= blocks[i];
        pitch *= image[i];
      }
      places.push_back(place);
    }
  }
  return places;
}

}  // namespace

// [N, C * taps, blocks] to [N, C, *image]: overlapping elements add up.
Values col2im(OnnxNode& n) {
  const ValueId x = n.input(0);
  const auto image = n.need_ints(n.input(1), "image_shape");
  const auto block = n.need_ints(n.input(2), "block_shape");
  if (n.failed()) return {};
  const std::size_t d = image.size();
  const auto dilations = n.integers("dilations", std::vector<std::int64_t>(d, 1));
  const auto strides = n.integers("strides", std::vector<std::int64_t>(d, 1));
  const auto pads = n.integers("pads", std::vector<std::int64_t>(2 * d, 0));
  if (n.rank(x) != 3 || block.size() != d || dilations.size() != d || strides.size() != d ||
      pads.size() != 2 * d) {
    return n.fail("image_shape, block_shape, dilations, strides and pads do not fit together");
  }
  if (!ir::is_static(n.shape(x))) return n.unsupported("flexible sizes");
  std::vector<std::int64_t> padded(d);
  std::int64_t taps = 1;
  for (std::size_t i = 0; i < d; ++i) {
    padded[i] = image[i] + pads[i] + pads[d + i];
    taps *= block[i];
    if (block[i] < 1 || dilations[i] < 1 || strides[i] < 1 || pads[i] < 0 || pads[d + i] < 0 ||
        padded[i] < (block[i] - 1) * dilations[i] + 1)
      return n.fail("the blocks do not fit into the image");
  }
  const auto area = ir::element_count(padded);
  const auto dims = ir::static_dims(n.shape(x));
  if (!area || dims[1] % taps != 0 || *area > (1 << 26)) return n.fail("the sizes do not fit");
  const auto places = block_places(padded, block, dilations, strides);
  if (static_cast<std::int64_t>(places.size()) != taps * dims[2])
    return n.fail("the input has ", dims[2], " blocks, ",
                  places.size() / static_cast<std::size_t>(taps), " fit into the image");
  const std::int64_t channels = dims[1] / taps;
  op::Scatter s{};
  s.data = n.add(op::Fill{n.ints({dims[0] * channels, *area}), n.scalar(n.dtype(x), 0)});
  s.indices = n.ints(places);
  s.updates = n.add(op::Reshape{x, n.ints({dims[0] * channels, taps * dims[2]})});
  s.axis = 1;
  s.mode = "add";
  std::vector<std::int64_t> target = {dims[0], channels};
  target.insert(target.end(), padded.begin(), padded.end());
  const ValueId whole = n.add(op::Reshape{n.add(s), n.ints(target)});
  if (padded == image) return {whole};
  op::SliceByIndex crop{};
  crop.x = whole;
  std::vector<std::int64_t> begin = {0, 0}, end = {dims[0], channels};
  for (std::size_t i = 0; i < d; ++i) {
    begin.push_back(pads[i]);
    end.push_back(pads[i] + image[i]);
  }
  crop.begin = n.ints(begin);
  crop.end = n.ints(end);
  return {n.add(crop)};
}

namespace {

// Boxes [B, N, 4] as [B, 4, N] of (x_center, y_center, width, height).
ValueId centered_boxes(OnnxNode& n, ValueId boxes, bool centered) {
  const ValueId rows = n.add(op::Transpose{boxes, {0, 2, 1}});
  if (centered) return rows;
  op::Split split{};
  split.x = rows;
  split.axis = 1;
  split.num_splits = 4;
  const Values c = n.add_all(split);  // y1, x1, y2, x2: any two opposite corners
  if (c.size() != 4) return {};
  const auto middle = [&](ValueId a, ValueId b) {
    return n.add(op::Mul{n.add(op::Add{a, b}), n.scalar(n.dtype(a), 0.5)});
  };
  const auto extent = [&](ValueId a, ValueId b) { return n.add(op::Abs{n.add(op::Sub{b, a})}); };
  return n.add(op::Concat{
      .values = {middle(c[1], c[3]), middle(c[0], c[2]), extent(c[1], c[3]), extent(c[0], c[2])},
      .axis = 1});
}

}  // namespace

// Every image and class is a problem of its own; the result lists (image, class, box) of the boxes
// kept. Boxes below the score threshold cannot drop better ones, so they are filtered afterwards.
Values non_max_suppression(OnnxNode& n) {
  const ValueId boxes = n.input(0);   // [B, N, 4]
  const ValueId scores = n.input(1);  // [B, C, N]
  const double limit = n.has(2) ? n.need_scalar(n.optional(2), "max_output_boxes_per_class") : 0;
  const double iou = n.has(3) ? n.need_scalar(n.optional(3), "iou_threshold") : 0;
  const bool thresholded = n.has(4);
  const double threshold = thresholded ? n.need_scalar(n.optional(4), "score_threshold") : 0;
  if (n.failed()) return {};
  if (n.rank(boxes) != 3 || n.rank(scores) != 3) return n.fail("boxes and scores need rank 3");
  const Dim images = n.shape(scores)[0], classes = n.shape(scores)[1], count = n.shape(scores)[2];
  if (!images.is_constant() || !classes.is_constant())
    return n.unsupported("a flexible number of images or classes");
  if (!count.is_constant()) return n.unsupported("a flexible number of boxes");
  const std::int64_t most =
      static_cast<std::int64_t>(std::min(std::max(limit, 0.0), static_cast<double>(count.value())));
  if (most == 0) return {n.constant(Tensor::empty(DType::i64, {0, 3}))};
  const std::int64_t problems = images.value() * classes.value();
  op::NonMaximumSuppression nms{};
  nms.boxes = centered_boxes(n, boxes, n.integer("center_point_box", 0) != 0);
  if (classes.value() > 1) {
    const ValueId apart = n.add(op::ExpandDims{nms.boxes, {1}});
    const ValueId all = n.add(op::Tile{apart, n.ints({1, classes.value(), 1, 1})});
    nms.boxes = n.add(op::Reshape{all, n.ints({problems, 4, count.value()})});
  }
  nms.scores = n.add(op::Reshape{scores, n.ints({problems, 1, count.value()})});
  nms.iou_threshold = iou;
  nms.max_boxes = most;
  const Values kept = n.add_all(nms);  // boxes, scores [P, 1, most], indices [P, most]
  if (kept.size() < 3) return {};
  ValueId valid = n.add(op::GreaterEqual{kept[2], n.int_scalar(0)});
  if (thresholded) {
    const ValueId score = n.add(op::Squeeze{kept[1], std::vector<std::int64_t>{1}});
    valid = n.add(
        op::LogicalAnd{valid, n.add(op::Greater{score, n.scalar(n.dtype(score), threshold)})});
  }
  const ValueId places = n.add(op::NonZero{valid});  // [num, 2]: problem, position
  const ValueId problem = emit::slice_axis(n, places, 1, 0, 1);
  const ValueId box =
      n.add(op::ExpandDims{n.add(op::GatherNd{.x = kept[2], .indices = places}), {1}});
  const ValueId image = n.add(op::FloorDiv{problem, n.int_scalar(classes.value())});
  const ValueId kind = n.add(op::Mod{problem, n.int_scalar(classes.value())});
  const ValueId rows = n.add(op::Concat{.values = {image, kind, box}, .axis = 1});
  return {n.add(op::Cast{rows, DType::i64})};
}

}  // namespace corecast::onnx
