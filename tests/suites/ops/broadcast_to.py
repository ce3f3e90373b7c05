"""broadcast_to against numpy."""

import numpy as np


def case(x, shape):
    return {
        "name": f"{x.shape} against {shape}",
        "op": "broadcast_to",
        "ir": f"""func @main(%x: f32{list(x.shape)}) {{
  %s = const dense<i64[{len(shape)}]: {", ".join(map(str, shape))}>
  %y = broadcast_to(x=%x, shape=%s)
  return %y
}}""",
        "inputs": {"x": x},
        "expect": lambda i: [np.broadcast_to(i["x"], np.broadcast_shapes(i["x"].shape, tuple(shape))).copy()],
    }


CASES = [
    case(np.arange(3, dtype=np.float32).reshape(3, 1), [2, 3, 4]),
    case(np.arange(6, dtype=np.float32).reshape(2, 3), [1, 1]),
    case(np.arange(6, dtype=np.float32).reshape(2, 1, 3), [4, 1]),
    case(np.array(2, np.float32), [2, 2]),
    case(np.ones((1, 3), np.float32), [0, 3]),
]
