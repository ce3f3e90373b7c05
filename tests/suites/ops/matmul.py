"""matmul against numpy."""

import numpy as np

R = np.random.default_rng(1)


def case(name, x, y, transpose_x=False, transpose_y=False, dtype="f32", np_dtype=np.float32, tolerance=1e-6):
    def expect(i):
        wide = np.int64 if np.issubdtype(np_dtype, np.integer) else np.float64
        a, b = i["x"].astype(wide), i["y"].astype(wide)
        if transpose_x:
            a = np.swapaxes(a, -1, -2)
        if transpose_y:
            b = np.swapaxes(b, -1, -2)
        return [np.asarray(np.matmul(a, b)).astype(np_dtype)]

    attrs = f"transpose_x={str(transpose_x).lower()}, transpose_y={str(transpose_y).lower()}"
    return {
        "name": name,
        "op": "matmul",
        "ir": f"func @main(%x: {dtype}{list(x.shape)}, %y: {dtype}{list(y.shape)}) {{\n"
        f"  %z = matmul(x=%x, y=%y) {{{attrs}}}\n  return %z\n}}",
        "inputs": {"x": x.astype(np_dtype), "y": y.astype(np_dtype)},
        "expect": expect,
        "rtol": tolerance,
        "atol": tolerance,
    }


def normal(*dims):
    return R.normal(size=dims)


CASES = [
    case("plain", normal(3, 4), normal(4, 5)),
    case("both transposed", normal(4, 3), normal(5, 4), True, True),
    case("batches broadcast", normal(2, 1, 3, 4), normal(5, 4, 6)),
    case("batches broadcast, y transposed", normal(3, 4), normal(2, 6, 4), transpose_y=True),
    case("x transposed in batches", normal(7, 4, 3), normal(7, 4, 2), transpose_x=True),
    case("row times matrix", normal(4), normal(4, 5)),
    case("row times batched matrices", normal(4), normal(3, 4, 5)),
    case("batched matrices times column", normal(3, 5, 4), normal(4)),
    case("row times column", normal(4), normal(4)),
    case("half precision", normal(4, 96), normal(96, 4), dtype="f16", np_dtype=np.float16, tolerance=2e-3),
    case("integers", R.integers(-9999, 9999, (2, 3)), R.integers(-9999, 9999, (3, 2)), dtype="i32", np_dtype=np.int32,
         tolerance=0),
    case("integers wrap", np.full((1, 2), 2**31 - 1), np.array([[2], [5]]), dtype="i32", np_dtype=np.int32, tolerance=0),
    case("empty sum", np.zeros((2, 0)), np.zeros((0, 3))),
    case("empty batch", np.zeros((0, 2, 3)), np.zeros((3, 4))),
]
