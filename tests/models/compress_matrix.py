#!/usr/bin/env python3
"""Compress real models in every way there is: `compress_matrix.py [MODEL...] [--only TEXT]`.

Each case of compress_cases.py is run on each model (fetched where it is missing) with
`corecast compress`. A row passes when every command succeeds, something was compressed, the
codes are as small as the case says, the package that comes out holds against ONNX Runtime
(`corecast validate`, which allows what the compression itself costs and nothing else), the
report's size is the written one, and coremltools reads the package and infers the same
types. One row a case; the last line counts. Exit code: 0 all passed, 1 some failed, 4
nothing could be run.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import shutil
import sys
import tempfile
import time

import environments

if __name__ == "__main__":
    environments.switch_to("reference")

import feeds  # noqa: E402
from catalogue import Model, find_model  # noqa: E402
from check_model import Checker, Failed  # noqa: E402
from compress_cases import CASES, INFINITE, Case, Step, recipe_text  # noqa: E402
from corecast_command import Outcome, find_corecast  # noqa: E402
from fetch import NotRun  # noqa: E402
from run_all import Reader  # noqa: E402

MODELS = ("pplcnet_orientation", "espcn_subpixel")
COLUMNS = "{:<20} {:<46} {:>7} {:>9} {:>6} {:>7} {:>7}  {}"
HEADINGS = ("model", "scheme", "target", "bytes", "bits", "sqnr", "seconds", "verdict")
ALIGNMENT = 64  # bytes; every blob has a header of as many


@dataclasses.dataclass
class Result:
    """What is known of one case on one model."""

    model: str
    case: str
    verdict: str = "FAIL"
    reason: str = ""
    target: str = ""
    bytes: int | None = None
    bits: float | None = None  # stored per weight, over all weights
    sqnr: float | None = None  # of the worst output, dB; None: no output differs
    seconds: float = 0.0


def show(result: Result) -> str:
    """One line of the table."""
    def number(value, form):
        return "-" if value is None else format(value, form)

    verdict = result.verdict + (f": {result.reason}" if result.reason else "")
    return COLUMNS.format(result.model, result.case, result.target, number(result.bytes, "d"), number(result.bits, ".2f"),
                          number(result.sqnr, ".1f"), f"{result.seconds:.1f}", verdict)


def code_bits(weight: dict) -> float:
    """Bits per weight of one row of the report, without what alignment and headers may add."""
    count = 1
    for size in weight["shape"]:
        count *= size
    return weight["bits_per_weight"] - 8 * 5 * 2 * ALIGNMENT / count


class Matrix:
    """Takes a model through cases."""

    def __init__(self, corecast: pathlib.Path, timeout: int, reader: Reader):
        self.checker = Checker(corecast, timeout, fixed=False)
        self.reader = reader

    def call(self, verb: str, *arguments, fails: str = "") -> Outcome:
        """Run a command that must succeed; or fail its validation for the reason `fails`."""
        outcome = self.checker.call(verb, *arguments)
        if fails and outcome.code == 1 and fails in outcome.stdout:
            return outcome
        if fails:
            raise Failed(f"it was to fail with {fails!r}, and ended with {outcome.code}: take it out of the table")
        if outcome.code != 0:
            verdicts = outcome.document.get("result", {}).get("validation", {}).get("outputs", [])
            reasons = "; ".join(o["reason"] for o in verdicts if not o["passed"])
            raise Failed(f"{verb}: {reasons or outcome.complaint()}")
        return outcome

    def step(self, step: Step, source: list, package: pathlib.Path, data: list, fails: str = "") -> dict:
        """One command; its result."""
        arguments = list(step.arguments)
        if step.recipe is not None:
            file = package.with_suffix(".json")
            file.write_text(recipe_text(step))
            arguments += ["--recipe", file]
        return self.call(step.verb, *source, "-o", package, *arguments, *data, fails=fails).document["result"]

    def judge_report(self, case: Case, done: dict, result: Result, last: bool) -> None:
        """The report of a compression; that of the last step against the case."""
        report = done["compression"]
        result.bits = report["bits_per_weight"]
        sqnrs = [o["sqnr"] for o in report["outputs"] if isinstance(o["sqnr"], (int, float))]
        result.sqnr = min(sqnrs, default=None)
        if report["compressed"] == 0:
            raise Failed("nothing was compressed: " + "; ".join({w["reason"] for w in report["weights"]}))
        unreasoned = [w["name"] for w in report["weights"] if w["scheme"] == "none" and not w["reason"]]
        if unreasoned:
            raise Failed(f"left alone without a reason: {', '.join(unreasoned)}")
        coded = [w for w in report["weights"] if w["scheme"] != "none"]
        if last and case.bits < INFINITE:
            count = sum(w["bytes_after"] * 8 / w["bits_per_weight"] for w in coded)
            codes = sum(code_bits(w) * w["bytes_after"] * 8 / w["bits_per_weight"] for w in coded) / count
            extra = self.side_bits(coded)
            if codes > case.bits + extra:
                raise Failed(f"{codes:.2f} bits per compressed weight, {case.bits + extra:.2f} expected at most")

    @staticmethod
    def side_bits(coded: list[dict]) -> float:
        """What tables, scales and offsets may take, in bits per weight: by the schemes' own granularity."""
        bits = weights = 0.0
        for w in coded:
            count = w["bytes_after"] * 8 / w["bits_per_weight"]
            scheme, channels = w["scheme"], max(w["shape"][:2])
            width = 16 if w["dtype"] == "f16" else 32
            words = scheme.split()
            shared = next((x for x in words if x.startswith(("channel", "group:", "block:"))), "tensor")
            tables = {"tensor": 1, "channel": channels}.get(shared)
            if tables is None:
                size = int(shared.split(":")[1])
                tables = max(channels / size, count / size if shared.startswith("block") else 0)
            if "palettize" in words:
                entry = next((int(x[:-4]) for x in words if x.endswith("-bit")), 8)
                vector = next((int(x[7:]) for x in words if x.startswith("vector:")), 1)
                entries = 2**entry * vector
                if "scale" in words:
                    scale = words[words.index("scale") + 1]
                    scales = count / int(scale.split(":")[1]) if ":" in scale else channels
                    bits += width * scales
                    tables = 1 if shared == scale else tables
                bits += width * entries * tables
            else:
                bits += (width + 8) * tables
            weights += count
        return bits / weights

    def run(self, model: Model, case: Case, scratch: pathlib.Path) -> Result:
        """One row."""
        result = Result(model.name, case.name)
        start = time.monotonic()
        try:
            self.judge(model, case, scratch, result)
            result.verdict = "PASS"
        except Failed as failure:
            result.reason = str(failure)
        result.seconds = time.monotonic() - start
        return result

    def judge(self, model: Model, case: Case, scratch: pathlib.Path, result: Result) -> None:
        """Fill the row; raises Failed at the first thing that is wrong."""
        data = ["--data", model.feed_path(0)]
        source = [model.path, *self.checker.input_arguments(model)]
        for i, step in enumerate(case.steps):
            package = scratch / f"{i}.mlpackage"
            last = i == len(case.steps) - 1
            fails = dict(case.fails).get(model.name, "") if last else ""
            done = self.step(step, source, package, data, fails)
            if "compression" in done:
                self.judge_report(case, done, result, last)
            if case.lossless and last:
                self.call("validate", source[0], package, *data, "--precision", "fp32", "--expect", "sqnr>=120")
            source = [package]
        result.target, result.bytes = done["target"], done["bytes"]
        written = sum(path.stat().st_size for path in (package / "Data").rglob("*") if path.is_file())
        if written != result.bytes:
            raise Failed(f"{written} bytes were written, {result.bytes} reported")
        # What compression cost is allowed for as long as the package says that it is compressed.
        if fails:
            result.reason = f"refused as expected: {fails}"
        elif case.steps[-1].verb != "decompress":
            self.call("validate", model.path, package, *self.checker.input_arguments(model), *data,
                      "--reference", "onnxruntime")
        if problem := self.reader.problem(package):
            raise Failed(problem)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="*", default=list(MODELS), help=f"of models.json (default: {' '.join(MODELS)})")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="cases with this in their name; repeatable")
    parser.add_argument("--json", metavar="OUT", type=pathlib.Path, help="write the rows to this file")
    parser.add_argument("--corecast", metavar="PATH", help="the command (default: $CORECAST_CLI, a build, the PATH)")
    parser.add_argument("--timeout", type=int, default=600, help="seconds for each command (default 600)")
    return parser.parse_args()


def run_cases(models: list[Model], cases: list[Case], matrix: Matrix) -> list[Result]:
    """Run every case on every model and print its row as soon as it is known."""
    results = []
    for model in models:
        for case in cases:
            scratch = pathlib.Path(tempfile.mkdtemp(prefix="corecast-compress-"))
            results.append(matrix.run(model, case, scratch))
            print(show(results[-1]), flush=True)
            shutil.rmtree(scratch)
    return results


def main() -> int:
    arguments = parse_arguments()
    corecast = find_corecast(arguments.corecast)
    if corecast is None:
        print("not run: there is no corecast command (build it, or give --corecast PATH)")
        return 4
    cases = [c for c in CASES if not arguments.only or any(text in c.name for text in arguments.only)]
    try:
        models = [find_model(name) for name in arguments.models]
        for model in models:
            feeds.prepare(model)
        reader = Reader()
    except (NotRun, environments.NotRun) as error:
        print(f"not run: {error}")
        return 4
    print(COLUMNS.format(*HEADINGS))
    results = run_cases(models, cases, Matrix(corecast, arguments.timeout, reader))
    reader.close()
    if arguments.json:
        arguments.json.write_text(json.dumps([dataclasses.asdict(r) for r in results], indent=1) + "\n")
    passed = sum(r.verdict == "PASS" for r in results)
    print(f"{passed} passed, {len(results) - passed} failed, 0 skipped")
    return 0 if results and passed == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
