"""topk: values and indices, equal elements by index."""

import numpy as np

KINDS = {"f32": np.float32, "f16": np.float16, "i32": np.int32, "i64": np.int64, "u8": np.uint8}


def order(v, axis, ascending):
    """Stable, NaN largest."""
    if ascending:
        return np.argsort(v, axis=axis, kind="stable")
    flipped = np.argsort(np.flip(v, axis), axis=axis, kind="stable")
    return np.flip(v.shape[axis] - 1 - flipped, axis)


def case(x, k, axis=-1, ascending=False, kind="f32", indices="i32", name=""):
    x = np.asarray(x).astype(KINDS[kind])
    dtype = {"i32": np.int32, "i64": np.int64, "u16": np.uint16}[indices]

    def expect(i):
        o = order(i["x"], axis, ascending)
        o = o if k < 0 else np.take(o, np.arange(k), axis=axis)
        return [np.take_along_axis(i["x"], o, axis), o.astype(dtype)]

    return {
        "name": name or f"{kind} {list(x.shape)} k {k} axis {axis} ascending {ascending} {indices}",
        "op": "topk",
        "ir": f"func @main(%x: {kind}{list(x.shape)}) {{\n  %v, %i = topk(x=%x) {{k={k}, axis={axis}, "
        f"ascending={str(ascending).lower()}, output_indices_dtype={indices}}}\n  return %v, %i\n}}",
        "inputs": {"x": x},
        "expect": expect,
    }


X = np.random.default_rng(4).permutation(24).reshape(2, 3, 4) - 12.5
CASES = [case(X, k, axis, a) for k, axis in ((1, -1), (2, 0), (3, 1), (4, -1), (-1, 2)) for a in (False, True)]
CASES += [
    case([3, 1, 3, 1, 2], 4, name="equal elements by index, largest"),
    case([3, 1, 3, 1, 2], 4, ascending=True, name="equal elements by index, smallest"),
    case([1.0, np.nan, np.inf, -np.inf], 4, name="NaN is the largest"),
    case([1.0, np.nan, np.inf, -np.inf], 4, ascending=True, name="NaN comes last"),
    case([2**62, 2**62 + 1], 1, kind="i64", indices="i64", name="beyond double"),
    case([5, 200, 7], 2, kind="u8", indices="u16"),
    case(X, 2, kind="f16"),
    case(X, 0, name="k is zero"),
    {
        "name": "values only",
        "op": "topk",
        "ir": "func @main(%x: f32[3]) {\n  %v = topk(x=%x) {k=2, return_indices=false}\n  return %v\n}",
        "inputs": {"x": np.array([1, 3, 2], np.float32)},
        "expect": lambda i: [np.array([3, 2], np.float32)],
    },
]
