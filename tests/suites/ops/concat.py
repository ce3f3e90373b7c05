"""concat and stack against numpy."""

import numpy as np

A = np.arange(6, dtype=np.float32).reshape(1, 2, 3)
B = np.arange(12, dtype=np.float32).reshape(1, 4, 3) + 100
C = A + 200


def joined(op, name, values, attrs, expect):
    args = ", ".join(f"%v{k}: f32{list(v.shape)}" for k, v in enumerate(values))
    names = ", ".join(f"%v{k}" for k in range(len(values)))
    return {
        "name": f"{op}: {name}",
        "op": op,
        "ir": f"func @main({args}) {{\n  %y = {op}(values=({names})) {{{attrs}}}\n  return %y\n}}",
        "inputs": {f"v{k}": v for k, v in enumerate(values)},
        "expect": lambda i: [expect([i[f"v{k}"] for k in range(len(values))])],
    }


def interleave(values, axis):
    stacked = np.stack(values, axis + 1)
    shape = list(values[0].shape)
    shape[axis] *= len(values)
    return stacked.reshape(shape)


CASES = [
    joined("concat", "middle axis", [A, B, C], "axis=1", lambda v: np.concatenate(v, 1)),
    joined("concat", "last axis", [A, C], "axis=-1", lambda v: np.concatenate(v, 2)),
    joined("concat", "one value", [A], "axis=0", lambda v: v[0]),
    joined("concat", "an empty value", [A, A[:, :0], B], "axis=1", lambda v: np.concatenate(v, 1)),
    joined("concat", "scalars", [np.float32(3), np.float32(4)], "axis=0", lambda v: np.array(v)),
    joined("concat", "interleaved", [A, C], "axis=1, interleave=true", lambda v: interleave(v, 1)),
    joined("concat", "three interleaved on the first axis", [A[0], B[0, :2], C[0]], "axis=0, interleave=true",
           lambda v: interleave(v, 0)),
    joined("stack", "first", [A, C], "axis=0", lambda v: np.stack(v, 0)),
    joined("stack", "middle", [A, C, A], "axis=2", lambda v: np.stack(v, 2)),
    joined("stack", "last", [A, C], "axis=-1", lambda v: np.stack(v, -1)),
    joined("stack", "scalars", [np.float32(3), np.float32(4)], "axis=0", lambda v: np.stack(v)),
]
