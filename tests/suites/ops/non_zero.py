"""non_zero against numpy.argwhere."""

import numpy as np


def case(name, x, kind):
    return {
        "name": name,
        "op": "non_zero",
        "ir": f"func @main(%x: {kind}{list(x.shape)}) {{\n  %y = non_zero(x=%x)\n  return %y\n}}",
        "inputs": {"x": x},
        "expect": lambda i: [np.argwhere(i["x"]).astype(np.int32)],
    }


CASES = [
    case("floats, with NaN and -0", np.array([[0, 1, -0.0], [np.nan, 0, -2]], np.float32), "f32"),
    case("booleans", np.array([True, False, True]), "bool"),
    case("none", np.zeros((2, 2), np.int32), "i32"),
]
