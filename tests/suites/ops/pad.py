"""pad against numpy."""

import numpy as np


def case(name, x, pad, mode, value=0.0):
    full = [(0, 0)] * (x.ndim - len(pad) // 2) + [(pad[2 * i], pad[2 * i + 1]) for i in range(len(pad) // 2)]
    numpy_mode = {"constant": "constant", "reflect": "reflect", "replicate": "edge"}[mode]
    options = {"constant_values": value} if mode == "constant" else {}
    kind = {"float32": "f32", "float16": "f16", "int32": "i32"}[str(x.dtype)]
    return {
        "name": f"{mode}: {name}",
        "op": "pad",
        "ir": f"""func @main(%x: {kind}{list(x.shape)}) {{
  %p = const dense<i32[{len(pad)}]: {", ".join(map(str, pad))}>
  %y = pad(x=%x, pad=%p) {{mode="{mode}", constant_val={value}}}
  return %y
}}""",
        "inputs": {"x": x},
        "expect": lambda i: [np.pad(i["x"], full, numpy_mode, **options)],
    }


X = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
CASES = [
    case("last dimension", X, [1, 2], "constant", -1.5),
    case("every dimension", X, [1, 0, 0, 2, 1, 1, 3, 0], "constant", 7.0),
    case("integers", X.astype(np.int32), [0, 0, 2, 0], "constant", 3.0),
    case("an empty tensor", np.zeros((0, 2), np.float32), [2, 1, 0, 1], "constant", 1.0),
    case("nothing", X, [0, 0], "constant"),
    case("last two dimensions", X, [2, 1, 3, 3], "reflect"),
    case("halves", X.astype(np.float16), [1, 1, 0, 2, 0, 0], "reflect"),
    case("last two dimensions", X, [2, 5, 7, 0], "replicate"),
    case("every dimension", X, [1, 1, 1, 1, 1, 1, 1, 1], "replicate"),
]
