#!/usr/bin/env python3
"""Virtual environments in the cache: `environments.py NAME` makes one and prints its python.

The tests and the benchmarks compare corecast with other people's software, which must not
get into anybody's own environment. Each environment is a list of install steps, made once
and remade when its steps change.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import venv

from catalogue import cache_root

# Each step is the tail of one `pip install`.
REFERENCE = [["numpy", "onnx==1.22.0", "onnxruntime==1.30.0", "pytest"]]

# torch first; the others would pull a CUDA build or a newer neighbour, hence --no-deps.
GENERATE = [
    ["torch==2.13.0", "numpy"],
    ["--no-deps", "torchvision==0.28.0", "timm==1.0.31", "transformers==4.57.6",
     "segmentation-models-pytorch==0.6.0", "onnxscript==0.7.2", "onnx==1.23.2",
     "tokenizers==0.22.1", "huggingface-hub==0.36.0"],
    ["safetensors", "regex", "requests", "pillow", "pyyaml", "tqdm", "einops", "packaging",
     "filelock", "ml_dtypes", "protobuf", "onnx_ir", "onnxruntime==1.30.0"],
]

# numpy 2.4 breaks many conversions of coremltools 9.0.
COREMLTOOLS = [["numpy<2.4", "coremltools==9.0"]]
PEERS = [
    ["torch==2.13.0", "numpy<2.4"],
    ["numpy<2.4", "coremltools==9.0", "onnxruntime==1.30.0", "onnx==1.22.0"],
    ["--no-deps", "onnx2coreml==1.1.0"],
]

# kmeans1d gives coremltools the exact k-means of its own choice, which beats scikit-learn's.
COMPRESSORS = [["numpy<2.4", "coremltools==9.0", "scikit-learn", "kmeans1d"]]

ENVIRONMENTS = {"reference": REFERENCE, "generate": GENERATE, "coremltools": COREMLTOOLS, "peers": PEERS,
                "compressors": COMPRESSORS}


class NotRun(Exception):
    """The environment could not be made, so whatever needed it was not run."""


def folder_of(name: str) -> pathlib.Path:
    """Where the environment called `name` lies."""
    return cache_root() / "venvs" / name


def stamp_of(name: str) -> str:
    """What tells an environment that is complete and up to date."""
    steps = json.dumps([sys.version_info[:2], ENVIRONMENTS[name]])
    return hashlib.sha256(steps.encode()).hexdigest()


def is_ready(name: str) -> bool:
    """Whether the environment is complete and up to date."""
    stamp = folder_of(name) / "complete"
    return stamp.exists() and stamp.read_text() == stamp_of(name)


def build(name: str) -> None:
    """Make the environment anew."""
    folder = folder_of(name)
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    for step in ENVIRONMENTS[name]:
        command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *step]
        done = subprocess.run(command, stdout=sys.stderr, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            raise NotRun(f"pip install {' '.join(step)}: {reason}")
    (folder / "complete").write_text(stamp_of(name))


def is_satisfied(requirement: str) -> bool:
    """Whether this interpreter has what `requirement` (NAME, NAME==V or NAME<V) asks for."""
    package, relation, wanted = re.fullmatch(r"([\w.-]+)(==|<)?(.*)", requirement).groups()
    try:
        version = importlib.metadata.version(package).split("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return False
    if relation == "<":
        return [int(n) for n in version.split(".")[:2]] < [int(n) for n in wanted.split(".")]
    return relation is None or version == wanted


def is_here(name: str) -> bool:
    """Whether this interpreter already has all that the environment called `name` has."""
    words = [word for step in ENVIRONMENTS[name] for word in step]
    return all(is_satisfied(word) for word in words if not word.startswith("-"))


def ensure(name: str) -> pathlib.Path:
    """A python with all of the environment called `name`: this one, or one that is made first."""
    if is_here(name):
        return pathlib.Path(sys.executable)
    folder = folder_of(name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / f".{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_ready(name):
            print(f"making the environment '{name}' in {folder}", file=sys.stderr)
            build(name)
    return folder / "bin" / "python"


def switch_to(name: str) -> None:
    """Restart this script in the environment called `name`, unless this interpreter will do.

    Ends the script with code 4 ("not run") where the environment cannot be made.
    """
    if is_here(name):
        return
    try:
        python = ensure(name)
    except NotRun as error:
        print(f"not run: {error}")
        sys.exit(4)
    os.execv(python, [str(python), *sys.argv])


def main() -> int:
    for name in sys.argv[1:] or sorted(ENVIRONMENTS):
        try:
            print(ensure(name))
        except NotRun as error:
            print(f"not run: {error}", file=sys.stderr)
            return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
