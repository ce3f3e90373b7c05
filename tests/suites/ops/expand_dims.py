"""expand_dims against numpy."""

import numpy as np

CASES = [
    {
        "name": f"axes {axes} of {x.shape}",
        "op": "expand_dims",
        "ir": f"func @main(%x: f32{list(x.shape)}) {{\n  %y = expand_dims(x=%x) {{axes={axes}}}\n  return %y\n}}",
        "inputs": {"x": x},
        "expect": lambda i, axes=tuple(axes): [np.expand_dims(i["x"], axes)],
    }
    for x, axes in [
        (np.array(3, np.float32), [0]),
        (np.arange(6, dtype=np.float32).reshape(2, 3), [2, 0]),
        (np.arange(6, dtype=np.float32).reshape(2, 3), [-1, -3]),
    ]
]
