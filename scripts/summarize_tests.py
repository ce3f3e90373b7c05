#!/usr/bin/env python3
"""Adds up what scripts/check ran: `summarize_tests.py RESULTS-FOLDER [ctest.xml] [pytest.xml]`.

Reads ctest.xml (each test is a Catch2 program; its own summary line holds the cases) and pytest.xml,
of which those named must be there (none named: both), and *.check files. Prints what failed, what
was not run, and last `N passed, N failed, N skipped`.
Exit code: 0 when all passed, 1 otherwise. With CI=true a test that could not run is a failure.
"""

import os
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

NOT_RUN = "not run"


class Totals:
    def __init__(self):
        self.passed = 0
        self.skipped = 0
        self.failures = []
        self.not_run = []


def catch_cases(output):
    """(passed, failed) test cases from the last lines of a Catch2 program, or None."""
    match = re.search(r"All tests passed \(.* in (\d+) test cases?\)", output)
    if match:
        return int(match[1]), 0
    match = re.search(r"^test cases:(.*)$", output, re.MULTILINE)
    if match:
        counts = {kind: int(n) for n, kind in re.findall(r"(\d+) (passed|failed)", match[1])}
        return counts.get("passed", 0), counts.get("failed", 0)
    return (0, 0) if "No tests ran" in output else None


def add_ctest(path, totals):
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"ctest {case.get('name')}"
        cases = catch_cases(case.findtext("system-out") or "")
        passed, failed = cases or (0, 0)
        totals.passed += passed
        totals.failures += [name] * failed
        if case.get("status") == "run" and cases is None:
            totals.passed += 1
        elif case.get("status") != "run" and not failed:
            totals.failures.append(f"{name} ({case.get('status')})")


def add_pytest(path, totals):
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            totals.failures.append(name)
        elif skipped is not None:
            message = skipped.get("message") or ""
            totals.skipped += 1
            if message.lower().startswith(NOT_RUN):
                totals.not_run.append(f"{name}: {message}")
        else:
            totals.passed += 1


def main():
    results = Path(sys.argv[1])
    totals = Totals()
    readers = {"ctest.xml": add_ctest, "pytest.xml": add_pytest}
    for name in sys.argv[2:] or readers:
        add = readers[name]
        if (results / name).exists():
            add(results / name, totals)
        else:
            totals.failures.append(f"{name} was not written")
    for path in sorted(results.glob("*.check")):
        if path.read_text().strip() == "passed":
            totals.passed += 1
        else:
            totals.failures.append(f"check {path.stem}")
    for name in dict.fromkeys(totals.failures):
        print(f"failed: {name}")
    for name in totals.not_run:
        print(name)
    failed = len(totals.failures)
    if os.environ.get("CI") == "true":
        failed += len(totals.not_run)
    print(f"{totals.passed} passed, {failed} failed, {totals.skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
