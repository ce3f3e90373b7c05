#!/usr/bin/env python3
"""The ONNX node suite: counts by outcome, then the table of reasons.

Every case that does not pass stands in tests/python/onnx_node_skips.txt as `case | outcome | reason`.
Exit code: 0 as expected; 1 a wrong answer, a failure that is not listed, or an entry that passes;
4 the suite cannot be fetched.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import queue
import re
import select
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SKIPS = HERE.parent / "tests" / "python" / "onnx_node_skips.txt"
TIME_LIMIT = 120.0  # seconds for one case
PASSED = ("passed", "passed, constant")


class Worker:
    """A process that runs cases; started again when it dies."""

    def __init__(self):
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "onnx_node_worker.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "CORECAST_THREADS": "1"},
        )

    def run(self, name: str) -> tuple[str, str]:
        if self.process is None or self.process.poll() is not None:
            self.start()
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], TIME_LIMIT)
        line = self.process.stdout.readline() if ready else ""
        if line:
            _, outcome, why = json.loads(line)
            return outcome, why
        self.stop()
        return "error", f"the process died with code {self.process.returncode}" if ready else f"no answer in {TIME_LIMIT:.0f} s"

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def run(names: list[str], jobs: int | None = None, progress=None) -> dict[str, tuple[str, str]]:
    """{case: (outcome, reason)} of the cases, several at a time."""
    idle: queue.SimpleQueue = queue.SimpleQueue()
    jobs = jobs or len(os.sched_getaffinity(0))
    workers = [Worker() for _ in range(jobs)]
    for worker in workers:
        idle.put(worker)

    def one(name):
        worker = idle.get()
        try:
            return name, worker.run(name)
        finally:
            idle.put(worker)

    results = {}
    try:
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for name, result in pool.map(one, names):
                results[name] = result
                if progress:
                    progress(len(results), len(names))
    finally:
        for worker in workers:
            worker.stop()
    return results


def expectations() -> dict[str, tuple[str, str]]:
    """{case: (outcome, reason)} of the list."""
    table = {}
    for line in SKIPS.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, outcome, reason = (part.strip() for part in line.split("|", 2))
            table[name] = outcome, reason
    return table


def unexpected(results: dict[str, tuple[str, str]]) -> list[str]:
    """What is not as listed, one line each. A wrong answer is never as expected."""
    listed = expectations()
    lines = []
    for name, (outcome, why) in results.items():
        entry = listed.get(name)
        if outcome in PASSED:
            if entry:
                lines.append(f"{name} passes now: take it out of {SKIPS.name}")
        elif entry is None or outcome in ("wrong", "error") or entry[0] != outcome:
            lines.append(f"{name}: {outcome}: {why}")
    return lines


def general(reason: str) -> str:
    """The reason with names and numbers left out, so that alike ones count together."""
    code = re.match(r"E\d{4}", reason)
    head = code.group() if code else ""
    rest = re.sub(r"'[^']*'|\"[^\"]*\"", "'…'", reason[len(head) :])
    return head + re.sub(r"-?\d+(\.\d+)?", "N", rest)


def report(results: dict[str, tuple[str, str]]) -> str:
    """Counts by outcome, then the reasons."""
    counts = collections.Counter(outcome for outcome, _ in results.values())
    lines = [f"{count:6} {outcome}" for outcome, count in counts.most_common()]
    lines += [f"{len(results):6} in all", ""]
    reasons = collections.Counter((o, general(why)) for o, why in results.values() if o != "passed")
    lines += [f"{count:6} {outcome}: {why}" for (outcome, why), count in reasons.most_common()]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--filter", default="", help="only cases whose name has this in it")
    parser.add_argument("--list", default="", metavar="OUTCOME", help="name the cases of this outcome")
    parser.add_argument("--write-skips", action="store_true", help="rewrite the list of expected refusals")
    args = parser.parse_args()
    from onnx_node_cases import NotRun, names

    try:
        chosen = [name for name in names() if args.filter in name]
    except NotRun as error:
        print(f"not run: {error}", file=sys.stderr)
        return 4
    shown = sys.stderr.isatty()

    def progress(done, total):
        if shown:
            print(f"\r{done}/{total}", end="", file=sys.stderr)

    results = run(chosen, progress=progress)
    if shown:
        print(file=sys.stderr)
    print(report(results))
    for name, (outcome, why) in results.items():
        if outcome in ("wrong", "error") or outcome == args.list:
            print(f"{outcome}: {name}: {why}")
    if args.write_skips:
        rows = [f"{n} | {o} | {w}" for n, (o, w) in sorted(results.items()) if o not in (*PASSED, "wrong", "error")]
        SKIPS.write_text("# case | outcome | reason\n" + "\n".join(rows) + "\n")
    problems = unexpected(results)
    for line in problems:
        print(f"unexpected: {line}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
