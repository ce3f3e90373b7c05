"""reverse against numpy."""

import numpy as np

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)

CASES = [
    {
        "name": f"axes {axes}",
        "op": "reverse",
        "ir": "func @main(%x: f32[2,3,4]) {\n  %y = reverse(x=%x)"
        + ("" if axes is None else f" {{axes={axes}}}")
        + "\n  return %y\n}",
        "inputs": {"x": X},
        "expect": lambda i, axes=axes: [np.flip(i["x"], None if axes is None else tuple(axes))],
    }
    for axes in [None, [1], [0, -1]]
]
