"""sliding_windows against numpy's views."""

import numpy as np

X = np.arange(2 * 7 * 3, dtype=np.float32).reshape(2, 7, 3)


def expect(x, axis, size, stride):
    views = np.lib.stride_tricks.sliding_window_view(x, size, axis)
    views = np.moveaxis(views, -1, axis % x.ndim + 1)
    return views[(slice(None),) * (axis % x.ndim) + (slice(None, None, stride),)]


CASES = [
    {
        "name": f"size {size} stride {stride} on axis {axis}",
        "op": "sliding_windows",
        "ir": f"func @main(%x: f32[2,7,3]) {{\n  %y = sliding_windows(x=%x) {{axis={axis}, size={size}, stride={stride}}}\n"
        "  return %y\n}",
        "inputs": {"x": X},
        "expect": lambda i, a=(axis, size, stride): [expect(i["x"], *a)],
    }
    for axis, size, stride in [(1, 3, 1), (1, 3, 2), (-1, 3, 1), (0, 1, 1), (1, 7, 5)]
]
