"""argsort: stable, NaN largest."""

import numpy as np

KINDS = {"f32": np.float32, "i32": np.int32, "f16": np.float16}


def order(v, axis, ascending):
    if ascending:
        return np.argsort(v, axis=axis, kind="stable")
    return np.flip(v.shape[axis] - 1 - np.argsort(np.flip(v, axis), axis=axis, kind="stable"), axis)


def case(x, axis=-1, ascending=False, kind="f32"):
    x = np.asarray(x).astype(KINDS[kind])
    return {
        "name": f"{kind} {list(x.shape)} axis {axis} ascending {ascending}",
        "op": "argsort",
        "ir": f"func @main(%x: {kind}{list(x.shape)}) {{\n  %y = argsort(x=%x) "
        f"{{axis={axis}, ascending={str(ascending).lower()}}}\n  return %y\n}}",
        "inputs": {"x": x},
        "expect": lambda i: [order(i["x"], axis, ascending).astype(np.int32)],
    }


X = np.random.default_rng(6).permutation(24).reshape(2, 3, 4)
CASES = [case(X, axis, a) for axis in (-1, 0, 1) for a in (False, True)]
CASES += [case([2, 1, 2, 1, np.nan], -1, a) for a in (False, True)]
CASES += [case([3, 1, 2], 0, True, "i32"), case(X, 1, False, "f16"), case(np.zeros((0, 2)), 1)]
