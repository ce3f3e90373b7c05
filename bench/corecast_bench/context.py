"""What a benchmark gets to work with: the command, the peers, a scratch folder."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import statistics
import subprocess
import sys

import environments
from catalogue import cache_root
from corecast_command import Outcome, measured

HERE = pathlib.Path(__file__).resolve().parent


class Failed(Exception):
    """A run did not give the figure; the text says why."""


@dataclasses.dataclass
class Context:
    """The setting of one benchmark run."""

    corecast: pathlib.Path
    module: pathlib.Path  # the folder with the Python package `corecast`
    scratch: pathlib.Path
    quick: bool

    @property
    def storage(self) -> pathlib.Path:
        """Where inputs that take long to make are kept between runs."""
        folder = cache_root() / "bench"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def peers(self) -> pathlib.Path:
        """The python of the peers; raises Failed where it cannot be had."""
        try:
            return environments.ensure("peers")
        except environments.NotRun as error:
            raise Failed(f"the peers could not be installed: {error}") from error

    def convert(self, model: pathlib.Path, *arguments: str) -> Outcome:
        """Convert `model`, without validation, into the scratch folder."""
        package = self.scratch / f"{model.stem}.mlpackage"
        outcome = measured([self.corecast, "convert", model, "-o", package, "--force", "--no-validate",
                            "--json", *arguments])
        if outcome.code != 0:
            raise Failed(f"convert: {outcome.complaint()}")
        return outcome


class Worker:
    """A script in the peers' environment that answers a JSON line with a JSON line."""

    def __init__(self, context: Context, script: str):
        self.process = subprocess.Popen([context.peers(), str(HERE / script)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)

    def ask(self, **request) -> dict:
        """Send a request; raises Failed when the worker says it failed, or died."""
        print(json.dumps(request), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise Failed("the peer's process died")
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_) -> None:
        self.process.stdin.close()
        self.process.wait()


def interleaved(rounds: int, **measure) -> dict[str, float]:
    """Call each function of `measure` in turn, `rounds` times over; the median of each."""
    values = {name: [] for name in measure}
    for _ in range(rounds):
        for name, function in measure.items():
            values[name].append(function())
    return {name: statistics.median(series) for name, series in values.items()}


def progress(text: str) -> None:
    """Say on stderr what is going on."""
    print(f"  {text}", file=sys.stderr, flush=True)
