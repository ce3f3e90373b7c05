"""batch_to_space and space_to_batch, written out as their formulas."""

import numpy as np


def to_batch(x, block, pads):
    n = x.shape[0]
    x = np.pad(x, [(0, 0), (0, 0), tuple(pads[0]), tuple(pads[1])])
    parts = [x[:, :, i :: block[0], j :: block[1]] for i in range(block[0]) for j in range(block[1])]
    return np.concatenate(parts, 0) if n else x


def to_space(x, block, crops):
    n, c, h, w = x.shape[0] // (block[0] * block[1]), *x.shape[1:]
    out = np.empty((n, c, h * block[0], w * block[1]), x.dtype)
    for i in range(block[0]):
        for j in range(block[1]):
            k = i * block[1] + j
            out[:, :, i :: block[0], j :: block[1]] = x[k * n : (k + 1) * n]
    (top, bottom), (left, right) = crops
    return out[:, :, top : out.shape[2] - bottom, left : out.shape[3] - right]


def case(op, dims, block, margins, operand, move):
    flat = ", ".join(str(v) for row in margins for v in row)
    return {
        "name": f"{op}: {block} with {margins}",
        "op": op,
        "ir": f"""func @main(%x: f32{list(dims)}) {{
  %m = const dense<i32[2,2]: {flat}>
  %y = {op}(x=%x, {operand}=%m) {{block_shape={block}}}
  return %y
}}""",
        "inputs": {"x": np.arange(np.prod(dims), dtype=np.float32).reshape(dims)},
        "expect": lambda i: [move(i["x"], block, margins)],
    }


CASES = [
    case("batch_to_space", (12, 2, 3, 4), [2, 3], [[0, 0], [0, 0]], "crops", to_space),
    case("batch_to_space", (4, 1, 3, 4), [2, 2], [[1, 0], [2, 3]], "crops", to_space),
    case("space_to_batch", (2, 2, 4, 6), [2, 3], [[0, 0], [0, 0]], "paddings", to_batch),
    case("space_to_batch", (1, 2, 3, 4), [2, 2], [[1, 0], [1, 3]], "paddings", to_batch),
]
