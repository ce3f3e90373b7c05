"""How compress.py and quality.py have an array or a package compressed: by us, and by coremltools."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import environments

from .context import HERE, Context, Failed

THREADS = 2


def _answer(command: list, environment: dict | None = None) -> dict:
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    lines = done.stdout.strip().splitlines()
    if done.returncode < 0:
        raise Failed(f"the worker was ended by signal {-done.returncode}")
    if done.returncode != 0 or not lines:
        raise Failed((done.stderr.strip().splitlines() or ["the worker died"])[-1])
    answer = json.loads(lines[-1])
    if "failure" in answer:
        raise Failed(answer["failure"])
    return answer


def ask_ours(context: Context, **request) -> dict:
    """The answer of compress_worker_ours.py, a process of its own; raises Failed."""
    path = os.pathsep.join([str(context.module), *(entry for entry in sys.path if entry)])
    return _answer([sys.executable, str(HERE / "compress_worker_ours.py"), json.dumps(request)],
                   {**os.environ, "PYTHONPATH": path})


def ask_peer(**request) -> dict:
    """The answer of compress_worker_peer.py, a process of its own; raises Failed."""
    try:
        python = environments.ensure("compressors")
    except environments.NotRun as error:
        raise Failed(f"coremltools could not be installed: {error}") from error
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return _answer([str(python), str(HERE / "compress_worker_peer.py"), json.dumps(request)], clean)


def code_ours(context: Context, array: pathlib.Path, recipe: dict, repeat: int) -> dict:
    """Seconds, bytes, error and memory of our coding of an array."""
    return ask_ours(context, array=str(array), recipe=recipe, threads=THREADS, repeat=repeat)


def code_peer(array: pathlib.Path, scheme: list) -> dict:
    """Seconds, bytes, error and memory of coremltools' coding of an array."""
    return ask_peer(array=str(array), scheme=scheme)
