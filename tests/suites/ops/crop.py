"""crop against numpy."""

import numpy as np

CASES = [
    {
        "name": f"{height} rows, {width} columns",
        "op": "crop",
        "ir": f"func @main(%x: f32[2,3,6,7]) {{\n  %y = crop(x=%x) {{crop_height={height}, crop_width={width}}}\n  return %y\n}}",
        "inputs": {"x": np.arange(2 * 3 * 6 * 7, dtype=np.float32).reshape(2, 3, 6, 7)},
        "expect": lambda i, h=height, w=width: [i["x"][:, :, h[0] : 6 - h[1], w[0] : 7 - w[1]]],
    }
    for height, width in [([0, 0], [0, 0]), ([1, 2], [3, 0]), ([3, 3], [1, 1])]
]
