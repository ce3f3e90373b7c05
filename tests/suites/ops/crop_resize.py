"""crop_resize and its form before iOS 17 against numpy."""

import numpy as np

R = np.random.default_rng(8)


def grid(mode, first, last, out):
    i, length = np.arange(out, dtype=np.float64), last - first + 1
    if mode == "DEFAULT":
        return first + i * length / out
    if mode == "OFFSET_CORNERS":
        return first + (i + 0.5) * max(1, length - 1) / out
    if mode == "UNALIGN_CORNERS":
        return first + (i + 0.5) * length / out - 0.5
    if out == 1:
        return np.array([(first + last) / 2 if mode == "ALIGN_CORNERS" else first])
    return np.linspace(first, last, out)


def sample(image, ys, xs, pad):
    """image [C, H, W] at the grid ys, xs."""
    channels, height, width = image.shape
    out = np.full((channels, len(ys), len(xs)), float(pad))
    for r, y in enumerate(ys):
        for k, x in enumerate(xs):
            if 0 <= y <= height - 1 and 0 <= x <= width - 1:
                y0, x0 = int(y), int(x)
                y1, x1, fy, fx = min(y0 + 1, height - 1), min(x0 + 1, width - 1), y - y0, x - x0
                top = image[:, y0, x0] * (1 - fx) + image[:, y0, x1] * fx
                out[:, r, k] = top * (1 - fy) + (image[:, y1, x0] * (1 - fx) + image[:, y1, x1] * fx) * fy
    return out


def corners(box, mode, scale_y, scale_x):
    a, b, c, d = box if mode.endswith("HEIGHT_FIRST") else (box[1], box[0], box[3], box[2])
    if mode.startswith("CENTER"):
        a, b, c, d = a - c / 2, b - d / 2, a + c / 2, b + d / 2
    return a * scale_y, b * scale_x, c * scale_y, d * scale_x


def attributes(height, width, normalized, scale, mode, sampling, pad):
    return (f"target_height={height}, target_width={width}, normalized_coordinates={str(normalized).lower()}, "
            f'spatial_scale={float(scale)}, box_coordinate_mode="{mode}", sampling_mode="{sampling}", '
            f"pad_value={float(pad)}")


def case(name, dims, boxes, indices=None, size=(3, 2), normalized=False, scale=1.0, mode="CORNERS_HEIGHT_FIRST",
         sampling="ALIGN_CORNERS", pad=0.0, roi=False):
    boxes = np.array(boxes, np.float32)
    inputs = {"x": R.normal(size=dims).astype(np.float32)}
    if roi:
        led = boxes if indices is None else np.column_stack([np.array(indices, np.float32), boxes])
        inputs["r"] = led.reshape(len(boxes), 1, -1, 1, 1).astype(np.float32)
        op, operands = "crop_resize_ios15", "x=%x, roi=%r"
    else:
        inputs["b"] = boxes
        op, operands = "crop_resize", "x=%x, boxes=%b"
        if indices is not None:
            inputs["k"] = np.array(indices, np.int32)
            operands += ", box_indices=%k"
    types = {np.dtype(np.float32): "f32", np.dtype(np.int32): "i32"}
    args = ", ".join(f"%{n}: {types[v.dtype]}{list(v.shape)}" for n, v in inputs.items())

    def expect(i):
        x = i["x"].astype(np.float64)
        sy, sx = ((dims[2] - 1) * scale, (dims[3] - 1) * scale) if normalized else (scale, scale)

        def one(image, box):
            top, left, bottom, right = corners(box.astype(np.float64), mode, sy, sx)
            return sample(x[image], grid(sampling, top, bottom, size[0]), grid(sampling, left, right, size[1]), pad)

        if not roi:
            return [np.stack([one(k, b) for k, b in zip(indices or range(len(boxes)), boxes)]).astype(np.float32)]
        images = [range(dims[0])] * len(boxes) if indices is None else [[k] for k in indices]
        return [np.stack([np.stack([one(k, b) for k in ks]) for ks, b in zip(images, boxes)]).astype(np.float32)]

    return {
        "name": name,
        "op": op,
        "ir": f"func @main({args}) {{\n  %y = {op}({operands}) "
        f"{{{attributes(*size, normalized, scale, mode, sampling, pad)}}}\n  return %y\n}}",
        "inputs": inputs,
        "expect": expect,
        "rtol": 1e-5,
        "atol": 1e-5,
    }


BOXES = [(0, 1, 4, 3), (1.25, 0.5, 2.75, 4)]
CASES = [
    *[case(s, (2, 3, 5, 6), BOXES, sampling=s)
      for s in ("STRICT_ALIGN_CORNERS", "ALIGN_CORNERS", "DEFAULT", "OFFSET_CORNERS", "UNALIGN_CORNERS")],
    *[case(m, (2, 1, 9, 9), [(4, 4, 3, 2), (3, 5, 2, 4)], mode=m)
      for m in ("CORNERS_HEIGHT_FIRST", "CORNERS_WIDTH_FIRST", "CENTER_SIZE_HEIGHT_FIRST", "CENTER_SIZE_WIDTH_FIRST")],
    case("one sample per box", (2, 2, 5, 5), BOXES, size=(1, 1)),
    case("strict, one sample", (2, 2, 5, 5), BOXES, size=(1, 1), sampling="STRICT_ALIGN_CORNERS"),
    case("box indices", (3, 2, 5, 5), [*BOXES, (0, 0, 1, 1)], [2, 0, 2]),
    case("normalised", (1, 2, 5, 7), [(0.1, 0.2, 0.8, 0.9)], normalized=True),
    case("spatial scale", (1, 2, 9, 9), [(2, 4, 14, 12)], scale=0.5),
    case("beyond the image", (1, 2, 4, 4), [(-1, -1, 5, 5)], size=(4, 4), pad=-7.0),
    case("flipped", (1, 1, 4, 4), [(3, 3, 0, 0)], size=(4, 4)),
    case("every box on every image", (2, 3, 5, 6), BOXES, roi=True),
    case("boxes with image indices", (2, 3, 5, 6), BOXES, [1, 0], roi=True, pad=2.0),
]
