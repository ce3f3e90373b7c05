#!/usr/bin/env python3
"""Virtual environments in the cache: `environments.py NAME` makes one and prints its python.

The tests and the benchmarks compare corecast with other people's software, which must not
get into anybody's own environment. Each environment is a list of install steps, made once
and remade when its steps change.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pathlib
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

ENVIRONMENTS = {"reference": REFERENCE, "generate": GENERATE, "coremltools": COREMLTOOLS, "peers": PEERS}


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


def ensure(name: str) -> pathlib.Path:
    """The python of the environment called `name`, made first where it is missing."""
    folder = folder_of(name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / f".{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_ready(name):
            print(f"making the environment '{name}' in {folder}", file=sys.stderr)
            build(name)
    return folder / "bin" / "python"


def switch_to(name: str) -> None:
    """Go on in the environment called `name`: restarts this script there unless it runs there."""
    python = ensure(name)
    if pathlib.Path(sys.prefix).resolve() != folder_of(name).resolve():
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
