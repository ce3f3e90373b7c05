"""reverse_sequence, one sequence at a time."""

import numpy as np


def case(dims, lengths, seq_axis, batch_axis):
    def expect(i):
        out = i["x"].copy()
        for b, n in enumerate(i["n"]):
            y = np.moveaxis(out, [batch_axis, seq_axis], [0, 1])
            y[b, :n] = y[b, :n][::-1].copy()
        return [out]

    return {
        "name": f"axis {seq_axis} of batches along {batch_axis}",
        "op": "reverse_sequence",
        "ir": f"func @main(%x: f32{list(dims)}, %n: i32[{len(lengths)}]) {{\n"
        f"  %y = reverse_sequence(x=%x, lengths=%n) {{seq_axis={seq_axis}, batch_axis={batch_axis}}}\n  return %y\n}}",
        "inputs": {
            "x": np.arange(np.prod(dims), dtype=np.float32).reshape(dims),
            "n": np.array(lengths, np.int32),
        },
        "expect": expect,
    }


CASES = [case((4, 3), [0, 4, 3], 0, 1), case((2, 5, 3), [5, 2], 1, 0), case((2, 3, 4), [1, 4], -1, 0)]
