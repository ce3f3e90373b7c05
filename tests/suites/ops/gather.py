"""gather, gather_along_axis and gather_nd against numpy."""

import numpy as np

X = np.arange(4 * 5 * 6, dtype=np.float32).reshape(4, 5, 6)


def gather(name, indices, axis, batch_dims=0):
    def expect(i):
        x, k = i["x"], i["k"]
        if batch_dims == 0:
            return [np.take(x, k, axis)]
        out = [np.take(x[b], k[b], axis - batch_dims) for b in np.ndindex(*x.shape[:batch_dims])]
        return [np.stack(out).reshape(x.shape[:batch_dims] + out[0].shape)]

    indices = np.array(indices, np.int32)
    return {
        "name": name,
        "op": "gather",
        "ir": f"func @main(%x: f32[4,5,6], %k: i32{list(indices.shape)}) {{\n"
        f"  %y = gather(x=%x, indices=%k) {{axis={axis}, batch_dims={batch_dims}}}\n  return %y\n}}",
        "inputs": {"x": X, "k": indices},
        "expect": expect,
    }


def along(axis, dims):
    indices = np.random.default_rng(1).integers(0, X.shape[axis], dims).astype(np.int64)
    return {
        "name": f"axis {axis}",
        "op": "gather_along_axis",
        "ir": f"func @main(%x: f32[4,5,6], %k: i64{list(dims)}) {{\n"
        f"  %y = gather_along_axis(x=%x, indices=%k) {{axis={axis}}} : f32{list(dims)}\n  return %y\n}}",
        "inputs": {"x": X, "k": indices},
        "expect": lambda i: [np.take_along_axis(i["x"], i["k"], axis)],
    }


def nd(name, indices, batch_dims=0):
    def expect(i):
        x, k = i["x"], i["k"]
        out = [x[b[:batch_dims] + tuple(k[b])] for b in np.ndindex(*k.shape[:-1])]
        return [np.array(out, x.dtype).reshape(k.shape[:-1] + x.shape[batch_dims + k.shape[-1] :])]

    indices = np.array(indices, np.int32)
    return {
        "name": name,
        "op": "gather_nd",
        "ir": f"func @main(%x: f32[4,5,6], %k: i32{list(indices.shape)}) {{\n"
        f"  %y = gather_nd(x=%x, indices=%k) {{batch_dims={batch_dims}}}\n  return %y\n}}",
        "inputs": {"x": X, "k": indices},
        "expect": expect,
    }


CASES = [
    gather("one index", 2, 1),
    gather("a vector", [3, 0, 3], 0),
    gather("a matrix on the last axis", [[5, 0], [1, 2]], -1),
    gather("no index", np.zeros((0,), np.int32), 1),
    gather("one batch dimension", [[0], [1], [2], [4]], 1, 1),
    gather("a batch of matrices", np.arange(16).reshape(4, 2, 2) % 6, 2, 1),
    gather("two batch dimensions", np.arange(20).reshape(4, 5) % 6, 2, 2),
    along(1, (4, 3, 6)),
    along(-1, (4, 5, 2)),
    along(0, (7, 5, 6)),
    nd("points", [[0, 1, 2], [3, 4, 5]]),
    nd("rows", [[[0, 1]], [[3, 0]]]),
    nd("whole tensors", np.zeros((2, 0), np.int32)),
    nd("a batch dimension", [[[0, 5], [4, 0]]] * 4, 1),
    {
        "name": "of booleans",
        "op": "gather",
        "ir": "func @main(%x: bool[3], %k: u8[2]) {\n  %y = gather(x=%x, indices=%k)\n  return %y\n}",
        "inputs": {"x": np.array([True, False, True]), "k": np.array([1, 2], np.uint8)},
        "expect": lambda i: [i["x"][i["k"]]],
    },
]
