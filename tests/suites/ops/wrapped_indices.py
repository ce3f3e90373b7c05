"""Indices that count from the end where they are negative, of every op that takes some, against numpy's own."""

import numpy as np

X = np.arange(4 * 5, dtype=np.float32).reshape(4, 5) + 1
KINDS = {"i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64, "u8": np.uint8, "u32": np.uint32}


def case(op, name, operands, attrs, expect):
    """`operands`: {parameter: array}; x and data are X."""
    kinds = {np.dtype(v): k for k, v in KINDS.items()} | {np.dtype(np.float32): "f32"}
    inputs = {p: np.asarray(v) for p, v in operands.items()}
    types = ", ".join(f"%{p}: {kinds[v.dtype]}{list(v.shape)}" for p, v in inputs.items())
    given = ", ".join(f"{p}=%{p}" for p in inputs)
    return {
        "name": f"{op}: {name}",
        "op": op,
        "ir": f"func @main({types}) {{\n  %r = {op}({given}) {{{attrs}wraps=true}}\n  return %r\n}}",
        "inputs": inputs,
        "expect": lambda i: [expect(*i.values())],
    }


def written(data, at, updates):
    out = data.copy()
    out[at] = updates
    return out


def along(x, k, axis):
    return np.take_along_axis(x, k.astype(np.int64), axis)


def put_along(data, k, u, axis):
    out = data.copy()
    np.put_along_axis(out, k.astype(np.int64), u, axis)
    return out


def multi(k):
    return tuple(np.moveaxis(k.astype(np.int64), -1, 0))


def one_hot(k, n):
    places = np.where(k < 0, k + n, k)
    return (places[..., None] == np.arange(n)).astype(np.int32)


def updates(*shape):
    return -np.arange(1, np.prod(shape, dtype=int) + 1, dtype=np.float32).reshape(shape)


CASES = []
for kind, dtype in KINDS.items():
    signed = np.issubdtype(dtype, np.signedinteger)

    def k(values, dtype=dtype, signed=signed):
        """The indices; without those below 0 where the type has none."""
        v = np.array(values)
        return (v if signed else np.abs(v) - (v < 0)).astype(dtype)

    rows, columns = k([-4, 3, -1, 0]), k([[-5, 4], [0, -1], [2, -3], [-2, 1]])
    places = k([[-4, 4], [3, -5], [-1, -1], [0, 0]])
    CASES += [
        case("gather", f"rows by {kind}", {"x": X, "indices": rows}, "axis=0, ", lambda x, i: np.take(x, i, 0)),
        case("gather", f"columns by {kind}", {"x": X, "indices": columns}, "axis=-1, ", lambda x, i: np.take(x, i, 1)),
        case("gather", f"one by {kind}", {"x": X, "indices": k(-1)}, "axis=0, ", lambda x, i: np.take(x, i, 0)),
        case("gather", f"a batch by {kind}", {"x": X, "indices": columns}, "axis=1, batch_dims=1, ",
             lambda x, i: along(x, i, 1)),
        case("gather_along_axis", kind, {"x": X, "indices": columns}, "axis=1, ", lambda x, i: along(x, i, 1)),
        case("gather_nd", f"elements by {kind}", {"x": X, "indices": places}, "", lambda x, i: x[multi(i)]),
        case("gather_nd", f"rows by {kind}", {"x": X, "indices": rows[:, None]}, "", lambda x, i: x[multi(i)]),
        case("gather_nd", f"a batch by {kind}", {"x": X, "indices": k([[-1], [-5], [4], [0]])}, "batch_dims=1, ",
             lambda x, i: along(x, i, 1)[:, 0]),
        case("scatter", f"rows by {kind}", {"data": X, "indices": k([-1, 0, -3]), "updates": updates(3, 5)},
             'axis=0, mode="update", ', lambda d, i, u: written(d, i.astype(np.int64), u)),
        case("scatter", f"columns by {kind}", {"data": X, "indices": k([-5, 4]), "updates": updates(4, 2)},
             'axis=-1, mode="update", ', lambda d, i, u: written(d, (slice(None), i.astype(np.int64)), u)),
        case("scatter_along_axis", kind, {"data": X, "indices": columns, "updates": updates(4, 2)},
             'axis=1, mode="update", ', lambda d, i, u: put_along(d, i, u, 1)),
        case("scatter_nd", f"elements by {kind}", {"data": X, "indices": places, "updates": updates(4)},
             'mode="update", ', lambda d, i, u: written(d, multi(i), u)),
        case("scatter_nd", f"added by {kind}", {"data": X, "indices": k([[-4], [2]]), "updates": updates(2, 5)},
             'mode="add", ', lambda d, i, u: written(d, multi(i), d[multi(i)] + u)),
        case("one_hot", kind, {"indices": k([[-3, 2], [0, -1]]), "one_hot_vector_size": np.int32(3)}, "", one_hot),
    ]
none = np.zeros((0,), np.int32)
CASES += [
    case("gather", "none", {"x": X, "indices": none}, "axis=0, ", lambda x, i: x[i]),
    case("gather", "none of nothing", {"x": X[:0], "indices": none}, "axis=0, ", lambda x, i: x[i]),
    case("gather_along_axis", "none", {"x": X, "indices": np.zeros((4, 0), np.int32)}, "axis=1, ", lambda x, i: x[:, :0]),
    case("gather_nd", "none", {"x": X, "indices": np.zeros((0, 2), np.int32)}, "", lambda x, i: x[multi(i)]),
    case("gather_nd", "indices without entries", {"x": X, "indices": np.zeros((2, 0), np.int32)}, "",
         lambda x, i: np.stack([x, x])),
    case("scatter", "none", {"data": X, "indices": none, "updates": updates(0, 5)}, 'axis=0, mode="update", ',
         lambda d, i, u: d),
    case("scatter_along_axis", "none", {"data": X, "indices": np.zeros((4, 0), np.int32), "updates": updates(4, 0)},
         'axis=1, mode="update", ', lambda d, i, u: d),
    case("scatter_nd", "none", {"data": X, "indices": np.zeros((0, 2), np.int32), "updates": updates(0)},
         'mode="update", ', lambda d, i, u: d),
    case("one_hot", "out of range marks nothing",
         {"indices": np.array([-4, 3, -3], np.int32), "one_hot_vector_size": np.int32(3)}, "", one_hot),
]
