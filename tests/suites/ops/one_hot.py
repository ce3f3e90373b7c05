"""one_hot, position by position."""

import numpy as np


def case(name, indices, size, axis, on, off, kind):
    def expect(i):
        k = np.expand_dims(i["k"], axis if axis >= 0 else axis % (i["k"].ndim + 1))
        shape = [1] * k.ndim
        shape[axis] = size
        return [np.where(k == np.arange(size).reshape(shape), on, off)]

    indices = np.array(indices, np.int32)
    text = lambda v: str(v).lower() if kind == "bool" else str(v)
    return {
        "name": name,
        "op": "one_hot",
        "ir": f"""func @main(%k: i32{list(indices.shape)}, %n: i32[]) {{
  %on = const dense<{kind}[]: {text(on)}>
  %off = const dense<{kind}[]: {text(off)}>
  %y = one_hot(indices=%k, one_hot_vector_size=%n, on_value=%on, off_value=%off) {{axis={axis}}}
  return %y
}}""",
        "inputs": {"k": indices, "n": np.array(size, np.int32)},
        "expect": expect,
    }


CASES = [
    case("last axis", [1, 0, 2], 3, -1, np.float32(1), np.float32(0), "f32"),
    case("first axis", [[1, 0], [2, 3]], 4, 0, np.int32(5), np.int32(-2), "i32"),
    case("middle axis", [[1, 0], [2, 3]], 4, 1, np.float32(0.5), np.float32(0.25), "f32"),
    case("out of range marks nothing", [-1, 4, 3], 4, -1, np.bool_(True), np.bool_(False), "bool"),
    case("one index", 2, 3, 0, np.float32(1), np.float32(0), "f32"),
    {
        "name": "defaults",
        "op": "one_hot",
        "ir": """func @main(%k: i32[2], %n: i32[]) {
  %y = one_hot(indices=%k, one_hot_vector_size=%n)
  return %y
}""",
        "inputs": {"k": np.array([1, 0], np.int32), "n": np.array(2, np.int32)},
        "expect": lambda i: [np.array([[0, 1], [1, 0]], np.int32)],
    },
]
