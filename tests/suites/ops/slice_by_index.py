"""slice_by_index and slice_update against numpy's slices."""

import numpy as np

X = np.arange(4 * 5 * 6, dtype=np.float32).reshape(4, 5, 6)


def vector(name, values):
    return f"  %{name} = const dense<i32[{len(values)}]: {', '.join(map(str, values))}>\n"


def mask(name, values):
    return f"{name}=[{','.join('true' if v else 'false' for v in values)}]"


def keys(begin, end, stride, begin_mask, end_mask, squeeze_mask):
    out = []
    for i in range(len(begin)):
        if squeeze_mask[i]:
            out.append(0 if begin_mask[i] else begin[i])
        else:
            out.append(slice(None if begin_mask[i] else begin[i], None if end_mask[i] else end[i], stride[i]))
    return tuple(out)


def case(name, begin, end, stride=None, begin_mask=(), end_mask=(), squeeze_mask=(), x=X, update=False):
    n = len(begin)
    fill = lambda m: list(m) or [False] * n
    key = keys(begin, end, stride or [1] * n, fill(begin_mask), fill(end_mask), fill(squeeze_mask))
    attrs = ", ".join(
        mask(k, v)
        for k, v in [("begin_mask", begin_mask), ("end_mask", end_mask), ("squeeze_mask", squeeze_mask)]
        if v
    )
    attrs = f" {{{attrs}}}" if attrs else ""
    constants = vector("b", begin) + vector("e", end) + (vector("s", stride) if stride else "")
    operands = "begin=%b, end=%e" + (", stride=%s" if stride else "")
    if not update:
        return {
            "name": name,
            "op": "slice_by_index",
            "ir": f"func @main(%x: f32{list(x.shape)}) {{\n{constants}"
            f"  %y = slice_by_index(x=%x, {operands}){attrs} : f32{list(x[key].shape)}\n  return %y\n}}",
            "inputs": {"x": x},
            "expect": lambda i: [i["x"][key]],
        }

    def expect(i):
        out = i["x"].copy()
        out[key] = i["u"]
        return [out]

    u = -1 - np.arange(x[key].size, dtype=np.float32).reshape(x[key].shape)
    return {
        "name": f"update: {name}",
        "op": "slice_update",
        "ir": f"func @main(%x: f32{list(x.shape)}, %u: f32{list(u.shape)}) {{\n{constants}"
        f"  %y = slice_update(x=%x, update=%u, {operands}){attrs}\n  return %y\n}}",
        "inputs": {"x": x, "u": u},
        "expect": expect,
    }


ARGS = [
    ("inside", [1, 0, 2], [3, 5, 4]),
    ("negative ends", [-3, -5, 0], [-1, 5, -2]),
    ("clamped ends", [-100, 3, 0], [100, 99, 6]),
    ("strides", [0, 1, 0], [4, 5, 6], [2, 3, 4]),
    ("backwards", [3, 4, -1], [0, -100, 1], [-1, -2, -3]),
    ("backwards from beyond", [99, 2, 5], [1, -6, -100], [-1, -1, -1]),
    ("masks", [2, 3, 1], [1, 2, 3], None, [True, False, True], [True, True, False]),
    ("masks backwards", [0, 3, 0], [0, 0, 0], [-1, -1, -2], [True, False, True], [True, True, True]),
    ("squeezed", [-1, 0, 2], [0, 5, 0], None, [], [], [True, False, True]),
    ("squeezed with begin masked", [3, 0, 1], [0, 5, 0], None, [True, False, False], [], [True, False, True]),
    ("empty", [2, 0, 0], [2, 5, 6]),
]

CASES = (
    [case(*a) for a in ARGS]
    + [case("to a scalar", [1, 2, 3], [0, 0, 0], None, [], [], [True, True, True])]
    + [case("of an empty tensor", [0, 1], [9, 9], [1, -1], x=np.zeros((0, 3), np.float32))]
    + [case("one element backwards beyond the start", [-1], [-2], [-1], x=np.ones((1,), np.float32))]
    + [case(*a, update=True) for a in ARGS]
    + [
        {
            "name": "bounds known at run time only",
            "op": "slice_by_index",
            "ir": """func @main(%x: i32[6], %b: i32[1], %e: i32[1]) {
  %y = slice_by_index(x=%x, begin=%b, end=%e)
  return %y
}""",
            "inputs": {
                "x": np.arange(6, dtype=np.int32),
                "b": np.array([-4], np.int32),
                "e": np.array([5], np.int32),
            },
            "expect": lambda i: [i["x"][2:5]],
        }
    ]
)
