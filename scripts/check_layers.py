#!/usr/bin/env python3
"""Fails on an #include against the arrows between folders, or on a third-party header where it may not be.

The tables are the architecture; changing one is a design decision. Headers in a folder `detail` are
private to the folder around it.
"""

import functools
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# folder -> the folders it may include directly; what those may include, it may too.
ARROWS = {
    "base": [],
    "ir": ["base"],
    "ops": ["ir"],
    "passes": ["ops"],
    "compress": ["passes"],
    "converter/archive": ["base"],
    "converter/frontend.h": ["ir"],
    "converter/emit": ["ops", "converter/frontend.h"],
    "converter": ["converter/frontend.h"],
    "converter/coreml": ["ops", "converter/archive", "converter/frontend.h"],
    "executor": ["ops"],
    "executor/cpu": ["executor"],
    "validator": ["executor"],
    "api": [
        "passes", "compress", "validator", "converter/archive", "converter", "converter/coreml",
    ],
    "cli": ["api"],
    "python": ["api"],
}  # fmt: skip

# folder -> headers that it may include beyond its arrows.
EXCEPTIONS = {
    # A target brings passes of its own, legalisation above all: it uses the rewrite engine, and no other pass.
    "converter/coreml": ["passes/expand/expand.h", "passes/pass.h", "passes/pipeline.h", "passes/refresh.h"],
}  # fmt: skip

# What a folder of converter/ that is not named above may include: it reads one format, and sees no other.
FRONTEND = ["converter/emit", "converter/archive"]

# header prefix -> the folders that may include it.
THIRD_PARTY = {
    "onnx/": ["converter/onnx"],
    "google/protobuf/": ["converter/onnx", "converter/coreml"],
    "nlohmann/": ["converter", "compress", "validator", "api", "cli", "executor"],
    "CLI/": ["cli"],
    "pybind11/": ["python"],
    "zlib.h": ["converter/archive", "api"],
    "catch2/": [],
    "torch/": [],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path):
    """The layer a repository-relative path belongs to, or None."""
    parts = path.split("/")
    if path in ARROWS:
        return path
    if parts[0] == "converter" and len(parts) > 2:
        return "/".join(parts[:2])
    for length in (2, 1):
        name = "/".join(parts[:length])
        if len(parts) > length and name in ARROWS:
            return name
    return None


@functools.cache
def closure(folder):
    seen, todo = {folder}, [folder]
    while todo:
        for below in ARROWS.get(todo.pop(), FRONTEND):
            if below not in seen:
                seen.add(below)
                todo.append(below)
    return seen


def within(folder, allowed):
    return any(folder == name or folder.startswith(name + "/") for name in allowed)


def check_file(path):
    relative = path.relative_to(ROOT).as_posix()
    folder = folder_of(relative)
    if folder is None:
        return [f"{relative}:1: lies in no known folder; see ARROWS in scripts/check_layers.py"]
    problems = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, header = match.groups()
        target = folder_of(header)
        where = f"{relative}:{number}"
        if target is not None:
            owner, detail, _ = header.partition("/detail/")
            if detail and not relative.startswith(owner + "/"):
                problems.append(f"{where}: {header} is private to {owner}")
            if target not in closure(folder) and header not in EXCEPTIONS.get(folder, []):
                problems.append(f"{where}: {folder} may not include {target} ({header})")
            continue
        if quote == '"' and not header.endswith(".pb.h") and not (ROOT / header).exists():
            problems.append(f'{where}: "{header}" is not a path from the repository root')
            continue
        for prefix, folders in THIRD_PARTY.items():
            if header.startswith(prefix) and not within(folder, folders):
                problems.append(f"{where}: {folder} may not include {header}")
    return problems


def main():
    problems = []
    for top in sorted({name.split("/")[0] for name in ARROWS}):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in {".h", ".cpp", ".mm"} and path.is_file():
                problems += check_file(path)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
