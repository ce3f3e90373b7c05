"""band_part, element by element; Inf and NaN outside the band become 0."""

import numpy as np

X = np.arange(2 * 4 * 5, dtype=np.float32).reshape(2, 4, 5)
X[0, 3, 0] = np.inf
X[1, 0, 4] = np.nan


def expect(x, lower, upper):
    m, n = np.ogrid[: x.shape[-2], : x.shape[-1]]
    keep = ((lower < 0) | (m - n <= lower)) & ((upper < 0) | (n - m <= upper))
    return np.where(keep, x, np.zeros((), x.dtype))


CASES = [
    {
        "name": f"lower {lower} upper {upper}",
        "op": "band_part",
        "ir": "func @main(%%x: f32[2,4,5]) {\n  %%y = band_part(x=%%x) {lower=%d, upper=%d}\n  return %%y\n}" % (lower, upper),
        "inputs": {"x": X},
        "expect": lambda i, lower=lower, upper=upper: [expect(i["x"], lower, upper)],
    }
    for lower, upper in [(-1, -1), (0, 0), (-1, 0), (0, -1), (1, 2), (9, 1)]
]
