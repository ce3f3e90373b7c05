"""non_maximum_suppression: greedy, in numpy."""

import numpy as np


def iou(a, b):
    shared = 1.0
    for k in (0, 1):
        lo = max(a[k] - a[k + 2] / 2, b[k] - b[k + 2] / 2)
        hi = min(a[k] + a[k + 2] / 2, b[k] + b[k + 2] / 2)
        shared *= max(hi - lo, 0)
    areas = a[2] * a[3], b[2] * b[3]
    return shared / (sum(areas) - shared) if min(areas) > 0 else 0.0


def expect(boxes, scores, threshold, max_boxes, per_class):
    n, count = boxes.shape[0], boxes.shape[2]
    out = (
        np.zeros((n, 4, max_boxes), np.float32),
        np.zeros((n, scores.shape[1], max_boxes), np.float32),
        np.full((n, max_boxes), -1, np.int32),
    )
    for image in range(n):
        best, label = scores[image].max(0), scores[image].argmax(0)
        kept = []
        for i in sorted(range(count), key=lambda i: (-best[i], i)):
            rivals = [j for j in kept if not per_class or label[i] == label[j]]
            if len(kept) < max_boxes and all(iou(boxes[image, :, i], boxes[image, :, j]) <= threshold for j in rivals):
                kept.append(i)
        for k, i in enumerate(kept):
            out[0][image, :, k], out[1][image, :, k], out[2][image, k] = boxes[image, :, i], scores[image, :, i], i
    return list(out)


def case(classes, threshold, max_boxes, per_class):
    rng = np.random.default_rng(3)
    boxes = np.concatenate([rng.uniform(0, 4, (2, 2, 12)), rng.uniform(0.5, 3, (2, 2, 12))], 1).astype(np.float32)
    boxes[0, 2, 5] = 0
    scores = (rng.integers(0, 10, (2, classes, 12)) / 10).astype(np.float32)
    flag = "true" if per_class else "false"
    return {
        "name": f"{classes} classes, {max_boxes} boxes, above {threshold}" + (", per class" if per_class else ""),
        "op": "non_maximum_suppression",
        "ir": f"""func @main(%b: f32[2,4,12], %s: f32[2,{classes},12]) {{
  %x, %y, %z = non_maximum_suppression(boxes=%b, scores=%s) {{iou_threshold={threshold}, max_boxes={max_boxes}, per_class_suppression={flag}}}
  return %x, %y, %z
}}""",
        "inputs": {"b": boxes, "s": scores},
        "expect": lambda i: expect(i["b"], i["s"], threshold, max_boxes, per_class),
    }


CASES = [case(1, 0.25, 12, False), case(3, 0.1, 12, True), case(3, 0.1, 3, False), case(2, 0.5, 15, True)]
