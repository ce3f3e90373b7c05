"""transpose against numpy."""

import numpy as np


def transpose(x, dtype, perm):
    return {
        "name": f"{dtype} {x.shape} by {perm}",
        "op": "transpose",
        "ir": f"func @main(%x: {dtype}{list(x.shape)}) {{\n  %y = transpose(x=%x) {{perm={perm}}}\n  return %y\n}}",
        "inputs": {"x": x},
        "expect": lambda i: [i["x"].transpose(perm)],
    }


CASES = [
    transpose(np.array(7, np.float32), "f32", []),
    transpose(np.arange(6, dtype=np.float32).reshape(2, 3), "f32", [1, 0]),
    transpose(np.arange(24, dtype=np.float16).reshape(2, 3, 4), "f16", [2, 0, 1]),
    transpose(np.arange(24, dtype=np.int8).reshape(2, 3, 4), "i8", [-1, 1, 0]),
    transpose(np.arange(120, dtype=np.int64).reshape(2, 3, 4, 5), "i64", [0, 2, 1, 3]),
    transpose(np.zeros((2, 0, 3), np.float32), "f32", [2, 1, 0]),
    transpose(np.array([[True, False, True]]), "bool", [1, 0]),
]
