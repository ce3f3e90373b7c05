"""How long the command and the Python module take to start, beside coremltools."""

from __future__ import annotations

import os
import statistics

from corecast_command import measured

from .context import Context, Failed, interleaved, progress
from .figures import Figure, limit, not_run

# Prints seconds and megabytes that an import costs on top of a bare python.
IMPORT = """
import os, time
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
before, start = resident(), time.perf_counter()
import {module}
print(time.perf_counter() - start, resident() - before)
"""


def import_cost(context: Context, module: str) -> tuple[float, float]:
    """Seconds and megabytes that `import module` costs in a fresh python."""
    path = os.pathsep.join(filter(None, [str(context.module)]))
    outcome = measured([context.peers(), "-c", IMPORT.format(module=module)], environment={"PYTHONPATH": path})
    if outcome.code != 0:
        raise Failed(f"import {module}: {outcome.complaint()}")
    seconds, megabytes = outcome.stdout.split()[-2:]
    return float(seconds), float(megabytes)


def version_seconds(context: Context) -> float:
    """Seconds that `corecast --version` takes."""
    outcome = measured([context.corecast, "--version"])
    if outcome.code != 0:
        raise Failed(f"--version: {outcome.complaint()}")
    return outcome.seconds


def run(context: Context) -> list[Figure]:
    rounds = 10 if context.quick else 40
    version = interleaved(rounds, ours=lambda: version_seconds(context))["ours"]
    figures = [limit("corecast --version", "ms", version * 1e3, 20)]
    try:
        progress("import coremltools")
        theirs = [import_cost(context, "coremltools") for _ in range(2 if context.quick else 5)][1:]
        progress("import corecast")
        ours = [import_cost(context, "corecast") for _ in range(rounds)]
    except Failed as failure:
        return [*figures, not_run("import", str(failure))]
    seconds, megabytes = (statistics.median(column) for column in zip(*ours))
    peer_seconds, peer_megabytes = (statistics.median(column) for column in zip(*theirs))
    return [
        *figures,
        limit("import corecast / import coremltools", "ms", seconds * 1e3, 50, peer_seconds * 1e3),
        limit("  memory that it adds", "MB", megabytes, 40, peer_megabytes),
    ]
