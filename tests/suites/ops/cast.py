"""cast between element types, against NumPy where C defines the result."""

import numpy as np

KINDS = {
    "f16": np.float16, "f32": np.float32, "f64": np.float64, "bool": np.bool_, "i8": np.int8, "i16": np.int16,
    "i32": np.int32, "i64": np.int64, "u8": np.uint8, "u16": np.uint16, "u32": np.uint32, "u64": np.uint64,
}


def case(x, to, expected=None, name=""):
    kind = next(k for k, d in KINDS.items() if d == x.dtype.type)
    want = x.astype(KINDS[to]) if expected is None else np.array(expected, KINDS[to])
    return {
        "name": name or f"{kind} to {to}",
        "op": "cast",
        "ir": f"func @main(%x: {kind}{list(x.shape)}) {{\n  %y = cast(x=%x) {{dtype={to}}}\n  return %y\n}}",
        "inputs": {"x": x},
        "expect": lambda i: [want],
        "rtol": 0,
        "atol": 0,
    }


SMALL = [0, 1, 2, 100, 127]
CASES = [case(np.array(SMALL).astype(KINDS[a]), b) for a in KINDS for b in KINDS if a != b]
CASES += [
    case(np.array([1.9, -1.9, 0.5, -0.5], np.float32), "i32", name="truncates"),
    case(np.array([np.nan, np.inf, -np.inf, 3e9, -3e9], np.float32), "i32", [0, 2**31 - 1, -(2**31), 2**31 - 1, -(2**31)], "saturates"),
    case(np.array([-1.5, 300.0], np.float32), "u8", [0, 255], "saturates below zero"),
    case(np.array([np.nan, 0.0, -0.0, 1e-40], np.float32), "bool", [True, False, False, True], "truth of floats"),
    case(np.array([300, -1, 2**31 - 1], np.int32), "u8", name="wraps to u8"),
    case(np.array([2**40 + 5, -(2**33)], np.int64), "i32", name="wraps to i32"),
    case(np.array([-1], np.int8), "u64", name="sign extends"),
    case(np.array([65504.0, 65519.0, 65520.0, 1e-8, -6e-8, 2049.0], np.float32), "f16", name="rounds to f16"),
    case(np.array([1 + 2**-11 + 2**-40], np.float64), "f16", name="rounds once to f16"),
    case(np.array([2**24 + 1, 2**31 - 1], np.int32), "f32", name="rounds integers to f32"),
    case(np.array(7, np.int32), "f32", name="scalar"),
    case(np.zeros((0, 2), np.float32), "i32", name="nothing"),
]
