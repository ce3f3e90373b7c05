"""shape against numpy."""

import numpy as np

CASES = [
    {
        "name": f"rank {len(dims)}",
        "op": "shape",
        "ir": "func @main(%%x: f32%s) {\n  %%y = shape(x=%%x) : i32[%d]\n  return %%y\n}"
        % (str(list(dims)).replace(" ", ""), len(dims)),
        "inputs": {"x": np.zeros(dims, np.float32)},
        "expect": lambda i: [np.array(i["x"].shape, np.int32)],
    }
    for dims in [(), (3,), (2, 0, 5)]
]
