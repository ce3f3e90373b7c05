// non_maximum_suppression: the best boxes, without those that overlap better ones.
#pragma once

#include "ops/op_kind.h"

namespace corecast::op {

/// boxes [n,4,B] as (x_center, y_center, width, height), scores [n,K,B]: the layout of iOS 17. A
/// box's score is the largest over its K classes. Boxes are taken by falling score (equal scores:
/// lower index first), and those dropped whose intersection over union with a taken one exceeds
/// iou_threshold (0 for a box without area); with per_class_suppression only one of the same class,
/// the class of the best score, drops a box. Results: boxes [n,4,max_boxes] and scores
/// [n,K,max_boxes], filled up with 0, and indices i32[n,max_boxes], filled up with -1.
struct NonMaximumSuppression {
  static constexpr OpKind kind = OpKind::NonMaximumSuppression;
  ir::ValueId boxes, scores;
  double iou_threshold = 0;
  std::int64_t max_boxes = 0;
  bool per_class_suppression = false;
};

}  // namespace corecast::op
