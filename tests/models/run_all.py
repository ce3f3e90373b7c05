#!/usr/bin/env python3
"""Convert, run and check every real model: `run_all.py [--only NAME] [--json OUT]`.

For each model of the table (shipped ones are fetched where they are missing, generated ones
are there once generate.py ran): `corecast convert` in fp16 and fp32, `corecast run` of both packages on every feed, `corecast validate` and `corecast inspect`.
The answers are compared here, in numpy, with those of ONNX Runtime: corecast's own verdict
is not taken for it. A model that cannot be converted must be refused with exit code 3 and
every op named. One row a model; the last line counts. Exit code: 0 all passed, 1 some
failed, 4 nothing could be run.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import environments

if __name__ == "__main__":
    environments.switch_to("reference")

import feeds  # noqa: E402
from catalogue import HERE, Model, generated_models, shipped_models  # noqa: E402
from check_model import Checker, Row  # noqa: E402
from corecast_command import find_corecast  # noqa: E402
from fetch import NotRun  # noqa: E402

COLUMNS = "{:<26} {:>6} {:>9} {:>8} {:>8} {:>9} {:>9}  {}"
HEADINGS = ("model", "ops", "package", "convert", "peak", "fp32", "fp16", "verdict")


class Reader:
    """A process that has coremltools read packages; absent when its environment is."""

    def __init__(self):
        python = environments.ensure("coremltools")
        self.process = subprocess.Popen([python, str(HERE / "load_packages.py")], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)

    def problem(self, package: pathlib.Path) -> str | None:
        """Why coremltools cannot read the package; None when it can."""
        print(package, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            return "coremltools died"
        answer = json.loads(answer)
        return None if answer["ok"] else f"coremltools: {answer['error']}"

    def close(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait()


def chosen_models(arguments: argparse.Namespace) -> list[Model]:
    """The models that the command line asks for."""
    models = []
    if arguments.shipped or not arguments.generated:
        models += shipped_models()
    if arguments.generated or not arguments.shipped:
        models += generated_models()
    if arguments.only:
        models = [m for m in models if m.name in arguments.only or m.name.split(".")[0] in arguments.only]
    return models


def show_row(row: Row) -> str:
    """One line of the table."""
    def number(value, form):
        return "-" if value is None else format(value, form)

    verdict = row.verdict + (f": {row.reason}" if row.reason else "")
    return COLUMNS.format(
        row.name, number(row.ops, "d"), number(row.package_mb, ".2f") + " MB",
        number(row.seconds, ".2f") + " s", number(row.peak_mb, ".0f") + " MB",
        number(row.error_fp32, ".1e"), number(row.error_fp16, ".1e"), verdict)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this model; repeatable")
    parser.add_argument("--shipped", action="store_true", help="the models that packages ship")
    parser.add_argument("--generated", action="store_true", help="the generated architectures")
    parser.add_argument("--fixed", action="store_true",
                        help="convert for the shapes of the first feed instead of flexible ones")
    parser.add_argument("--coremltools", action="store_true", help="have coremltools read each package too")
    parser.add_argument("--json", metavar="OUT", type=pathlib.Path, help="write the rows to this file")
    parser.add_argument("--corecast", metavar="PATH", help="the command (default: $CORECAST_CLI, a build, the PATH)")
    parser.add_argument("--keep", metavar="DIR", type=pathlib.Path, help="keep packages and outputs here")
    parser.add_argument("--timeout", type=int, default=600, help="seconds for each command (default 600)")
    return parser.parse_args()


def check_one(checker: Checker, model: Model, scratch: pathlib.Path) -> Row:
    """Fetch the model and its feeds where they are missing, then check it."""
    try:
        if not model.generated:
            feeds.prepare(model)
    except NotRun as error:
        return Row(model.name, reason=f"not run: {error}")
    return checker.check(model, scratch)


def run_models(models: list[Model], arguments: argparse.Namespace, corecast: pathlib.Path) -> list:
    """Check each model and print its row as soon as it is known."""
    reader = Reader() if arguments.coremltools else None
    checker = Checker(corecast, arguments.timeout, arguments.fixed, reader)
    rows = []
    for model in models:
        scratch = pathlib.Path(tempfile.mkdtemp(prefix="corecast-models-"))
        if arguments.keep:
            scratch = arguments.keep / model.name
            scratch.mkdir(parents=True, exist_ok=True)
        rows.append(check_one(checker, model, scratch))
        print(show_row(rows[-1]), flush=True)
        if not arguments.keep:
            shutil.rmtree(scratch)
    if reader:
        reader.close()
    return rows


def main() -> int:
    arguments = parse_arguments()
    corecast = find_corecast(arguments.corecast)
    if corecast is None:
        print("not run: there is no corecast command (build it, or give --corecast PATH)")
        return 4
    models = chosen_models(arguments)
    if not models:
        print(f"no such model: {', '.join(arguments.only)}")
        return 2
    try:
        print(COLUMNS.format(*HEADINGS))
        rows = run_models(models, arguments, corecast)
    except environments.NotRun as error:
        print(f"not run: {error}")
        return 4
    if arguments.json:
        arguments.json.write_text(json.dumps([dataclasses.asdict(row) for row in rows], indent=1) + "\n")
    counts = {verdict: sum(row.verdict == verdict for row in rows) for verdict in ("PASS", "FAIL", "SKIP")}
    print(f"{counts['PASS']} passed, {counts['FAIL']} failed, {counts['SKIP']} skipped")
    if counts["FAIL"]:
        return 1
    return 0 if counts["PASS"] else 4


if __name__ == "__main__":
    sys.exit(main())
