"""Nearest resizing reads the elements that exact fractions name: all sizes up to 64, in all modes.

Fractions are Python's; where there are too many positions for those, what was read is held against the definition
of its rounding, in whole numbers. The packages' own ops are held against the same, with sizes known and not.
"""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from corecast import _corecast

HALF = Fraction(1, 2)
COORDINATES = ("half_pixel", "pytorch_half_pixel", "half_pixel_symmetric", "asymmetric", "align_corners",
               "tf_half_pixel_for_nn")  # fmt: skip
ROUNDINGS = {
    "round_prefer_floor": lambda v: math.ceil(v - HALF),
    "round_prefer_ceil": lambda v: math.floor(v + HALF),
    "floor": math.floor,
    "ceil": math.ceil,
}
MODES = list(itertools.product(COORDINATES, ROUNDINGS))


def position(coordinates, i, size, out, scale):
    """ONNX's formulas, as fractions."""
    if coordinates == "asymmetric":
        return i / scale
    if coordinates == "align_corners":
        return Fraction(i * (size - 1), out - 1) if out > 1 else Fraction(0)
    if coordinates == "tf_half_pixel_for_nn":
        return (i + HALF) / scale
    if coordinates == "pytorch_half_pixel" and out == 1:
        return Fraction(0)
    offset = Fraction(size, 2) * (1 - out / (scale * size)) if coordinates == "half_pixel_symmetric" else 0
    return offset + (i + HALF) / scale - HALF


def expected(coordinates, rounding, size, out, scale=None):
    places = [position(coordinates, i, size, out, scale or Fraction(out, size)) for i in range(out)]
    return [min(max(ROUNDINGS[rounding](p), 0), size - 1) for p in places]


def read(cases, engine="reference"):
    """What resize_nd reads of a ramp: cases of (size, entry of sizes or scales, attributes)."""
    lines, results = [], []
    for n, (size, wanted, attributes) in enumerate(cases):
        kind, name = ("i64", "sizes") if isinstance(wanted, int) else ("f32", "scales")
        ramp = ", ".join(map(str, range(size)))
        lines.append(f"%x{n} = const dense<f32[{size}]: {ramp}>\n%s{n} = const dense<{kind}[1]: {wanted!r}>")
        lines.append(f'%y{n} = resize_nd(x=%x{n}, {name}=%s{n}) {{mode="nearest", {attributes}}}')
        results.append(f"%y{n}")
    text = "func @main(%unused: f32[1]) {\n" + "\n".join(lines) + f"\nreturn {', '.join(results)}\n}}"
    outputs = _corecast.evaluate(text, {"unused": np.zeros(1, np.float32)}, engine, "fp32", 1)
    return [y.astype(np.int64) for y in outputs]


def attributes(coordinates, rounding):
    return f'coordinate_transformation_mode="{coordinates}", nearest_mode="{rounding}"'


@pytest.mark.parametrize(("coordinates", "rounding"), MODES)
def test_fractions(coordinates, rounding):
    pairs = [(a, b) for a in range(1, 13) for b in range(1, 13)] + [(7, 2), (64, 37), (37, 64), (63, 18), (50, 14)]
    got = read([(a, b, attributes(coordinates, rounding)) for a, b in pairs])
    for (a, b), y in zip(pairs, got):
        assert y.tolist() == expected(coordinates, rounding, a, b), (a, b)


def line(coordinates, size, out):
    """Positions as numerators over one denominator, for sizes."""
    i = np.arange(out)
    if coordinates == "asymmetric":
        return i * size, out
    if coordinates == "align_corners":
        return i * (size - 1), max(out - 1, 1)
    if coordinates == "tf_half_pixel_for_nn":
        return (2 * i + 1) * size, 2 * out
    if coordinates == "pytorch_half_pixel" and out == 1:
        return i * 0, 1
    return (2 * i + 1) * size - out, 2 * out


def is_rounded(rounding, k, n, d):
    """Whether k is n / d rounded, by the definition of the rounding."""
    if rounding == "floor":
        return (k * d <= n) & (n < (k + 1) * d)
    if rounding == "ceil":
        return ((k - 1) * d < n) & (n <= k * d)
    distance = 2 * (n - k * d)  # in halves of d, of at most one
    if rounding == "round_prefer_floor":
        return (-d < distance) & (distance <= d)
    return (-d <= distance) & (distance < d)


@pytest.mark.parametrize(("coordinates", "rounding"), MODES)
def test_all_sizes(coordinates, rounding):
    sizes = range(1, 65)
    pairs = [(a, b) for a in sizes for b in sizes]
    got = read([(a, b, attributes(coordinates, rounding)) for a, b in pairs])
    for (a, b), y in zip(pairs, got):
        n, d = line(coordinates, a, b)
        right = is_rounded(rounding, y, n, d) | ((y == 0) & (n <= 0)) | ((y == a - 1) & (n >= (a - 1) * d))
        assert right.all(), (a, b)


@pytest.mark.parametrize("coordinates", COORDINATES)
def test_scales(coordinates):
    """A float scale stands for the fraction it is nearest to; then sizes need not be whole."""
    scales = [Fraction(1, 3), Fraction(2, 7), Fraction(3, 2), Fraction(5, 3), Fraction(7, 10), Fraction(11, 4)]
    cases = [(a, s, r) for a in range(3, 24) for s in scales for r in ROUNDINGS]
    got = read([(a, float(np.float32(float(s))), attributes(coordinates, r)) for a, s, r in cases])
    for (a, s, r), y in zip(cases, got):
        if len(y):
            assert y.tolist() == expected(coordinates, r, a, len(y), s), (a, s, r)


def test_scale_without_a_small_fraction():
    scale = float(np.float32(0.7234567))
    for coordinates, rounding in MODES:
        (y,) = read([(29, scale, attributes(coordinates, rounding))])
        assert y.tolist() == expected(coordinates, rounding, 29, len(y), Fraction(scale))


def save(path, coordinates, rounding, size, sizes):
    """Nearest resizing of the last axis to each of `sizes`, or to the sizes that an input gives."""
    onnx = pytest.importorskip("onnx")
    from onnx_files import save_onnx

    h, t = onnx.helper, onnx.TensorProto
    attributes = {"mode": "nearest", "coordinate_transformation_mode": coordinates, "nearest_mode": rounding}
    opset = 19 if coordinates == "half_pixel_symmetric" else 18
    nodes, constants, outputs = [], [], {}
    for o in sizes:
        constants.append(onnx.numpy_helper.from_array(np.array([1, 1, o], np.int64), f"s{o}"))
        nodes.append(h.make_node("Resize", ["x", "", "", f"s{o}"], [f"y{o}"], **attributes))
        outputs[f"y{o}"] = (t.FLOAT, [1, 1, o])
    return save_onnx(path, nodes, {"x": (t.FLOAT, [1, 1, size])}, outputs, constants, opset)


@pytest.mark.parametrize("precision", ["fp16", "fp32"])
def test_packages(tmp_path, precision):
    import corecast as cc

    for coordinates, rounding in MODES:
        if coordinates == "tf_half_pixel_for_nn":
            continue
        for size, sizes in ((7, (1, 2, 3, 13, 14, 21)), (33, (6, 11, 22, 50))):
            path = save(tmp_path / "m.onnx", coordinates, rounding, size, sizes)
            got = cc.convert(path, precision=precision).run({"x": np.arange(size, dtype=np.float32)[None, None]})
            for o in sizes:
                want = expected(coordinates, rounding, size, o)
                assert got[f"y{o}"].ravel().astype(int).tolist() == want, (coordinates, rounding, size, o)


@pytest.mark.parametrize("precision", ["fp16", "fp32"])
def test_packages_of_flexible_sizes(tmp_path, precision):
    """The result is as long as another input: positions are computed at run time, in integers."""
    onnx = pytest.importorskip("onnx")
    import corecast as cc
    from onnx_files import save_onnx

    h, t = onnx.helper, onnx.TensorProto
    path = tmp_path / "m.onnx"
    for coordinates, rounding in MODES:
        if coordinates in ("tf_half_pixel_for_nn", "half_pixel_symmetric"):
            continue
        resize = h.make_node("Resize", ["x", "", "", "s"], ["y"], mode="nearest",
                             coordinate_transformation_mode=coordinates, nearest_mode=rounding)  # fmt: skip
        save_onnx(path, [h.make_node("Shape", ["r"], ["s"]), resize],
                  {"x": (t.FLOAT, [1, 1, "n"]), "r": (t.FLOAT, [1, 1, "m"])}, {"y": (t.FLOAT, [1, 1, "m"])}, opset=18)  # fmt: skip
        model = cc.convert(str(path), precision=precision)
        for size, out in ((7, 2), (7, 14), (10, 4), (33, 6), (33, 22), (5, 1)):
            x = np.arange(size, dtype=np.float32)[None, None]
            y = model.run({"x": x, "r": np.zeros((1, 1, out), np.float32)})["y"]
            assert y.ravel().astype(int).tolist() == expected(coordinates, rounding, size, out), (coordinates, rounding, size, out)
