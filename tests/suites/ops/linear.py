"""linear against numpy."""

import numpy as np

R = np.random.default_rng(0)


def case(name, x, w, b=None, dtype="f32", np_dtype=np.float32, tolerance=1e-6):
    inputs = {"x": x.astype(np_dtype), "w": w.astype(np_dtype)}
    args, extra = f"%x: {dtype}{list(x.shape)}, %w: {dtype}{list(w.shape)}", ""
    if b is not None:
        inputs["b"] = b.astype(np_dtype)
        args, extra = args + f", %b: {dtype}{list(b.shape)}", ", bias=%b"

    def expect(i):
        wide = np.int64 if np.issubdtype(np_dtype, np.integer) else np.float64
        y = i["x"].astype(wide) @ i["w"].astype(wide).T
        if "b" in i:
            y = y + i["b"].astype(wide)
        return [y.astype(np_dtype)]

    return {
        "name": name,
        "op": "linear",
        "ir": f"func @main({args}) {{\n  %y = linear(x=%x, weight=%w{extra})\n  return %y\n}}",
        "inputs": inputs,
        "expect": expect,
        "rtol": tolerance,
        "atol": tolerance,
    }


CASES = [
    case("a row", R.normal(size=5), R.normal(size=(3, 5))),
    case("rank 3 with bias", R.normal(size=(2, 4, 5)), R.normal(size=(3, 5)), R.normal(size=3)),
    case("half precision", R.normal(size=(4, 64)), R.normal(size=(8, 64)), R.normal(size=8), "f16", np.float16, 1e-3),
    case("integers", R.integers(-99, 99, (2, 7)), R.integers(-99, 99, (3, 7)), R.integers(-9, 9, 3), "i32", np.int32, 0),
    case("no features", np.zeros((2, 0)), np.zeros((3, 0)), np.arange(3.0)),
    case("no rows", np.zeros((0, 4)), np.zeros((3, 4))),
    case("infinities and NaN", np.array([[np.inf, 1.0], [np.nan, 0.0]]), np.array([[1.0, 2.0], [-1.0, 0.5]])),
]
