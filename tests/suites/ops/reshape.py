"""reshape, reshape_like and flatten2d against numpy."""

import numpy as np

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def reshape(name, shape, dims, x=X):
    text = f"""func @main(%x: f32{list(x.shape)}) {{
  %s = const dense<i32[{len(shape)}]: {", ".join(map(str, shape))}>
  %y = reshape(x=%x, shape=%s) : f32{list(dims)}
  return %y
}}"""
    return {
        "name": name,
        "op": "reshape",
        "ir": text,
        "inputs": {"x": x},
        "expect": lambda i: [i["x"].reshape(dims)],
    }


CASES = [
    reshape("all sizes given", [4, 6], (4, 6)),
    reshape("-1 takes the rest", [-1, 6], (4, 6)),
    reshape("0 copies a size", [0, -1, 0], (2, 12, 1), X.reshape(2, 12, 1)),
    reshape("0 is right-aligned", [6, 0], (6, 4)),
    reshape("0 before the first dimension is 1", [0, 0, 0, 0], (1, 2, 3, 4)),
    reshape("to one element per dimension", [1, 1], (1, 1), np.ones((1,), np.float32)),
    reshape("empty", [15, 0], (15, 0), np.zeros((5, 3, 0), np.float32)),
    reshape("empty, 0 itself", [1, 0, 2, 2], (1, 0, 2, 2), np.zeros((1, 0, 4), np.float32)),
    {
        "name": "to a scalar",
        "op": "reshape",
        "ir": "func @main(%x: bool[1,1], %s: i32[0]) {\n  %y = reshape(x=%x, shape=%s)\n  return %y\n}",
        "inputs": {"x": np.array([[True]]), "s": np.zeros((0,), np.int32)},
        "expect": lambda i: [i["x"].reshape(())],
    },
    {
        "name": "sizes known at run time only",
        "op": "reshape",
        "ir": """func @main(%x: i32[2,6], %s: i32[2]) {
  %y = reshape(x=%x, shape=%s)
  return %y
}""",
        "inputs": {"x": np.arange(12, dtype=np.int32).reshape(2, 6), "s": np.array([3, -1], np.int32)},
        "expect": lambda i: [i["x"].reshape(3, 4)],
    },
    {
        "name": "sizes of other tensors",
        "op": "reshape_like",
        "ir": """func @main(%x: f32[24], %a: f32[9,2,3], %b: f32[4,7]) {
  %y = reshape_like(x=%x, ref_tensors=(%a, %b)) {begins=[-2,0], ends=[0,1], end_masks=[true,false]} : f32[2,3,4]
  return %y
}""",
        "inputs": {
            "x": X.reshape(24),
            "a": np.zeros((9, 2, 3), np.float32),
            "b": np.zeros((4, 7), np.float32),
        },
        "expect": lambda i: [i["x"].reshape(2, 3, 4)],
    },
] + [
    {
        "name": f"axis {axis}",
        "op": "flatten2d",
        "ir": "func @main(%%x: f32[2,3,4]) {\n  %%y = flatten2d(x=%%x) {axis=%d}\n  return %%y\n}" % axis,
        "inputs": {"x": X},
        "expect": lambda i, axis=axis: [i["x"].reshape(int(np.prod(i["x"].shape[:axis])), -1)],
    }
    for axis in [0, 1, 2, 3, -1]
]
