"""Elementwise functions of two tensors with broadcasting, against NumPy."""

import numpy as np

KINDS = {"f32": np.float32, "f16": np.float16, "i32": np.int32, "i64": np.int64, "i8": np.int8, "u8": np.uint8, "bool": np.bool_}
INF, NAN = np.inf, np.nan


def case(op, f, x, y, kind="f32", attrs="", name=""):
    x, y = np.array(x).astype(KINDS[kind]), np.array(y).astype(KINDS[kind])

    def expect(i):
        a, b = i["x"], i["y"]
        if kind.startswith("f"):
            a, b = a.astype(np.float64), b.astype(np.float64)
        z = np.asarray(f(a, b))
        return [z if z.dtype == np.bool_ else z.astype(KINDS[kind])]

    return {
        "name": name or f"{op} {kind}",
        "op": op,
        "ir": f"func @main(%x: {kind}{list(x.shape)}, %y: {kind}{list(y.shape)}) {{\n"
        f"  %z = {op}(x=%x, y=%y) {attrs}\n  return %z\n}}",
        "inputs": {"x": x, "y": y},
        "expect": expect,
    }


def trunc_div(a, b):
    return np.trunc(a.astype(np.float64) / b) if np.issubdtype(a.dtype, np.integer) else a / b


ARITHMETIC = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "real_div": trunc_div, "floor_div": np.floor_divide,
    "mod": np.mod, "remainder_trunc": np.fmod, "maximum": np.maximum, "minimum": np.minimum, "pow": np.power,
}
COMPARISONS = {
    "equal": np.equal, "not_equal": np.not_equal, "less": np.less, "less_equal": np.less_equal,
    "greater": np.greater, "greater_equal": np.greater_equal,
}
LOGIC = {"logical_and": np.logical_and, "logical_or": np.logical_or, "logical_xor": np.logical_xor}
BITS = {"bitwise_and": np.bitwise_and, "bitwise_or": np.bitwise_or, "bitwise_xor": np.bitwise_xor}

FLOATS = np.array([-INF, -7.5, -2.0, -1.0, -0.0, 0.0, 0.1, 1.0, 3.0, 1e20, INF, NAN])
COLUMN, ROW = FLOATS.reshape(-1, 1), FLOATS.reshape(1, -1)
INTS = np.array([-7, -2, -1, 1, 2, 7, 100])
INT_COLUMN, INT_ROW = INTS.reshape(-1, 1), INTS.reshape(1, -1)

CASES = [case(op, f, COLUMN, ROW) for op, f in {**ARITHMETIC, **COMPARISONS}.items()]
CASES += [case(op, f, INT_COLUMN, np.abs(INT_ROW) % 5 if op == "pow" else INT_ROW, "i32") for op, f in {**ARITHMETIC, **COMPARISONS}.items()]
CASES += [case(op, f, [[0.1, -2.0], [3.0, 4.5]], [0.5, -3.0], "f16") for op, f in {**ARITHMETIC, **COMPARISONS}.items() if op != "pow"]
CASES += [case(op, f, [[False], [True]], [False, True], "bool") for op, f in {**LOGIC, "equal": np.equal, "not_equal": np.not_equal}.items()]
CASES += [case(op, f, INT_COLUMN, INT_ROW, "i64") for op, f in BITS.items()]
CASES += [
    case("add", np.add, [127, -128], [1, -1], "i8", name="add wraps"),
    case("mul", np.multiply, [200, 16], [2, 16], "u8", name="mul wraps"),
    case("sub", np.subtract, [0], [1], "u8", name="sub wraps"),
    case("mul", np.multiply, [2**62, -(2**63)], [2, -1], "i64", name="mul wraps at 64 bits"),
    case("floor_div", np.floor_divide, [2**62 + 1, -(2**62) - 1], [3, 3], "i64", name="floor_div beyond double"),
    case("maximum", np.maximum, [2**62, 0], [2**62 + 1, -1], "i64", name="maximum beyond double"),
    case("less", np.less, [2**62], [2**62 + 1], "i64", name="less beyond double"),
    case("pow", np.power, [-2.0, -2.0, 0.0, 2.0, 4.0], [3.0, 0.5, 0.0, -1.0, 0.5], name="pow of small numbers"),
    case("add", np.add, np.ones((2, 1, 3, 1)), np.arange(4.0).reshape(1, 1, 4), name="add broadcasts ranks"),
    case("add", np.add, 2.0, 3.0, name="add of scalars"),
    case("add", np.add, np.zeros((0, 3)), np.zeros((1, 3)), name="add of nothing"),
    case("mul", np.multiply, np.arange(6.0).reshape(2, 3), 2.0, name="mul by a scalar"),
    case("bit_shift", np.left_shift, [1, 3, 128], [3, 7, 1], "u8", name="bit_shift left"),
    case("bit_shift", np.right_shift, [1, 200, 128], [0, 3, 7], "u8", '{direction="RIGHT"}', name="bit_shift right"),
    case("bit_shift", lambda a, b: np.zeros(2, np.uint8), [255, 1], [8, 200], "u8", '{direction="RIGHT"}', name="bit_shift too far"),
    case("bit_shift", np.right_shift, [-8, -1], [1, 5], "i32", '{direction="RIGHT"}', name="bit_shift keeps the sign"),
]
