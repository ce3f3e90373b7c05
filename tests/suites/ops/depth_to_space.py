"""depth_to_space, space_to_depth, pixel_shuffle and pixel_unshuffle, written out as their formulas."""

import numpy as np


def up(x, f, channel):
    n, c, h, w = x.shape
    c //= f * f
    out = np.empty((n, c, h * f, w * f), x.dtype)
    for k in range(c):
        for i in range(f):
            for j in range(f):
                out[:, k, i::f, j::f] = x[:, channel(k, i, j, c)]
    return out


def down(x, f, channel):
    n, c, h, w = x.shape
    out = np.empty((n, c * f * f, h // f, w // f), x.dtype)
    for k in range(c):
        for i in range(f):
            for j in range(f):
                out[:, channel(k, i, j, c)] = x[:, k, i::f, j::f]
    return out


def case(op, attr, f, x, move, channel):
    return {
        "name": f"{op}: factor {f} of {x.shape}",
        "op": op,
        "ir": f"func @main(%x: f32{list(x.shape)}) {{\n  %y = {op}(x=%x) {{{attr}={f}}}\n  return %y\n}}",
        "inputs": {"x": x},
        "expect": lambda i: [move(i["x"], f, channel(f))],
    }


CASES = []
for factor in (1, 2, 3):
    deep = np.arange(2 * 2 * factor**2 * 3 * 4, dtype=np.float32).reshape(2, 2 * factor**2, 3, 4)
    wide = np.arange(2 * 2 * 6 * 12, dtype=np.float32).reshape(2, 2, 6, 12)
    depth = lambda f: lambda k, i, j, c: (i * f + j) * c + k
    pixel = lambda f: lambda k, i, j, c: k * f * f + i * f + j
    CASES += [
        case("depth_to_space", "block_size", factor, deep, up, depth),
        case("space_to_depth", "block_size", factor, wide, down, depth),
        case("pixel_shuffle", "upscale_factor", factor, deep, up, pixel),
        case("pixel_unshuffle", "downscale_factor", factor, wide, down, pixel),
    ]
