"""resample and affine against numpy."""

import numpy as np

R = np.random.default_rng(9)


def to_pixels(c, size, mode, align):
    if mode == "unnormalized":
        return c
    if mode == "normalized_zero_to_one":
        return c * (size - 1) if align else c * size - 0.5
    return (c + 1) / 2 * (size - 1) if align else ((c + 1) * size - 1) / 2


def fold(c, low, high):
    """Reflection about low and high."""
    span = high - low
    if span == 0:
        return np.full_like(c, low)
    c = np.mod(c - low, 2 * span)
    return low + np.minimum(c, 2 * span - c)


def pad_position(c, size, mode):
    if mode == "constant":
        return c
    if mode == "reflection":
        c = fold(c, 0.0, size - 1.0)
    if mode == "symmetric":
        c = fold(c, -0.5, size - 0.5)
    return np.clip(c, 0, size - 1)


def read(plane, ys, xs, value):
    inside = (ys >= 0) & (ys < plane.shape[0]) & (xs >= 0) & (xs < plane.shape[1])
    y, x = np.clip(ys, 0, plane.shape[0] - 1).astype(int), np.clip(xs, 0, plane.shape[1] - 1).astype(int)
    return np.where(inside, plane[y, x], value)


def sample(x, px, py, sampling, padding, value):
    """x [B,C,H,W] at pixels px, py [B,h,w]."""
    out = np.zeros((*x.shape[:2], *px.shape[1:]))
    for b, c in np.ndindex(*x.shape[:2]):
        plane, xs, ys = x[b, c], pad_position(px[b], x.shape[3], padding), pad_position(py[b], x.shape[2], padding)
        if sampling == "nearest":
            out[b, c] = read(plane, np.rint(ys), np.rint(xs), value)
            continue
        y0, x0 = np.floor(ys), np.floor(xs)
        fy, fx = ys - y0, xs - x0
        top = read(plane, y0, x0, value) * (1 - fx) + read(plane, y0, x0 + 1, value) * fx
        bottom = read(plane, y0 + 1, x0, value) * (1 - fx) + read(plane, y0 + 1, x0 + 1, value) * fx
        out[b, c] = top * (1 - fy) + bottom * fy
    return out


def case(name, dims, coordinates, sampling="bilinear", padding="constant", value=0.0, mode="normalized_minus_one_to_one",
         align=True, dtype="f32"):
    def expect(i):
        c = i["c"].astype(np.float64)
        px, py = to_pixels(c[..., 0], dims[3], mode, align), to_pixels(c[..., 1], dims[2], mode, align)
        return [sample(i["x"].astype(np.float64), px, py, sampling, padding, value).astype(np.float32)]

    return {
        "name": name,
        "op": "resample",
        "ir": f"func @main(%x: f32{list(dims)}, %c: {dtype}{list(coordinates.shape)}) {{\n"
        f'  %y = resample(x=%x, coordinates=%c) {{sampling_mode="{sampling}", padding_mode="{padding}", '
        f'padding_value={value}, coordinates_mode="{mode}", align_corners={str(align).lower()}}}\n  return %y\n}}',
        "inputs": {"x": R.normal(size=dims).astype(np.float32), "c": coordinates},
        "expect": expect,
        "rtol": 1e-5,
        "atol": 2e-5,
    }


def affine(name, dims, matrix, height, width):
    def expect(i):
        m = i["m"].astype(np.float64)
        gx = np.linspace(-1, 1, width) if width > 1 else np.zeros(1)
        gy = np.linspace(-1, 1, height) if height > 1 else np.zeros(1)
        gy, gx = np.meshgrid(gy, gx, indexing="ij")
        x = m[:, 0, None, None] * gx + m[:, 1, None, None] * gy + m[:, 2, None, None]
        y = m[:, 3, None, None] * gx + m[:, 4, None, None] * gy + m[:, 5, None, None]
        px, py = (x + 1) / 2 * (dims[3] - 1), (y + 1) / 2 * (dims[2] - 1)
        return [sample(i["x"].astype(np.float64), px, py, "bilinear", "constant", 0.0).astype(np.float32)]

    return {
        "name": f"affine: {name}",
        "op": "affine",
        "ir": f"func @main(%x: f32{list(dims)}, %m: f32[{dims[0]},6]) {{\n  %y = affine(x=%x, transform_matrix=%m) "
        f"{{output_height={height}, output_width={width}}}\n  return %y\n}}",
        "inputs": {"x": R.normal(size=dims).astype(np.float32), "m": np.array(matrix, np.float32)},
        "expect": expect,
        "rtol": 1e-5,
        "atol": 2e-5,
    }


PIXELS = R.uniform(-4, 9, (2, 4, 3, 2)).astype(np.float32)
NORMAL = R.uniform(-1.4, 1.4, (2, 4, 3, 2)).astype(np.float32)
DIMS = (2, 3, 5, 6)
PADDINGS = ["constant", "border", "reflection", "symmetric"]
CASES = [
    *[case(f"pixels, {p}", DIMS, PIXELS, padding=p, value=1.5, mode="unnormalized") for p in PADDINGS],
    *[case(f"-1 to 1, {p}, align_corners={a}", DIMS, NORMAL, padding=p, align=a) for p in PADDINGS for a in (True, False)],
    *[case(f"0 to 1, align_corners={a}", DIMS, NORMAL, mode="normalized_zero_to_one", align=a) for a in (True, False)],
    *[case(f"nearest, {p}", DIMS, PIXELS, "nearest", p, 2.0, "unnormalized") for p in PADDINGS],
    case("nearest, halves", (1, 1, 1, 4), np.array([[[[0.5, 0], [1.5, 0], [2.5, 0], [-0.5, 0]]]], np.float32), "nearest",
         mode="unnormalized"),
    case("integer coordinates", DIMS, R.integers(-2, 8, (2, 2, 2, 2)).astype(np.int32), mode="unnormalized", dtype="i32"),
    affine("identity", (1, 2, 4, 5), [[1, 0, 0, 0, 1, 0]], 4, 5),
    affine("rotation and shift", (2, 1, 4, 5), [[0.8, -0.6, 0.1, 0.6, 0.8, -0.2], [0.5, 0, 0, 0, 2, 0]], 6, 3),
    affine("one row", (1, 1, 4, 5), [[1, 0, 0, 0, 1, 0.5]], 1, 5),
]
