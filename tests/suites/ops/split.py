"""split against numpy."""

import numpy as np

X = np.arange(24, dtype=np.float32).reshape(4, 6)


def split(name, attrs, count, expect):
    results = ", ".join(f"%y{k}" for k in range(count))
    return {
        "name": name,
        "op": "split",
        "ir": f"func @main(%x: f32[4,6]) {{\n  {results} = split(x=%x) {{{attrs}}}\n  return {results}\n}}",
        "inputs": {"x": X},
        "expect": lambda i: expect(i["x"]),
    }


CASES = [
    split("equal parts", "num_splits=3, axis=1", 3, lambda x: np.split(x, 3, 1)),
    split("given sizes", "split_sizes=[1,3], axis=0", 2, lambda x: np.split(x, [1], 0)),
    split("negative axis", "num_splits=2, split_sizes=[5,1], axis=-1", 2, lambda x: np.split(x, [5], 1)),
    split("an empty part", "split_sizes=[2,0,2], axis=0", 3, lambda x: np.split(x, [2, 2], 0)),
]
