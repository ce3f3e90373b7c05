"""`bench/run NAME... [--quick]`: run benchmarks and print a row per figure."""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import platform
import sys
import tempfile

from corecast_command import ROOT, find_corecast

from . import compress, convert, executor, passes, quality, schemes, startup, verdicts
from .context import Context, Failed, progress
from .figures import heading, not_run

BENCHMARKS = {"startup": startup.run, "convert": convert.run, "passes": passes.run, "compress": compress.run,
              "quality": quality.run, "schemes": schemes.run, "executor": executor.run,
              "verdicts": verdicts.run}


def processor() -> str:
    """The name of the processor, where the system tells."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")


def module_folder(corecast: pathlib.Path) -> pathlib.Path:
    """Where the build that made the command put its Python package."""
    folders = [folder / "python" for folder in (corecast.parent, corecast.resolve().parent.parent)]
    return next((folder for folder in folders if (folder / "corecast").is_dir()), folders[0])


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__.split(": ")[1])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS) + "; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, and peers that take minutes left out")
    parser.add_argument("--json", type=pathlib.Path, default=ROOT / "build" / "bench" / "results.json",
                        help="where the figures go as JSON (default build/bench/results.json)")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    corecast = find_corecast()
    if corecast is None:
        print("not run: there is no corecast command")
        return 4

    print(heading())
    figures = []
    for name in arguments.names or BENCHMARKS:
        progress(name)
        with tempfile.TemporaryDirectory(prefix="corecast-bench-") as scratch:
            context = Context(corecast, module_folder(corecast), pathlib.Path(scratch), arguments.quick)
            try:
                fresh = BENCHMARKS[name](context)
            except Failed as failure:
                fresh = [not_run(name, str(failure))]
        for figure in fresh:
            print(figure.row(), flush=True)
        figures += [{"benchmark": name, **figure.as_json()} for figure in fresh]

    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps({
        "processor": processor(), "cores": os.cpu_count(), "system": platform.platform(),
        "quick": arguments.quick, "figures": figures}, indent=1) + "\n")
    count = {word: sum(figure["verdict"] == word for figure in figures) for word in ("PASS", "MISS", "NOT RUN")}
    if count["NOT RUN"]:
        print(f"{count['NOT RUN']} figures were not run")
    print(f"{count['PASS']} PASS, {count['MISS']} MISS")
    return 0 if count["PASS"] + count["MISS"] else 4


if __name__ == "__main__":
    sys.exit(main())
