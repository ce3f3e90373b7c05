"""validate: two models side by side."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from . import _corecast
from ._corecast import Report
from ._source import any_file, data_file
from .specs import input_texts, range_texts


def validate(
    reference,
    candidate,
    data: str | os.PathLike | Mapping[str, object] | None = None,
    *,
    inputs: Sequence | None = None,
    outputs: Sequence[str] | None = None,
    bake: Mapping[str, float] | None = None,
    base_dir: str | os.PathLike | None = None,
    runtime: str = "auto",
    precision: str = "native",
    engine: str = "cpu",
    expect: str | None = None,
    accept: str = "",
    ranges: Mapping[str, tuple[float, float]] | None = None,
    atol: float | None = None,
    rtol: float | None = None,
    seed: int = 0,
    shapes: int = 1,
    timeout: float = 600.0,
) -> Report:
    """Runs both on the same inputs and says how far apart they are. str(report) is the table.

    reference  path, onnx.ModelProto or Model; inputs, outputs, bake and base_dir as for convert
    candidate  path of a package, or a Model
    data       .npz or .npy file, a folder of them, or {name: array}; an array with one more dimension
               than the input holds samples along its first; None: made up from the interface
    runtime    of the reference: "auto" (ONNX Runtime where it is installed, else corecast's own
               executor), "embedded", "onnxruntime"
    precision, engine  of the candidate: "native", "fp32", "fp16"; "cpu", or what `corecast doctor` lists
    expect     "psnr>=40,top1>=0.995"; atol, rtol: |c - r| <= atol + rtol |r| for every element.
               Without any, floors and ceilings decide: docs/verdicts.md
    accept     verdicts beside "ok" that report.acceptable takes: "unfit", "not-judged", or both
    ranges     {"x": (0, 255)}: the smallest and the largest value of made-up inputs
    shapes     made-up inputs: how many sets of flexible sizes, 1 to 3

    A failed verdict raises nothing: see report.verdict, or testing.assert_parity. Raises InputError,
    UnsupportedError, UsageError; AbsentError when the runtime (E4001) or the engine (E4006) is not here.
    """
    with any_file(reference, base_dir) as ours, any_file(candidate) as theirs, data_file(data) as samples:
        return _corecast.validate(
            ours,
            theirs,
            data=samples,
            inputs=input_texts(inputs),
            outputs=[outputs] if isinstance(outputs, str) else list(outputs or []),
            bake={name: float(value) for name, value in (bake or {}).items()},
            runtime=runtime,
            precision=precision,
            engine=engine,
            expect=expect or "",
            accept=accept,
            ranges=range_texts(ranges),
            atol=atol,
            rtol=rtol,
            seed=seed,
            shapes=shapes,
            timeout=timeout,
            python=os.environ.get("CORECAST_PYTHON") or sys.executable or "",
        )
