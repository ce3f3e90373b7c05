"""Compare outputs with reference outputs, in numpy and nothing else."""

from __future__ import annotations

import numpy as np

from corecast_command import match_names


def scale_of(reference: np.ndarray) -> float:
    """The range of an output; of a constant or single value its magnitude, or 1 when that is 0."""
    finite = reference[np.isfinite(reference)]
    if finite.size == 0:
        return 1.0
    return float(np.ptp(finite)) or float(np.abs(finite).max()) or 1.0


def array_error(actual: np.ndarray, reference: np.ndarray) -> float:
    """Largest difference in units of the reference's range; infinite where NaN or Inf disagree."""
    actual, reference = actual.astype(np.float64), reference.astype(np.float64)
    finite = np.isfinite(reference)
    same_specials = np.array_equal(actual[~finite], reference[~finite], equal_nan=True)
    if not same_specials or not np.isfinite(actual[finite]).all():
        return float("inf")
    difference = np.abs(actual[finite] - reference[finite])
    return float(difference.max(initial=0.0)) / scale_of(reference)


def output_error(actual: dict[str, np.ndarray], reference: dict[str, np.ndarray]) -> float:
    """The worst error over all outputs; raises ValueError when names or shapes disagree.

    Core ML has no rank-0 features, so a scalar may come back with shape [1].
    """
    pairs = match_names(list(reference), list(actual))
    missing = sorted(set(reference) - set(pairs))
    if missing:
        raise ValueError(f"no output {', '.join(missing)}; there are {', '.join(actual)}")
    worst = 0.0
    for name, expected in reference.items():
        got = actual[pairs[name]]
        if got.shape != expected.shape and not (expected.shape == () and got.shape == (1,)):
            raise ValueError(f"output {name} is {list(got.shape)}, not {list(expected.shape)}")
        worst = max(worst, array_error(got.reshape(expected.shape), expected))
    return worst
