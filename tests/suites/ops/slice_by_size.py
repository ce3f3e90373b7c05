"""slice_by_size against numpy."""

import numpy as np

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def case(name, begin, size, key):
    return {
        "name": name,
        "op": "slice_by_size",
        "ir": f"""func @main(%x: f32[2,3,4]) {{
  %b = const dense<i32[3]: {", ".join(map(str, begin))}>
  %s = const dense<i32[3]: {", ".join(map(str, size))}>
  %y = slice_by_size(x=%x, begin=%b, size=%s) : f32{list(X[key].shape)}
  return %y
}}""",
        "inputs": {"x": X},
        "expect": lambda i: [i["x"][key]],
    }


CASES = [
    case("inside", [0, 1, 1], [2, 2, 3], np.s_[0:2, 1:3, 1:4]),
    case("the rest", [1, 0, 2], [-1, 3, -1], np.s_[1:, :, 2:]),
    case("from the end", [-1, 0, -3], [1, 1, 2], np.s_[1:, :1, 1:3]),
    case("empty", [0, 3, 0], [2, -1, 0], np.s_[:, 3:, :0]),
]
