"""range_1d against numpy.arange."""

import numpy as np


def case(name, dtype, kind, start, end, step):
    return {
        "name": name,
        "op": "range_1d",
        "ir": f"func @main(%e: {kind}[], %s: {kind}[], %d: {kind}[]) {{\n"
        "  %y = range_1d(end=%e, start=%s, step=%d)\n  return %y\n}",
        "inputs": {"e": np.array(end, dtype), "s": np.array(start, dtype), "d": np.array(step, dtype)},
        "expect": lambda i: [np.arange(float(i["s"]), float(i["e"]), float(i["d"])).astype(dtype)],
        "rtol": 1e-6,
    }


CASES = [
    case("up", np.int32, "i32", 2, 11, 3),
    case("up, end reached", np.int32, "i32", 2, 11, 9),
    case("down", np.int64, "i64", 5, -3, -2),
    case("empty", np.int32, "i32", 5, 2, 1),
    case("floats", np.float32, "f32", 0.5, 3.25, 0.5),
    case("floats down", np.float32, "f32", 1.0, -1.0, -0.25),
    case("halves", np.float16, "f16", 0.0, 4.0, 1.5),
]
