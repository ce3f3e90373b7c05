"""band_part, element by element; Inf and NaN outside the band become 0."""

import numpy as np

X = np.arange(2 * 4 * 5, dtype=np.float32).reshape(2, 4, 5)
X[0, 3, 0] = np.inf
X[1, 0, 4] = np.nan


def expect(x, lower, upper, diagonal):
    m, n = np.ogrid[: x.shape[-2], : x.shape[-1]]
    n = n - diagonal
    keep = ((lower < 0) | (m - n <= lower)) & ((upper < 0) | (n - m <= upper))
    return np.where(keep, x, np.zeros((), x.dtype))


CASES = [
    {
        "name": f"lower {lower} upper {upper}" + f" diagonal {diagonal}" * (diagonal != 0),
        "op": "band_part",
        "ir": "func @main(%%x: f32[2,4,5]) {\n  %%y = band_part(x=%%x) {lower=%d, upper=%d, diagonal=%d}\n  return %%y\n}"
        % (lower, upper, diagonal),
        "inputs": {"x": X},
        "expect": lambda i, lower=lower, upper=upper, diagonal=diagonal: [expect(i["x"], lower, upper, diagonal)],
    }
    for lower, upper, diagonal in [(-1, -1, 0), (0, 0, 0), (-1, 0, 0), (0, -1, 0), (1, 2, 0), (9, 1, 0)]
    + [(0, -1, k) for k in (-9, -2, 1, 4, 9)]
    + [(-1, 0, k) for k in (-9, -3, -1, 2, 9)]
    + [(0, 0, 2), (1, 0, -3), (0, 2, 1), (-1, -1, 3)]
]
