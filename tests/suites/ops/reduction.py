"""Reductions and argmax, argmin, against NumPy in double (or exact integers)."""

import numpy as np

KINDS = {"f32": np.float32, "f16": np.float16, "i32": np.int32, "i64": np.int64, "u8": np.uint8}


def log_sum_exp(v, **k):
    return np.logaddexp.reduce(v, **k) if isinstance(k["axis"], int) else np.log(np.sum(np.exp(v), **k))


FUNCTIONS = {
    "reduce_l1_norm": lambda v, **k: np.sum(np.abs(v), **k),
    "reduce_l2_norm": lambda v, **k: np.sqrt(np.sum(v * v, **k)),
    "reduce_log_sum": lambda v, **k: np.log(np.sum(v, **k)),
    "reduce_log_sum_exp": log_sum_exp,
    "reduce_max": np.max,
    "reduce_mean": np.mean,
    "reduce_min": np.min,
    "reduce_prod": np.prod,
    "reduce_sum": np.sum,
    "reduce_sum_square": lambda v, **k: np.sum(v * v, **k),
}


def case(op, x, axes=None, keep=False, kind="f32", name="", expect=None):
    dtype = KINDS[kind]
    x = np.asarray(x).astype(dtype)
    attrs = ([] if axes is None else [f"axes={list(axes)}"]) + (["keep_dims=true"] if keep else [])

    def oracle(i):
        if expect is not None:
            return [np.asarray(expect, dtype)]
        v = i["x"].astype(np.float64)
        y = FUNCTIONS[op](v, axis=None if axes is None else tuple(axes), keepdims=keep)
        return [np.asarray(np.trunc(y) if kind[0] in "iu" else y).astype(dtype)]

    return {
        "name": name or f"{op} {kind} {list(x.shape)} {attrs}",
        "op": op,
        "ir": f"func @main(%x: {kind}{list(x.shape)}) {{\n  %y = {op}(x=%x) {{{', '.join(attrs)}}}\n  return %y\n}}",
        "inputs": {"x": x},
        "expect": oracle,
    }


RNG = np.random.default_rng(2)
X = RNG.uniform(0.2, 2.0, (2, 3, 4)) * np.where(np.arange(24).reshape(2, 3, 4) % 5 == 4, -0.2, 1)
CASES = []
for op in FUNCTIONS:
    CASES += [case(op, X), case(op, X, [1]), case(op, X, [0, -1], True), case(op, X, [2], kind="f16"), case(op, 1.5)]
    CASES.append(case(op, np.arange(1, 13).reshape(3, 4) % 5 + 1, [1], kind="i32"))
CASES += [
    case("reduce_mean", [[-3, -4], [3, 4]], [1], kind="i32", name="mean of integers truncates"),
    case("reduce_sum", [2**31 - 1, 1], kind="i32", name="sum wraps", expect=-(2**31)),
    case("reduce_sum", [2**62, 1], kind="i64", name="sum beyond double", expect=2**62 + 1),
    case("reduce_prod", [16, 17], kind="u8", name="prod wraps", expect=16),
    case("reduce_max", [2**62, 2**62 + 1], kind="i64", name="max beyond double", expect=2**62 + 1),
    case("reduce_max", [1.0, np.nan, 3.0], name="NaN wins max", expect=np.nan),
    case("reduce_min", [np.nan, 1.0], name="NaN wins min", expect=np.nan),
    case("reduce_log_sum_exp", [1000.0, 1000.0], name="log_sum_exp is stable", expect=1000 + np.log(2)),
    case("reduce_log_sum_exp", [-np.inf, -np.inf], name="log_sum_exp of -inf", expect=-np.inf),
    case("reduce_sum", np.zeros((2, 0)), [1], name="sum of nothing", expect=[0, 0]),
    case("reduce_prod", np.zeros((2, 0)), [1], name="prod of nothing", expect=[1, 1]),
    case("reduce_max", np.zeros((2, 0)), [1], name="max of nothing", expect=[-np.inf, -np.inf]),
    case("reduce_min", np.zeros((1, 0)), [1], kind="i32", name="min of nothing", expect=[2**31 - 1]),
    case("reduce_mean", np.zeros((1, 0)), [1], name="mean of nothing", expect=[np.nan]),
    case("reduce_sum", np.zeros((0, 3)), [1], name="no sums", expect=np.zeros(0)),
    case("reduce_sum_square", [[-2.0, 3.0]], [], name="no axes", expect=[[4, 9]]),
]


def arg_case(op, x, axis=-1, keep=False, kind="f32", output="i32", name=""):
    x = np.asarray(x).astype(KINDS[kind])
    f = np.argmax if op == "reduce_argmax" else np.argmin
    want = {"i32": np.int32, "i64": np.int64, "u16": np.uint16}[output]
    return {
        "name": name or f"{op} {kind} {list(x.shape)} axis {axis} {keep} {output}",
        "op": op,
        "ir": f"func @main(%x: {kind}{list(x.shape)}) {{\n  %y = {op}(x=%x) {{axis={axis}, "
        f"keep_dims={str(keep).lower()}, output_dtype={output}}}\n  return %y\n}}",
        "inputs": {"x": x},
        "expect": lambda i: [np.asarray(f(i["x"], axis=axis, keepdims=keep)).astype(want)],
    }


def last_case(op, x, axis=-1, keep=False, kind="f32", output="i32", name=""):
    """As arg_case, of the last of equals."""
    case = arg_case(op, x, axis, keep, kind, output, name or f"{op} last {kind} {list(np.shape(x))} axis {axis} {keep} {output}")
    first = case["expect"]
    flip = lambda v: np.flip(v, axis)
    size = np.shape(x)[axis]
    return case | {
        "ir": case["ir"].replace("{axis", "{last=true, axis"),
        "expect": lambda i: [(size - 1 - y).astype(y.dtype) for y in first({"x": flip(i["x"])})],
    }


for op in ("reduce_argmax", "reduce_argmin"):
    TIES = np.arange(24).reshape(2, 3, 4) % 2
    CASES += [last_case(op, TIES, a, k, kind, out) for a, k, out in ((-1, False, "i32"), (0, True, "i64")) for kind in ("f32", "i32")]
    CASES += [
        last_case(op, TIES, 1, kind="f16", output="i64"),
        last_case(op, [1, 3, 3, 1, 0, 0, 1], name=f"{op} takes the last"),
        last_case(op, [1.0, np.nan, 5.0, np.nan, 2.0], name=f"{op} takes the last NaN"),
    ]
    CASES += [arg_case(op, X), arg_case(op, X, 0, True), arg_case(op, X, 1, output="i64")]
    CASES += [
        arg_case(op, [1, 3, 3, 1, 0, 0], name=f"{op} takes the first"),
        arg_case(op, [1.0, np.nan, 5.0, np.nan], name=f"{op} takes NaN"),
        arg_case(op, [2**62, 2**62 + 1], kind="i64", output="u16"),
        arg_case(op, X, 1, kind="f16"),
    ]
