#!/usr/bin/env python3
"""Fails on an #include against the arrows between folders, or on a third-party header where it may not be.

The tables are the architecture; changing one is a design decision. Headers in a folder `detail` are
private to the folder around it.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# folder -> all the folders it may include. An arrow leads no further: what those may include is not meant.
ARROWS = {
    "base": [],
    "ir": ["base"],
    "ops": ["base", "ir"],
    "passes": ["base", "ir", "ops"],
    "compress": ["base", "ir", "ops", "passes"],
    "converter/archive": ["base"],
    "converter/frontend.h": ["base", "ir"],
    "converter/emit": ["base", "ir", "ops", "converter/frontend.h"],
    "converter": ["base", "converter/frontend.h"],
    "converter/coreml": ["base", "ir", "ops", "converter/archive", "converter/frontend.h"],
    "executor": ["base", "ir", "ops"],
    "executor/cpu": ["base", "ir", "ops", "executor"],
    "validator": ["base", "ir", "ops", "executor"],
    "api": [
        "base", "ir", "ops", "passes", "compress", "executor", "validator",
        "converter", "converter/archive", "converter/coreml", "converter/frontend.h",
    ],
    "cli": ["base", "api"],
    "python": ["base", "api"],
}  # fmt: skip

# folder -> headers that it may include beyond its arrows.
EXCEPTIONS = {
    # A target brings passes of its own, legalisation above all: it uses the rewrite engine, and no other pass.
    "converter/coreml": ["passes/expand/expand.h", "passes/pass.h", "passes/pipeline.h", "passes/refresh.h"],
    # What `inspect` prints, and what `doctor` lists.
    "cli": ["ir/print.h", "executor/engine.h", "validator/runner.h"],
    # Python is also the bench where single ops are tried: text to IR, one op evaluated, one array coded.
    "python": [
        "ir/parse.h", "ir/print.h", "ir/text_names.h", "ir/trait_names.h", "ir/verify.h",
        "ops/interpret.h", "ops/ops.h", "converter/coreml/rules.h", "compress/encode.h",
    ],
}  # fmt: skip

# What a folder of converter/ that is not named above may include: it reads one format, and sees no other.
FRONTEND = ["base", "ir", "ops", "converter/emit", "converter/archive", "converter/frontend.h"]

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


def allowed(folder, target, header):
    """Whether a file of `folder` may include `header`, which lies in `target`."""
    return target == folder or target in ARROWS.get(folder, FRONTEND) or header in EXCEPTIONS.get(folder, [])


def stale_exceptions(used):
    """Exceptions that nothing needs any more: they would let the next one in unseen."""
    return [
        f"scripts/check_layers.py: no file of {folder} includes {header}; remove the exception"
        for folder, headers in EXCEPTIONS.items()
        for header in headers
        if (folder, header) not in used
    ]


def within(folder, names):
    return any(folder == name or folder.startswith(name + "/") for name in names)


def check_file(path, used):
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
            used.add((folder, header))
            if not allowed(folder, target, header):
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
    problems, used = [], set()
    for top in sorted({name.split("/")[0] for name in ARROWS}):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in {".h", ".cpp", ".mm"} and path.is_file():
                problems += check_file(path, used)
    problems += stale_exceptions(used)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
