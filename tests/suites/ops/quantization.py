"""quantize and dequantize against numpy."""

import numpy as np

R = np.random.default_rng(11)
TYPES = {"i8": np.int8, "u8": np.uint8, "i16": np.int16, "f16": np.float16, "f32": np.float32}


def shaped(v, rank, axis):
    return v if v.ndim == 0 else v.reshape([-1 if a == axis % rank else 1 for a in range(rank)])


def text(op, types, attrs, zero):
    args = ", ".join(f"%{n}: {t}" for n, t in types.items())
    extra = ", zero_point=%z" if zero else ""
    return f"func @main({args}) {{\n  %y = {op}(input=%x, scale=%s{extra}) {{{', '.join(attrs)}}}\n  return %y\n}}"


def case(op, name, x, scale, zero=None, axis=None, q="u8", f="f32"):
    quantize = op == "quantize"
    scale = np.array(scale, TYPES[f])
    inputs = {"x": np.array(x, TYPES[f if quantize else q]), "s": scale}
    types = {"x": f"{f if quantize else q}{list(np.shape(x))}", "s": f"{f}{list(scale.shape)}"}
    if zero is not None:
        inputs["z"] = np.array(zero, TYPES[q])
        types["z"] = f"{q}{list(np.shape(zero))}"
    attrs = ([f"axis={axis}"] if axis is not None else []) + ([f"output_dtype={q}"] if quantize else [])

    def expect(i):
        rank = i["x"].ndim
        s = shaped(i["s"], rank, axis)
        z = shaped(i["z"], rank, axis).astype(np.float64) if "z" in i else 0.0
        if not quantize:
            return [((i["x"].astype(np.float64) - z) * s.astype(np.float64)).astype(TYPES[f])]
        ratio = i["x"].astype(np.float32) / s.astype(np.float32)
        limits = np.iinfo(TYPES[q])
        return [np.clip(np.rint(ratio).astype(np.float64) + z, limits.min, limits.max).astype(TYPES[q])]

    return {"name": f"{op}: {name}", "op": op, "ir": text(op, types, attrs, zero is not None), "inputs": inputs,
            "expect": expect, "rtol": 1e-6, "atol": 0}


X = R.normal(size=(2, 3, 4)) * 40
Q = R.integers(0, 256, (2, 3, 4))
CASES = [
    case("quantize", "scalar", X, 0.37, 128),
    case("quantize", "signed, no zero point", X, 0.5, q="i8"),
    case("quantize", "per channel", X, [0.1, 1.0, 3.0], [0, 128, 255], 1),
    case("quantize", "last axis, half precision", X, [0.25, 0.5, 1, 2], [1, 2, 3, 4], -1, f="f16"),
    case("quantize", "halves", [0.5, 1.5, 2.5, -0.5, -1.5, 126.5, 127.5], 1.0, q="i8"),
    case("quantize", "saturation", [1e30, -1e30, np.inf, -np.inf], 1.0, 7),
    case("quantize", "rank 0", 3.2, 0.5, 1),
    case("quantize", "wider than Core ML", X, 0.01, 5, q="i16"),
    case("dequantize", "scalar", Q, 0.37, 128),
    case("dequantize", "signed, no zero point", Q - 128, 0.5, q="i8"),
    case("dequantize", "per channel", Q, [0.1, 1.0, 3.0], [0, 128, 255], 1),
    case("dequantize", "first axis, half precision", Q, [0.25, 100.0], axis=-3, f="f16"),
]
