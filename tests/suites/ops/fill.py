"""fill and fill_like against numpy."""

import numpy as np


def fill(name, dims, dtype, text, value):
    return {
        "name": name,
        "op": "fill",
        "ir": f"""func @main(%s: i32[{len(dims)}]) {{
  %v = const dense<{dtype}[]: {text}>
  %y = fill(shape=%s, value=%v)
  return %y
}}""",
        "inputs": {"s": np.array(dims, np.int32)},
        "expect": lambda i: [np.full(tuple(i["s"]), value)],
    }


CASES = [
    fill("floats", [2, 3], "f32", "-0.5", np.float32(-0.5)),
    fill("not a number", [2], "f16", "nan", np.float16("nan")),
    fill("integers", [1, 4], "i64", "-7", np.int64(-7)),
    fill("logical", [3], "bool", "true", np.bool_(True)),
    fill("empty", [2, 0], "f32", "1.0", np.float32(1)),
    {
        "name": "zeros by default",
        "op": "fill",
        "ir": "func @main(%s: i32[2]) {\n  %y = fill(shape=%s)\n  return %y\n}",
        "inputs": {"s": np.array([2, 2], np.int32)},
        "expect": lambda i: [np.zeros((2, 2), np.float32)],
    },
    {
        "name": "the shape of another",
        "op": "fill_like",
        "ir": """func @main(%x: bool[2,3]) {
  %v = const dense<i32[]: 5>
  %y = fill_like(ref_tensor=%x, value=%v) : i32[2,3]
  return %y
}""",
        "inputs": {"x": np.zeros((2, 3), np.bool_)},
        "expect": lambda i: [np.full((2, 3), 5, np.int32)],
    },
]
