"""cumsum."""

import numpy as np

KINDS = {"f32": np.float32, "i32": np.int32, "i8": np.int8, "f16": np.float16}


def oracle(v, axis, exclusive, reverse):
    v = np.flip(v, axis) if reverse else v
    y = np.cumsum(v, axis=axis)
    if exclusive:
        y = y - v
    return np.flip(y, axis) if reverse else y


def case(x, axis, exclusive=False, reverse=False, kind="f32", name=""):
    x = np.asarray(x).astype(KINDS[kind])
    b = lambda v: str(v).lower()
    return {
        "name": name or f"{kind} {list(x.shape)} axis {axis} exclusive {exclusive} reverse {reverse}",
        "op": "cumsum",
        "ir": f"func @main(%x: {kind}{list(x.shape)}) {{\n  %y = cumsum(x=%x) "
        f"{{axis={axis}, exclusive={b(exclusive)}, reverse={b(reverse)}}}\n  return %y\n}}",
        "inputs": {"x": x},
        "expect": lambda i: [oracle(i["x"].astype(np.float64 if kind[0] == "f" else np.int64), axis, exclusive, reverse).astype(KINDS[kind])],
    }


X = np.random.default_rng(3).integers(-8, 8, (2, 3, 4)) / 4
CASES = [case(X, axis, e, r) for axis in (0, 1, -1) for e in (False, True) for r in (False, True)]
CASES += [
    case([100, 100, 100], 0, kind="i8", name="wraps"),
    case([[1, 2], [3, 4]], 1, True, kind="i32"),
    case([1.5], 0, True),
    case(X, -1, kind="f16"),
    case(np.zeros((2, 0)), 1),
]
