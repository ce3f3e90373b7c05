"""Elementwise functions of one tensor, against NumPy and math in double."""

import math

import numpy as np

INF, NAN = np.inf, np.nan
EDGES = [-INF, -1e30, -100.0, -2.5, -1.5, -1.0, -0.5, -1e-6, -0.0, 0.0, 1e-6, 0.3, 0.5, 1.0, 1.5, 2.5, 20.0, 100.0, 1e30, INF, NAN]


def scalar(f):
    """f of Python floats, as an array function; NaN where it has no value."""

    def one(v):
        try:
            return f(v)
        except (ValueError, OverflowError):
            return NAN

    return np.vectorize(one, otypes=[np.float64])


def case(op, f, values=EDGES, dtype=np.float32, attrs="", name="", shape=None):
    kind = {np.float32: "f32", np.float16: "f16", np.int32: "i32", np.int64: "i64", np.int8: "i8", np.uint8: "u8", np.bool_: "bool"}[dtype]
    x = np.array(values).astype(dtype)
    x = x.reshape(shape if shape is not None else [1, x.size])

    def expect(i):
        v = i["x"]
        y = f(v.astype(np.float64) if np.issubdtype(v.dtype, np.floating) else v)
        return [np.asarray(y).astype(dtype) if np.asarray(y).dtype != np.bool_ else np.asarray(y)]

    return {
        "name": name or f"{op} {kind}",
        "op": op,
        "ir": f"func @main(%x: {kind}{list(x.shape)}) {{\n  %y = {op}(x=%x) {attrs}\n  return %y\n}}",
        "inputs": {"x": x},
        "expect": expect,
    }


FLOAT_FUNCTIONS = {
    "abs": np.abs, "acos": np.arccos, "acosh": np.arccosh, "asin": np.arcsin, "asinh": np.arcsinh, "atan": np.arctan,
    "atanh": np.arctanh, "ceil": np.ceil, "cos": np.cos, "cosh": np.cosh, "erf": scalar(math.erf), "exp": np.exp,
    "exp2": np.exp2, "floor": np.floor, "neg": np.negative, "round": np.rint, "sign": np.sign, "sin": np.sin,
    "sinh": np.sinh, "sqrt": np.sqrt, "square": np.square, "tan": np.tan, "tanh": np.tanh,
}
# Of large arguments the periodic functions depend on the argument's last bit; the libraries differ.
PERIODIC = {"cos", "sin", "tan"}
CALM = [-100.0, -2.5, -1.0, -0.5, -0.0, 0.0, 0.3, 0.5, 1.0, 2.5, 20.0]

CASES = [case(op, f, CALM if op in PERIODIC else EDGES) for op, f in FLOAT_FUNCTIONS.items()]
CASES += [case(op, f, CALM, np.float16) for op, f in FLOAT_FUNCTIONS.items()]
CASES += [
    case("abs", np.abs, [-(2**31), -3, 0, 5], np.int32),
    case("neg", np.negative, [-(2**31), -3, 0, 5], np.int32),
    case("sign", np.sign, [-128, -1, 0, 127], np.int8),
    case("square", np.square, [-(2**31), -3, 0, 65536], np.int32),
    case("exp2", lambda v: np.trunc(np.exp2(v.astype(np.float64))), [-2, 0, 1, 30], np.int32),
    case("bitwise_not", np.invert, [0, 1, 255, 170], np.uint8),
    case("bitwise_not", np.invert, [0, -1, 2**40], np.int64),
    case("logical_not", np.logical_not, [True, False], np.bool_),
    case("is_nan", np.isnan),
    case("is_inf", np.isinf),
    case("is_inf", np.isposinf, attrs="{detect_negative=false}", name="is_inf positive"),
    case("is_inf", np.isneginf, attrs="{detect_positive=false}", name="is_inf negative"),
    case("is_inf", lambda v: np.zeros(v.shape, bool), attrs="{detect_negative=false, detect_positive=false}", name="is_inf none"),
    case("clip", lambda v: np.clip(v, -1.5, 2.0), attrs="{alpha=-1.5, beta=2.0}"),
    case("clip", lambda v: np.clip(v, -1, 2), [-5, -1, 0, 2, 9], np.int32, "{alpha=-1.5, beta=2.5}"),
    case("clip", lambda v: np.minimum(v, 6), attrs="{beta=6.0}", name="clip above only"),
    case("inverse", lambda v: 1 / (v + np.float64(np.float32(1e-4)))),
    case("inverse", lambda v: 1 / v, attrs="{epsilon=0.0}", name="reciprocal"),
    case("log", np.log, attrs="{epsilon=0.0}", name="log exact"),
    case("log", lambda v: np.log(v + 0.5), attrs="{epsilon=0.5}", name="log shifted"),
    case("log", lambda v: np.log(v + np.float64(np.float32(1e-45))), [0.0, 1.0], name="log default epsilon"),
    case("log", np.log, [0.0, 1.0], np.float16, name="log default epsilon vanishes in f16"),
    case("rsqrt", lambda v: 1 / np.sqrt(v + np.float64(np.float32(1e-12))), [0.0, 1.0, 4.0, -1.0, INF, NAN]),
    case("rsqrt", lambda v: 1 / np.sqrt(v), [0.0, 4.0], attrs="{epsilon=0.0}", name="rsqrt exact"),
    case("threshold", lambda v: np.where(np.isnan(v), v, np.maximum(v, 0.25)), attrs="{alpha=0.25}"),
    case("threshold", lambda v: np.maximum(v, 2), [-3, 2, 7], np.int32, "{alpha=2.0}"),
    case("exp", np.exp, [], name="exp of nothing", shape=[0, 3]),
    case("exp", np.exp, [1.0], name="exp of a scalar", shape=[]),
]
