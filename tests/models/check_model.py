"""Take one real model through corecast, end to end, and judge what comes out."""

from __future__ import annotations

import dataclasses
import pathlib
import sys

import numpy as np

from catalogue import Model
from corecast_command import Outcome, match_names, measured
from compare import output_error

FP32_LIMIT = 1e-4  # of each output's range
FP16_LIMIT = 0.1  # beyond this an unremarked fp16 answer is a wrong answer, not a rounded one
PACKAGE_LIMIT = 0.03  # a shipped fp16 package against its fp32 source
DTYPES = {"float32": "f32", "float64": "f32", "int32": "i32", "int64": "i32"}


class Failed(Exception):
    """The model did not pass; the text says why."""


@dataclasses.dataclass
class Row:
    """What is known of one model."""

    name: str
    verdict: str = "SKIP"
    reason: str = ""
    ops: int | None = None
    package_mb: float | None = None
    seconds: float | None = None
    peak_mb: float | None = None
    error_fp32: float | None = None
    error_fp16: float | None = None


def folder_megabytes(folder: pathlib.Path) -> float:
    """Size of all files under `folder`, in MB of 10^6 bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def load_arrays(path: pathlib.Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz by name."""
    with np.load(path) as arrays:
        return dict(arrays)


def count_ops(inspection: dict) -> int | None:
    """The number of ops that `corecast inspect --json` reports, from its histogram."""
    histogram = inspection.get("result", {}).get("ops")
    return sum(histogram.values()) if isinstance(histogram, dict) else None


class Checker:
    """Takes models through one corecast command."""

    def __init__(self, corecast: pathlib.Path, timeout: int, fixed: bool, reader=None):
        self.corecast = corecast
        self.timeout = timeout
        self.fixed = fixed
        self.reader = reader

    def call(self, verb: str, *arguments) -> Outcome:
        """Run `corecast VERB ...` with a JSON document on stdout."""
        # This interpreter has ONNX Runtime, so that it is the reference.
        return measured([self.corecast, verb, *arguments, "--json"], self.timeout,
                        {"CORECAST_PYTHON": sys.executable})

    def check(self, model: Model, scratch: pathlib.Path) -> Row:
        """Everything that is asked of `model`; never raises for the model's sake."""
        row = Row(model.name)
        if not model.path.exists():
            row.reason = "not run: not generated" if model.generated else "not run: not fetched"
        elif model.refused is None and not model.feed_indices():
            row.reason = "not run: it has no feeds yet"
        else:
            try:
                self.judge(model, row, scratch)
                row.verdict = "PASS"
            except Failed as failure:
                row.verdict, row.reason = "FAIL", str(failure)
        return row

    def judge(self, model: Model, row: Row, scratch: pathlib.Path) -> None:
        """Fill the row; raises Failed at the first thing that is wrong."""
        if model.kind == "mlpackage":
            self.inspect(model.path, row)
            row.error_fp16 = self.run_feeds(model, model.path, scratch)
            if not row.error_fp16 <= PACKAGE_LIMIT:
                raise Failed(f"error {row.error_fp16:.1e} of the range against the source")
        elif model.refused is not None:
            self.expect_refusal(model, row, scratch)
        else:
            self.expect_conversion(model, row, scratch)

    def input_arguments(self, model: Model) -> list[str]:
        """The `--input` arguments of the conversion."""
        arguments = list(model.convert)
        if self.fixed:
            frozen = model.frozen_inputs()
            arguments = [argument for argument in arguments if "[" not in argument]
            for name, value in load_arrays(model.feed_path(0)).items():
                if name not in frozen:
                    shape = ",".join(map(str, value.shape))
                    arguments.append(f"{name}[{shape}]{{{DTYPES[value.dtype.name]}}}")
        return [word for argument in arguments for word in ("--input", argument)]

    def convert(self, model: Model, package: pathlib.Path, precision: str) -> Outcome:
        """Convert the model into `package`."""
        return self.call("convert", model.path, "-o", package, "--precision", precision, "--force",
                         "--data", model.feed_path(0),
                         *self.input_arguments(model))

    def expect_refusal(self, model: Model, row: Row, scratch: pathlib.Path) -> None:
        """The model must be refused with code 3, with every op of the table named."""
        package = scratch / "refused.mlpackage"
        outcome = self.convert(model, package, "fp16")
        row.seconds, row.peak_mb = outcome.seconds, outcome.peak_mb
        if outcome.code == 0:
            raise Failed("it converts now: take 'refused' out of models.json")
        if outcome.code != 3:
            raise Failed(f"a refusal (exit 3) was expected; {outcome.complaint()}")
        if package.exists():
            raise Failed("refused, yet a package was written")
        said = " ".join(str(problem) for problem in outcome.diagnostics)
        unnamed = [op for op in model.refused if op not in said]
        if unnamed or not outcome.diagnostics:
            raise Failed(f"the refusal does not name {', '.join(unnamed) or 'anything'}")
        row.reason = f"refused as expected, {len(outcome.diagnostics)} problems listed"

    def expect_conversion(self, model: Model, row: Row, scratch: pathlib.Path) -> None:
        """The model must convert in both precisions, with the right numbers."""
        half, single = scratch / "fp16.mlpackage", scratch / "fp32.mlpackage"
        outcome = self.convert(model, single, "fp32")
        if outcome.code != 0:
            raise Failed(f"convert fp32: {outcome.complaint()}")
        row.error_fp32 = self.run_feeds(model, single, scratch)
        self.inspect(single, row)
        if not row.error_fp32 <= (model.fp32_limit or FP32_LIMIT):
            raise Failed("wrong numbers in fp32")
        outcome = self.convert(model, half, "fp16")
        row.seconds, row.peak_mb = outcome.seconds, outcome.peak_mb
        if outcome.code != 0:
            raise Failed(f"convert fp16: {outcome.complaint()}")
        row.error_fp16 = self.run_feeds(model, half, scratch)
        if not row.error_fp16 <= (model.fp16_limit or FP16_LIMIT):
            raise Failed("wrong numbers in fp16")
        row.package_mb = folder_megabytes(half)
        self.validate(model, half)
        self.read_with_coremltools(half)

    def run_feeds(self, model: Model, package: pathlib.Path, scratch: pathlib.Path) -> float:
        """Run the package on every feed it can take; the worst error."""
        names = self.input_names(package)
        worst = 0.0
        for index in model.feed_indices()[: 1 if self.fixed else None]:
            feed = {name: value for name, value in load_arrays(model.feed_path(index)).items()
                    if name not in model.frozen_inputs()}
            found = match_names(list(feed), names) if names else {}
            inputs, outputs = scratch / "inputs.npz", scratch / "outputs.npz"
            np.savez(inputs, **{found.get(name, name): value for name, value in feed.items()})
            outcome = self.call("run", package, "--inputs", inputs, "-o", outputs, "--force")
            if outcome.code != 0:
                raise Failed(f"run, feed {index}: {outcome.complaint()}")
            try:
                error = output_error(load_arrays(outputs), load_arrays(model.reference_path(index)))
            except ValueError as problem:
                raise Failed(f"run, feed {index}: {problem}") from problem
            worst = max(worst, error)
        return worst

    def input_names(self, package: pathlib.Path) -> list[str]:
        """The names of the package's inputs, as `inspect` lists them."""
        inspection = self.call("inspect", package).document
        return [feature["name"] for feature in inspection.get("result", {}).get("inputs", [])]

    def inspect(self, package: pathlib.Path, row: Row) -> None:
        """Fill size and number of ops."""
        outcome = self.call("inspect", package)
        if outcome.code != 0:
            raise Failed(f"inspect: {outcome.complaint()}")
        row.package_mb = folder_megabytes(package)
        row.ops = count_ops(outcome.document)

    def validate(self, model: Model, package: pathlib.Path) -> None:
        """corecast's own comparison must agree that the package is right."""
        outcome = self.call("validate", model.path, package, "--data", model.feed_path(0))
        if outcome.code != 0:
            raise Failed(f"validate: {outcome.complaint()}")

    def read_with_coremltools(self, package: pathlib.Path) -> None:
        """coremltools must read the package, where that was asked for."""
        problem = self.reader.problem(package) if self.reader else None
        if problem:
            raise Failed(problem)
