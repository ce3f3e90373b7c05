"""Activation functions, against their formulas in double."""

import math

import numpy as np

VALUES = np.array([-np.inf, -1000.0, -8.0, -3.0, -2.0, -1.0, -1e-3, -0.0, 0.0, 1e-3, 0.5, 1.0, 2.0, 3.0, 6.0, 8.0, 1000.0, np.inf, np.nan])
FINITE = VALUES[np.isfinite(VALUES)]
erf = np.vectorize(math.erf, otypes=[np.float64])
f32 = lambda v: float(np.float32(v))
f16 = lambda v: float(np.float16(v))


def case(op, f, values=VALUES, kind="f32", attrs="", name=""):
    dtype = {"f32": np.float32, "f16": np.float16, "i32": np.int32}[kind]
    x = np.array(values).astype(dtype)
    return {
        "name": name or f"{op} {kind}",
        "op": op,
        "ir": f"func @main(%x: {kind}[{x.size}]) {{\n  %y = {op}(x=%x) {attrs}\n  return %y\n}}",
        "inputs": {"x": x},
        "expect": lambda i: [np.asarray(f(i["x"].astype(np.float64))).astype(dtype)],
    }


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def softplus(v):
    return np.logaddexp(0, v)


def elu(alpha):
    return lambda v: np.where(v > 0, v, alpha * np.expm1(np.minimum(v, 0)))


def gelu_tanh(v):
    return v / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3)))


CASES = [
    case("relu", lambda v: np.where(np.isnan(v), v, np.maximum(v, 0))),
    case("relu", lambda v: np.maximum(v, 0), [-5, 0, 7], "i32"),
    case("relu6", lambda v: np.clip(v, 0, 6)),
    case("sigmoid", sigmoid),
    case("silu", lambda v: v * sigmoid(v), FINITE),
    case("silu", lambda v: np.zeros(1), [-np.inf], name="silu of -inf"),
    case("mish", lambda v: v * np.tanh(softplus(v)), FINITE),
    case("hard_swish", lambda v: v * np.clip(v / 6 + 0.5, 0, 1), FINITE),
    case("softplus", softplus),
    case("softsign", lambda v: v / (1 + np.abs(v)), FINITE),
    case("elu", elu(1.0)),
    case("elu", elu(f32(0.3)), attrs="{alpha=0.3}", name="elu with alpha"),
    case("celu", lambda v: np.maximum(v, 0) + np.minimum(0, 2 * np.expm1(v / 2)), FINITE, attrs="{alpha=2.0}"),
    case("selu", lambda v: 1.05070102214813232421875 * elu(1.67326319217681884765625)(v)),
    case("leaky_relu", lambda v: np.where(v >= 0, v, f32(0.01) * v)),
    case("leaky_relu", lambda v: np.where(v >= 0, v, -2 * v), attrs="{alpha=-2.0}", name="leaky_relu negative slope"),
    case("thresholded_relu", lambda v: np.where(v >= 1, v, np.where(np.isnan(v), v, 0))),
    case("thresholded_relu", lambda v: np.where(v > 1, v, 0), attrs="{strict=true}", name="thresholded_relu strict"),
    case("thresholded_relu", lambda v: np.where(v > -3, v, 0), attrs="{alpha=-3.0, strict=true}",
         name="thresholded_relu strict below 0"),
    case("thresholded_relu", lambda v: np.where(v > f16(0.1), v, 0), [f16(0.1), 0.0999, 0.1, 0.1001, np.nan, 2], "f16",
         "{alpha=0.1, strict=true}", "thresholded_relu strict f16"),
    case("clamped_relu", lambda v: np.minimum(np.where(v >= 0, v, 0.5 * v), 4.0), attrs="{alpha=0.5, beta=4.0}"),
    case("linear_activation", lambda v: 2 * v + 0.5, attrs="{alpha=2.0, beta=0.5}"),
    case("scaled_tanh", lambda v: 1.5 * np.tanh(0.5 * v), attrs="{alpha=1.5, beta=0.5}"),
    case("sigmoid_hard", lambda v: np.clip(f32(0.2) * v + 0.5, 0, 1)),
    case("sigmoid_hard", lambda v: np.clip(f32(1 / 6) * v + 0.5, 0, 1), attrs=f"{{alpha={f32(1 / 6)!r}}}", name="sigmoid_hard of onnx"),
    case("gelu", lambda v: v / 2 * (1 + erf(v / math.sqrt(2))), FINITE),
    case("gelu", gelu_tanh, FINITE, attrs='{mode="TANH_APPROXIMATION"}', name="gelu tanh"),
    case("gelu", lambda v: v * sigmoid(1.702 * v), FINITE, attrs='{mode="SIGMOID_APPROXIMATION"}', name="gelu sigmoid"),
    case("gelu", lambda v: v / 2 * (1 + erf(v / math.sqrt(2))), [-3, -1, 0, 0.5, 2, 5], "f16"),
    case("sigmoid", sigmoid, [-20, -3, 0, 3, 20], "f16"),
]


def channel_case(op, names, f, shape):
    rng = np.random.default_rng(5)
    values = {"x": rng.standard_normal(shape).astype(np.float32)}
    for n in names:
        values[n] = rng.standard_normal(shape[1]).astype(np.float32)

    def expect(i):
        lift = [1, -1] + [1] * (len(shape) - 2)
        return [f(i["x"].astype(np.float64), *[i[n].astype(np.float64).reshape(lift) for n in names]).astype(np.float32)]

    types = ", ".join(f"%{k}: f32{list(v.shape)}" for k, v in values.items())
    operands = ", ".join(f"{k}=%{k}" for k in values)
    return {
        "name": f"{op} rank {len(shape)}",
        "op": op,
        "ir": f"func @main({types}) {{\n  %y = {op}({operands})\n  return %y\n}}",
        "inputs": values,
        "expect": expect,
    }


for dims in ([2, 3], [2, 3, 4], [1, 2, 3, 2], [0, 3, 2]):
    CASES.append(channel_case("prelu", ["alpha"], lambda x, a: np.where(x > 0, x, a * x), dims))
    CASES[-1]["name"] += f" of {dims}"
    CASES.append(channel_case("softplus_parametric", ["alpha", "beta"], lambda x, a, b: a * softplus(b * x), dims))
    CASES[-1]["name"] += f" of {dims}"
