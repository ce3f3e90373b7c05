"""identity."""

import numpy as np

CASES = [
    {
        "name": f"identity {kind}",
        "op": "identity",
        "ir": f"func @main(%x: {kind}[2,2]) {{\n  %y = identity(x=%x)\n  return %y\n}}",
        "inputs": {"x": np.array([[0, 1], [1, 0]]).astype(dtype)},
        "expect": lambda i: [i["x"]],
    }
    for kind, dtype in {"f32": np.float32, "i64": np.int64, "bool": np.bool_}.items()
]
