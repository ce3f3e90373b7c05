"""check: what a conversion would meet."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from . import _corecast
from ._corecast import CheckReport
from ._source import model_file
from .specs import Dim, TensorSpec, input_texts, range_texts


def check(
    model,
    target: str | None = None,
    precision: str = "auto",
    *,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    inputs: Sequence[TensorSpec | Dim | str] | None = None,
    outputs: Sequence[str] | None = None,
    bake: Mapping[str, float] | None = None,
    base_dir: str | os.PathLike | None = None,
    measure: bool = True,
) -> CheckReport:
    """Everything about a model that is not supported, or that may go wrong with its numbers. Nothing is written.

    ranges     {"x": (0, 255)}: the smallest and the largest value of inputs; others are assumed, see report.ranges
    precision  of the conversion that is looked ahead to
    measure    run the model on made-up inputs, which shows the numbers deep inside
    model, target, inputs, outputs, bake and base_dir as for convert

    report.findings lists all, report.warnings those that matter, report.problems what a conversion would say.
    Raises InputError, UsageError; a model that cannot be converted raises nothing: see report.convertible.
    """
    with model_file(model, base_dir) as path:
        return _corecast.check_file(
            path,
            target or "",
            precision,
            ranges=range_texts(ranges),
            inputs=input_texts(inputs),
            outputs=[outputs] if isinstance(outputs, str) else list(outputs or []),
            bake={name: float(value) for name, value in (bake or {}).items()},
            measure=measure,
        )
