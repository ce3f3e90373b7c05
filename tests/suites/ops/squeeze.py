"""squeeze against numpy; a listed dimension of another size stays, as in MIL."""

import numpy as np


def squeeze(name, dims, attrs, result):
    return {
        "name": name,
        "op": "squeeze",
        "ir": f"func @main(%x: f32{list(dims)}) {{\n  %y = squeeze(x=%x){attrs} : f32{list(result)}\n  return %y\n}}",
        "inputs": {"x": np.arange(np.prod(dims), dtype=np.float32).reshape(dims)},
        "expect": lambda i: [i["x"].reshape(result)],
    }


CASES = [
    squeeze("all", (1, 2, 1, 3), "", (2, 3)),
    squeeze("some", (1, 2, 1, 3), " {axes=[-2]}", (1, 2, 3)),
    squeeze("to a scalar", (1, 1), " {axes=[0,1]}", ()),
    squeeze("not of size 1", (1, 2), " {axes=[0,1]}", (2,)),
]
