"""Find the `corecast` command, run it, and measure it."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILDS = ("build/release/cli/corecast", "build/check/cli/corecast", "build/dev/cli/corecast")


def find_corecast(given: str | None = None) -> pathlib.Path | None:
    """The command: `given`, $CORECAST_CLI, a build of this tree, or the one on the PATH."""
    named = given or os.environ.get("CORECAST_CLI")
    if named:
        return pathlib.Path(named).resolve() if pathlib.Path(named).exists() else None
    built = next((ROOT / place for place in BUILDS if (ROOT / place).exists()), None)
    on_path = shutil.which("corecast")
    return built or (pathlib.Path(on_path) if on_path else None)


@dataclasses.dataclass
class Outcome:
    """What one run of a command gave and cost."""

    code: int
    seconds: float
    peak_mb: float
    stdout: str
    stderr: str

    @property
    def document(self) -> dict:
        """The JSON document on stdout; empty when there is none."""
        try:
            return json.loads(self.stdout)
        except json.JSONDecodeError:
            return {}

    @property
    def diagnostics(self) -> list[dict]:
        """The diagnostics of the JSON document."""
        return self.document.get("diagnostics", [])

    def complaint(self) -> str:
        """One line that says what went wrong."""
        if self.diagnostics:
            first = self.diagnostics[0]
            return f"exit {self.code}: {first.get('code', '')} {first.get('message', '')}"
        last = (self.stderr.strip() or self.stdout.strip() or "it said nothing").splitlines()[-1]
        return f"exit {self.code}: {last}"


def measured(command: list, limit: int = 600, environment: dict | None = None) -> Outcome:
    """Run `command` for at most `limit` seconds; time and peak memory are the command's own."""
    with tempfile.TemporaryDirectory() as scratch:
        report = pathlib.Path(scratch) / "cost"
        launcher = [sys.executable, "-I", "-S", str(HERE / "measure.py"), str(report), str(limit)]
        done = subprocess.run([*launcher, *map(str, command)], capture_output=True, text=True,
                              env={**os.environ, **(environment or {})})
        if not report.exists():
            return Outcome(127, 0.0, 0.0, done.stdout, done.stderr)
        code, seconds, kilobytes = report.read_text().split()
    return Outcome(int(code), float(seconds), int(kilobytes) / 1024, done.stdout, done.stderr)


def plain_name(name: str) -> str:
    """A name as Core ML can hold it: what is not a letter, digit or '_' becomes '_'."""
    return re.sub(r"\W", "_", name).strip("_")


def match_names(wanted: list[str], offered: list[str]) -> dict[str, str]:
    """For each wanted name the offered one that is equal, or equal once both are plain."""
    plain = {plain_name(name): name for name in offered}
    pairs = {name: name if name in offered else plain.get(plain_name(name)) for name in wanted}
    return {name: found for name, found in pairs.items() if found is not None}
