"""scatter, scatter_along_axis and scatter_nd: every update applied in turn."""

import numpy as np

DATA = np.arange(4 * 5, dtype=np.float32).reshape(4, 5) + 1
MODES = ["update", "add", "sub", "mul", "div", "max", "min"]


def combine(mode, a, b):
    if mode == "update":
        return b
    if mode == "div":
        return a / b if a.dtype.kind == "f" else np.trunc(a / b).astype(a.dtype)
    f = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "max": np.maximum, "min": np.minimum}
    return f[mode](a, b)


def case(op, name, data, indices, updates, mode, attrs, places):
    def expect(i):
        out = i["data"].copy()
        for at, u in places(i["k"], i["u"]):
            out[at] = combine(mode, out[at], u)
        return [out]

    kind = {"f": "f", "i": "i"}[data.dtype.kind] + str(8 * data.dtype.itemsize)
    return {
        "name": f"{op}: {name}, {mode}",
        "op": op,
        "ir": f"func @main(%data: {kind}{list(data.shape)}, %k: i32{list(indices.shape)}, "
        f"%u: {kind}{list(updates.shape)}) {{\n"
        f'  %y = {op}(data=%data, indices=%k, updates=%u) {{{attrs}mode="{mode}"}}\n  return %y\n}}',
        "inputs": {"data": data, "k": indices, "u": updates},
        "expect": expect,
        "rtol": 1e-6,
    }


def rows(k, u):
    return [(k[n], u[n]) for n in range(len(k))]


def columns(k, u):
    return [((slice(None), k[n]), u[:, n]) for n in range(len(k))]


def along0(k, u):
    return [((k[p], p[1]), u[p]) for p in np.ndindex(*k.shape)]


def along1(k, u):
    return [((p[0], k[p]), u[p]) for p in np.ndindex(*k.shape)]


def nd(k, u):
    return [(tuple(k[p]), u[p]) for p in np.ndindex(*k.shape[:-1])]


rng = np.random.default_rng(2)
CASES = []
for mode in MODES:
    u = (rng.integers(1, 9, (3, 5)) * 0.5).astype(np.float32)
    CASES += [
        case("scatter", "rows", DATA, np.array([2, 0, 3], np.int32), u, mode, "", rows),
        case("scatter", "columns", DATA, np.array([4, 1], np.int32), u[:, :2].repeat(2, 0)[:4], mode, "axis=-1, ", columns),
        case("scatter_along_axis", "axis 0", DATA, np.array([[2, 1, 0, 3, 0], [0, 3, 2, 1, 1]], np.int32), u[:2], mode,
             "axis=0, ", along0),
        case("scatter_along_axis", "axis 1", DATA, np.array([[4], [0], [2], [2]], np.int32), np.ascontiguousarray(u[:1, :4].T),
             mode, "axis=1, ", along1),
        case("scatter_nd", "points", DATA, np.array([[0, 1], [3, 4], [2, 2]], np.int32), u[:, 0].copy(), mode, "", nd),
        case("scatter_nd", "rows", DATA, np.array([[[3]], [[1]]], np.int32), u[:2].reshape(2, 1, 5), mode, "", nd),
    ]
for mode in MODES[1:]:
    repeated = np.array([1, 1, 0], np.int32)
    CASES.append(case("scatter", "duplicates", DATA, repeated, u, mode, "", rows))
    CASES.append(
        case("scatter", "integers", np.array([-7, 100, 9], np.int8), np.array([0, 1, 1], np.int32),
             np.array([2, 3, 5], np.int8), mode, "", rows)
    )
