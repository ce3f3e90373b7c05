"""softmax and log_softmax."""

import numpy as np


def softmax(v, axis):
    e = np.exp(v - v.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def log_softmax(v, axis):
    d = v - v.max(axis=axis, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=axis, keepdims=True))


def case(op, x, axis, kind="f32", name=""):
    dtype = {"f32": np.float32, "f16": np.float16}[kind]
    x = np.asarray(x).astype(dtype)
    f = softmax if op == "softmax" else log_softmax
    return {
        "name": name or f"{op} {kind} {list(x.shape)} axis {axis}",
        "op": op,
        "ir": f"func @main(%x: {kind}{list(x.shape)}) {{\n  %y = {op}(x=%x) {{axis={axis}}}\n  return %y\n}}",
        "inputs": {"x": x},
        "expect": lambda i: [f(i["x"].astype(np.float64), axis).astype(dtype)],
    }


RNG = np.random.default_rng(1)
X = RNG.standard_normal((2, 3, 4)) * 5
CASES = [case(op, X, axis) for op in ("softmax", "log_softmax") for axis in (-1, 0, 1, -3)]
CASES += [
    case(op, rows, -1, name=f"{op} {label}")
    for op in ("softmax", "log_softmax")
    for label, rows in {
        "of large numbers": [[1e4, 1e4 + 1, -1e4]],
        "of masked elements": [[-np.inf, 0.0, 1.0]],
        "of one element": [[3.0], [-7.0]],
    }.items()
]
CASES += [case("softmax", X, -1, "f16"), case("log_softmax", X, 1, "f16"), case("softmax", np.zeros((0, 3)), -1)]
