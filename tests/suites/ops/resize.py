"""resize_bilinear, resize_nearest_neighbor, upsample_* and resize against numpy."""

import numpy as np

R = np.random.default_rng(6)
MODES = ["STRICT_ALIGN_CORNERS", "ALIGN_CORNERS", "DEFAULT", "OFFSET_CORNERS", "UNALIGN_CORNERS"]


def grid(mode, size, out):
    i = np.arange(out, dtype=np.float64)
    if mode == "DEFAULT":
        return i * size / out
    if mode == "OFFSET_CORNERS":
        return (i + 0.5) * max(1, size - 1) / out
    if mode == "UNALIGN_CORNERS":
        return (i + 0.5) * size / out - 0.5
    if out == 1:
        return np.array([(size - 1) / 2 if mode == "ALIGN_CORNERS" else 0.0])
    return np.linspace(0, size - 1, out)


def linear(x, axis, mode, out):
    size = x.shape[axis]
    at = np.clip(grid(mode, size, out), 0, size - 1)
    low = np.floor(at).astype(int)
    part = (at - low).reshape([-1 if a == axis % x.ndim else 1 for a in range(x.ndim)])
    return np.take(x, low, axis) * (1 - part) + np.take(x, np.minimum(low + 1, size - 1), axis) * part


def nearest(x, axis, out, offset):
    size = x.shape[axis]
    return np.take(x, np.floor((np.arange(out) + offset) * size / out).astype(int), axis)


def case(op, name, dims, attrs, expect, extra="", consts="", tolerance=1e-6):
    return {
        "name": f"{op}: {name}",
        "op": op,
        "ir": f"func @main(%x: f32{list(dims)}) {{\n{consts}  %y = {op}(x=%x{extra}) {{{attrs}}}\n  return %y\n}}",
        "inputs": {"x": R.normal(size=dims).astype(np.float32)},
        "expect": lambda i: [expect(i["x"].astype(np.float64)).astype(np.float32)],
        "rtol": tolerance,
        "atol": tolerance,
    }


def bilinear(mode, dims, height, width):
    return case("resize_bilinear", f"{mode} {dims[-2:]} to {(height, width)}", dims,
                f'target_size_height={height}, target_size_width={width}, sampling_mode="{mode}"',
                lambda x: linear(linear(x, -2, mode, height), -1, mode, width))


def resize_nearest(dims, height, width):
    return case("resize_nearest_neighbor", f"{dims[-2:]} to {(height, width)}", dims,
                f"target_size_height={height}, target_size_width={width}",
                lambda x: nearest(nearest(x, -2, height, 0.5), -1, width, 0.5))


def upsample(dims, height, width, align, half_pixel=None):
    mode = "STRICT_ALIGN_CORNERS" if align else "DEFAULT" if half_pixel is False else "UNALIGN_CORNERS"
    out = int(np.float32(dims[-2]) * np.float32(height)), int(np.float32(dims[-1]) * np.float32(width))
    extra = "" if half_pixel is None else f", half_pixel_centers={str(half_pixel).lower()}"
    return case("upsample_bilinear", f"{dims[-2:]} times {(height, width)} {mode}", dims,
                f"scale_factor_height={height:.4f}, scale_factor_width={width:.4f}, align_corners={str(align).lower()}{extra}",
                lambda x: linear(linear(x, -2, mode, out[0]), -1, mode, out[1]))


def upsample_nearest(dims, height, width):
    out = int(np.float32(dims[-2]) * np.float32(height)), int(np.float32(dims[-1]) * np.float32(width))
    return case("upsample_nearest_neighbor", f"{dims[-2:]} times {(height, width)}", dims,
                f"scale_factor_height={height:.4f}, scale_factor_width={width:.4f}",
                lambda x: nearest(nearest(x, -2, out[0], 0), -1, out[1], 0))


def resize(name, dims, shape, count, interpolation, mode):
    def expect(x):
        for axis in range(-count, 0):
            size = shape[axis] or x.shape[axis]
            x = linear(x, axis, mode, size) if interpolation == "LINEAR" else nearest(x, axis, size, 0.5)
        return x

    return case("resize", name, dims,
                f'resized_dims={count}, interpolation_mode="{interpolation}", sampling_mode="{mode}"', expect,
                ", shape=%s", f"  %s = const dense<i32[{len(shape)}]: {', '.join(map(str, shape))}>\n")


CASES = [
    *[bilinear(m, (1, 2, 3, 5), 7, 4) for m in MODES],
    *[bilinear(m, (2, 1, 6, 4), 1, 1) for m in MODES],
    *[bilinear(m, (3, 1, 2), 4, 4) for m in MODES],
    resize_nearest((1, 2, 4, 5), 8, 2),
    resize_nearest((1, 1, 10, 10), 2, 25),
    resize_nearest((1, 3, 2, 5), 3, 2),
    upsample((1, 2, 3, 4), 2, 3, True),
    upsample((1, 2, 3, 4), 2, 3, False),
    upsample((1, 1, 4, 5), 1.5, 0.6, False, True),
    upsample((1, 1, 4, 5), 2.5, 2, False, False),
    upsample_nearest((1, 2, 3, 4), 2, 3),
    upsample_nearest((1, 1, 6, 5), 0.67, 4.5),
    resize("last two", (1, 2, 3, 4), (6, 2), 2, "LINEAR", "UNALIGN_CORNERS"),
    resize("zero keeps", (1, 2, 3, 4), (9, 0, 7), 2, "LINEAR", "STRICT_ALIGN_CORNERS"),
    resize("three dims", (1, 2, 3, 4), (4, 5, 2), 3, "LINEAR", "DEFAULT"),
    resize("nearest", (1, 2, 3, 4), (7, 3), 2, "NEAREST_NEIGHBOR", "DEFAULT"),
]
