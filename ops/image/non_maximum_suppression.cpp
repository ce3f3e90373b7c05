#include "ops/image/non_maximum_suppression.h"

#include <algorithm>
#include <cmath>

#include "ops/detail/view.h"
#include "ops/elements.h"

namespace corecast::op {

namespace {

using Op = NonMaximumSuppression;

Result<Types> infer(const Op& op, InferContext& c) {
  const Type &boxes = c.type(op.boxes), &scores = c.type(op.scores);
  if (boxes.rank() != 3 || scores.rank() != 3 || !must_equal(boxes.shape[1], Dim(4)) ||
      !must_equal(boxes.shape[0], scores.shape[0]) ||
      !must_equal(boxes.shape[2], scores.shape[2])) {
    return infer_error("boxes must be [n,4,B] and scores [n,K,B], not ", ir::to_string(boxes.shape),
                       " and ", ir::to_string(scores.shape));
  }
  if (op.max_boxes < 0) return infer_error("max_boxes is ", op.max_boxes);
  const Dim n = boxes.shape[0];
  return Types{Type(boxes.dtype, {n, 4, op.max_boxes}),
               Type(boxes.dtype, {n, scores.shape[1], op.max_boxes}),
               Type(DType::i32, {n, op.max_boxes})};
}

struct Box {
  double x, y, width, height;
  double area() const { return width * height; }
};

double overlap(double center1, double size1, double center2, double size2) {
  const double lo = std::max(center1 - size1 / 2, center2 - size2 / 2);
  const double hi = std::min(center1 + size1 / 2, center2 + size2 / 2);
  return std::max(hi - lo, 0.0);
}

double iou(const Box& a, const Box& b) {
  if (a.area() <= 0 || b.area() <= 0) return 0;
  const double shared = overlap(a.x, a.width, b.x, b.width) * overlap(a.y, a.height, b.y, b.height);
  return shared / (a.area() + b.area() - shared);
}

// The boxes of one image that stay, best first.
std::vector<std::int64_t> survivors(const Op& op, double threshold, const std::vector<Box>& boxes,
                                    const std::vector<double>& best,
                                    const std::vector<std::int64_t>& classes) {
  std::vector<std::int64_t> order(boxes.size()), kept;
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  // NaN sorts last.
  const auto score = [&](std::int64_t i) {
    const double s = best[static_cast<std::size_t>(i)];
    return std::isnan(s) ? -std::numeric_limits<double>::infinity() : s;
  };
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return score(a) > score(b); });
  for (const auto candidate : order) {
    if (static_cast<std::int64_t>(kept.size()) == op.max_boxes) break;
    const auto i = static_cast<std::size_t>(candidate);
    const bool dropped = std::any_of(kept.begin(), kept.end(), [&](std::int64_t k) {
      const auto j = static_cast<std::size_t>(k);
      return (!op.per_class_suppression || classes[i] == classes[j]) &&
             iou(boxes[i], boxes[j]) > threshold;
    });
    if (!dropped) kept.push_back(candidate);
  }
  return kept;
}

Result<Tensors> eval(const Op& op, EvalContext& c) {
  const Tensor &boxes = c.tensor(op.boxes), &scores = c.tensor(op.scores);
  const std::int64_t n = boxes.dims()[0], count = boxes.dims()[2], classes = scores.dims()[1],
                     max = op.max_boxes;
  if (scores.dims()[0] != n || scores.dims()[2] != count || boxes.dims()[1] != 4) {
    return eval_error("boxes [", join(boxes.dims()), "] and scores [", join(scores.dims()),
                      "] do not fit");
  }
  if (classes < 1 && count > 0)
    return eval_error("scores [", join(scores.dims()), "] have no class");
  const double threshold = rounded_to(boxes.dtype(), op.iou_threshold);
  Tensor out_boxes = Tensor::zeros(boxes.dtype(), {n, 4, max}),
         out_scores = Tensor::zeros(boxes.dtype(), {n, classes, max});
  Tensor out_indices = Tensor::splat(DType::i32, {n, max}, -1);
  for (std::int64_t image = 0; image < n; ++image) {
    std::vector<Box> box;
    std::vector<double> best;
    std::vector<std::int64_t> best_class;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto coordinate = [&](std::int64_t k) { return boxes.at((image * 4 + k) * count + i); };
      box.push_back({coordinate(0), coordinate(1), coordinate(2), coordinate(3)});
      const auto score = [&](std::int64_t k) {
        return scores.at((image * classes + k) * count + i);
      };
      std::int64_t top = 0;
      for (std::int64_t k = 1; k < classes; ++k) top = score(k) > score(top) ? k : top;
      best.push_back(score(top));
      best_class.push_back(top);
    }
    const auto kept = survivors(op, threshold, box, best, best_class);
    for (std::int64_t j = 0; j < static_cast<std::int64_t>(kept.size()); ++j) {
      const std::int64_t i = kept[static_cast<std::size_t>(j)];
      for (std::int64_t k = 0; k < 4; ++k) {
        out_boxes.set((image * 4 + k) * max + j, boxes.at((image * 4 + k) * count + i));
      }
      for (std::int64_t k = 0; k < classes; ++k) {
        out_scores.set((image * classes + k) * max + j,
                       scores.at((image * classes + k) * count + i));
      }
      out_indices.set_int(image * max + j, i);
    }
  }
  return Tensors{out_boxes, out_scores, out_indices};
}

/// Boxes and scores are filled up with 0, indices with -1.
Interval bounds_of_kept(const NonMaximumSuppression& op, const BoundsContext& c) {
  if (c.result == 2) return bounds::at_least(-1);
  return hull(c.of(c.result == 0 ? op.boxes : op.scores), Interval::only(0));
}

}  // namespace

OpSchema non_maximum_suppression_schema() {
  return make_schema<Op>(
      {.name = "non_maximum_suppression",
       .doc = "Keeps the boxes with the best scores, without those that overlap better ones.",
       .mil = {"non_maximum_suppression", Target::ios17},
       .traits = traits::computation(Accumulates::nothing, Overflow::never)
                     .needing(Digits::pixel_positions),
       .bounds = bounds_of_kept,
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval},
      operand<&Op::boxes>("boxes", kFloats, "[n,4,B]: x_center, y_center, width, height.")
          .grouped('T'),
      operand<&Op::scores>("scores", kFloats, "[n,K,B]: one score per class.").grouped('T'),
      attr<&Op::iou_threshold>("iou_threshold",
                               "Overlap (intersection over union) above which a box is dropped."),
      attr<&Op::max_boxes>("max_boxes", "Number of boxes in the result."),
      attr<&Op::per_class_suppression>("per_class_suppression",
                                       "True: boxes drop only boxes of their own class."));
}

}  // namespace corecast::op
