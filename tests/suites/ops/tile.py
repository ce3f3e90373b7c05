"""tile against numpy."""

import numpy as np


def case(x, reps):
    return {
        "name": f"{x.shape} by {reps}",
        "op": "tile",
        "ir": f"""func @main(%x: f32{list(x.shape)}) {{
  %r = const dense<i32[{len(reps)}]: {", ".join(map(str, reps))}>
  %y = tile(x=%x, reps=%r)
  return %y
}}""",
        "inputs": {"x": x},
        "expect": lambda i: [np.tile(i["x"], reps)],
    }


CASES = [
    case(np.arange(6, dtype=np.float32).reshape(2, 3), [2, 2]),
    case(np.arange(6, dtype=np.float32).reshape(1, 2, 3), [3, 1, 2]),
    case(np.arange(3, dtype=np.float32), [1]),
    case(np.zeros((0, 2), np.float32), [4, 2]),
]
