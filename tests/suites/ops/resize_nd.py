"""resize_nd against a direct numpy reading of ONNX's definition of Resize."""

import numpy as np

R = np.random.default_rng(7)


def coordinates(mode, size, out, scale, roi):
    i = np.arange(out, dtype=np.float64)
    half = (i + 0.5) / scale - 0.5
    if mode == "half_pixel":
        return half
    if mode == "half_pixel_symmetric":
        return size / 2 * (1 - out / (scale * size)) + half
    if mode == "pytorch_half_pixel":
        return half if out > 1 else np.zeros(1)
    if mode == "align_corners":
        return np.zeros(1) if out == 1 else i * (size - 1) / (out - 1)
    if mode == "asymmetric":
        return i / scale
    if mode == "tf_half_pixel_for_nn":
        return (i + 0.5) / scale
    start, end = roi
    if out == 1:
        return np.array([0.5 * (start + end) * (size - 1)])
    return start * (size - 1) + i * (end - start) * (size - 1) / (out - 1)


def kernel(mode, t, a):
    t = np.abs(t)
    if mode == "linear":
        return np.maximum(0, 1 - t)
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
    return np.where(t <= 1, near, np.where(t < 2, far, 0))


def weights(size, out, scale, mode, transform, nearest_mode, a, exclude_outside, antialias, roi):
    """[out, size] matrix; rows of NaN where the result is extrapolated."""
    at = coordinates(transform, size, out, scale, roi)
    m = np.zeros((out, size))
    for row, x in enumerate(at):
        if transform == "tf_crop_and_resize" and not 0 <= x <= size - 1:
            m[row] = np.nan
        elif mode == "nearest":
            pick = {"round_prefer_floor": np.ceil(x - 0.5), "round_prefer_ceil": np.floor(x + 0.5), "floor": np.floor(x),
                    "ceil": np.ceil(x)}[nearest_mode]
            m[row, int(np.clip(pick, 0, size - 1))] = 1
        else:
            shrink = min(1.0, scale) if antialias else 1.0
            taps = np.arange(np.floor(x - 3 / shrink), np.ceil(x + 3 / shrink) + 1).astype(int)
            w = kernel(mode, (taps - x) * shrink, a)
            if exclude_outside:
                w = np.where((taps < 0) | (taps >= size), 0, w)
            np.add.at(m[row], np.clip(taps, 0, size - 1), w / w.sum())
    return m


def case(name, dims, scales=None, sizes=None, axes=None, roi=None, mode="nearest", transform="half_pixel",
         nearest_mode="round_prefer_floor", a=-0.75, exclude_outside=False, extrapolation=0.0, antialias=False,
         policy="stretch"):
    which = [k % len(dims) for k in axes] if axes else list(range(len(dims)))
    attrs = [f'mode="{mode}"', f'coordinate_transformation_mode="{transform}"', f'nearest_mode="{nearest_mode}"',
             f"cubic_coeff_a={a}", f"exclude_outside={str(exclude_outside).lower()}",
             f"extrapolation_value={float(extrapolation)}", f"antialias={str(antialias).lower()}",
             f'keep_aspect_ratio_policy="{policy}"']
    if axes:
        attrs.append(f"axes={list(axes)}")
    consts, extra = "", ""
    for key, values, dtype in (("roi", roi, "f32"), ("scales", scales, "f32"), ("sizes", sizes, "i64")):
        if values is not None:
            text = ", ".join(str(v) if dtype == "i64" else f"{float(v):.6f}" for v in values)
            consts += f"  %{key} = const dense<{dtype}[{len(values)}]: {text}>\n"
            extra += f", {key}=%{key}"

    def expect(i):
        y = i["x"].astype(np.float64)
        ins = [dims[k] for k in which]
        if scales is not None:
            factors = [float(np.float32(s)) for s in scales]
            outs = [int(np.float32(n) * np.float32(s)) for n, s in zip(ins, scales)]
        else:
            factors = [s / n for s, n in zip(sizes, ins)]
            outs = list(sizes)
            if policy != "stretch":
                factor = (min if policy == "not_larger" else max)(factors)
                factors = [factor] * len(ins)
                outs = [int(factor * n + 0.5) for n in ins]
        for k, axis in enumerate(which):
            part = (roi[k], roi[len(which) + k]) if roi else (0, 1)
            m = weights(ins[k], outs[k], factors[k], mode, transform, nearest_mode, a, exclude_outside, antialias, part)
            y = np.moveaxis(np.tensordot(m, y, (1, axis)), 0, axis)
        return [np.where(np.isnan(y), extrapolation, y).astype(np.float32)]

    return {
        "name": name,
        "op": "resize_nd",
        "ir": f"func @main(%x: f32{list(dims)}) {{\n{consts}  %y = resize_nd(x=%x{extra}) {{{', '.join(attrs)}}}\n"
        "  return %y\n}",
        "inputs": {"x": R.normal(size=dims).astype(np.float32)},
        "expect": expect,
        "rtol": 1e-5,
        "atol": 1e-5,
    }


TRANSFORMS = ["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"]
CASES = [
    *[case(f"{m}, {t}", (1, 2, 4, 5), scales=(1, 1, 2.0, 1.25), mode=m, transform=t)
      for m in ("linear", "cubic") for t in TRANSFORMS],
    *[case(f"nearest, {t}, {n}", (1, 1, 4, 6), sizes=(1, 1, 8, 3), transform=t, nearest_mode=n)
      for t in TRANSFORMS for n in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")],
    case("nearest, old half pixels", (1, 1, 5), scales=(1, 1, 2.0), transform="tf_half_pixel_for_nn", nearest_mode="floor"),
    case("to one element", (1, 1, 4, 4), sizes=(1, 1, 1, 1), mode="linear", transform="pytorch_half_pixel"),
    case("fractional factor", (1, 1, 5, 5), scales=(1, 1, 0.8, 1.7), mode="linear"),
    case("symmetric, fractional factor", (1, 1, 1, 7), scales=(1, 1, 1, 0.6), mode="linear", transform="half_pixel_symmetric"),
    case("crop and resize", (1, 1, 4, 5), sizes=(1, 1, 3, 4), roi=(0, 0, 0.4, 0.6, 1, 1, 0.6, 0.8), mode="linear",
         transform="tf_crop_and_resize"),
    case("crop beyond the input", (1, 1, 4, 5), sizes=(1, 1, 3, 3), roi=(0, 0, 0.4, 0.6, 1, 1, 1.2, 1.7), mode="linear",
         transform="tf_crop_and_resize", extrapolation=10),
    case("crop flipped", (6,), sizes=(4,), roi=(1, 0), mode="cubic", transform="tf_crop_and_resize"),
    case("cubic, outside excluded", (1, 1, 4, 4), scales=(1, 1, 2, 2), mode="cubic", a=-0.5, exclude_outside=True),
    case("cubic, smaller, aligned", (1, 1, 6, 6), sizes=(1, 1, 4, 3), mode="cubic", transform="align_corners"),
    case("linear, antialias", (1, 1, 8, 9), scales=(1, 1, 0.6, 0.5), mode="linear", antialias=True),
    case("cubic, antialias", (1, 1, 8, 9), sizes=(1, 1, 3, 4), mode="cubic", antialias=True),
    case("cubic, antialias, outside excluded", (9,), sizes=(4,), mode="cubic", antialias=True, exclude_outside=True),
    case("antialias does nothing to growth", (5,), sizes=(8,), mode="linear", antialias=True),
    case("some axes, any order", (3, 4, 2), sizes=(6, 5), axes=(-1, 0), mode="linear"),
    case("three dims at once", (1, 2, 3, 4, 3), scales=(2, 1.5, 2), axes=(2, 3, 4), mode="linear"),
    case("not larger", (1, 1, 10, 20), sizes=(5, 5), axes=(2, 3), mode="linear", policy="not_larger"),
    case("not smaller", (1, 1, 10, 20), sizes=(5, 5), axes=(2, 3), mode="linear", policy="not_smaller"),
]
