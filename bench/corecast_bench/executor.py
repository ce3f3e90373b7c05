"""How fast packages run on the CPU, beside ONNX Runtime on the same model, fp32, two threads.

Of our own: the cost of rounding every intermediate to fp16, memory against what must be alive at
once, and steps without a fast kernel.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess

from catalogue import Model, generated_models

from .context import HERE, Context, Failed, progress
from .figures import Figure, faster, limit, not_run

MODELS = ["mobilenetv2.old", "resnet50.old", "bert_base.old"]
QUICK = ["mobilenetv2.old"]
AT_LEAST = 0.25  # of ONNX Runtime's speed
THREADS = 2
SAME = 1e-4  # of an output's range
ROUNDING = 1.5  # at most, times the time in fp32
ARENA = 1.1  # at most, times the bytes alive at once


def measure(context: Context, model: Model) -> dict:
    """Milliseconds of a run, ours and the peer's, in one process that alternates between them."""
    context.convert(model.path, "--precision", "fp32")
    package = context.scratch / f"{model.path.stem}.mlpackage"
    request = {"onnx": str(model.path), "package": str(package), "feed": str(model.feed_path(0)),
               "threads": THREADS, "rounds": 5 if context.quick else 20}
    done = subprocess.run([context.peers(), str(HERE / "executor_worker.py"), json.dumps(request)],
                          capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(context.module)})
    if done.returncode != 0:
        raise Failed((done.stderr.strip().splitlines() or ["the worker died"])[-1])
    return json.loads(done.stdout)


def times(context: Context, package: pathlib.Path, precision: str) -> dict:
    """What `corecast bench` says of the package."""
    command = [str(context.corecast), "bench", str(package), "--precision", precision, "--json",
               "--threads", str(THREADS), "--seconds", "1" if context.quick else "4"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed((done.stderr.strip().splitlines() or ["corecast bench failed"])[-1])
    return json.loads(done.stdout)["result"]["models"][0]


def own_figures(context: Context, model: Model) -> list[Figure]:
    """Figures that need no peer; the package is there already."""
    package = context.scratch / f"{model.path.stem}.mlpackage"
    plain, rounded = times(context, package, "fp32"), times(context, package, "fp16")
    slow = sum(step["kernel"] == "reference" for step in plain["steps"])
    return [
        limit(f"{model.name}, fp16 mode over fp32", "x", rounded["median_ms"] / plain["median_ms"], ROUNDING),
        limit(f"{model.name}, arena over live bytes", "x", plain["arena_bytes"] / plain["live_bytes"], ARENA),
        limit(f"{model.name}, steps without a fast kernel", "steps", slow, 0),
    ]


def run(context: Context) -> list[Figure]:
    table = {model.name: model for model in generated_models()}
    figures = []
    for name in QUICK if context.quick else MODELS:
        model, label = table[name], f"{name}, batch 1, {THREADS} threads"
        progress(name)
        if not model.path.exists():
            figures.append(not_run(label, "not generated: run tests/models/generate.py"))
            continue
        try:
            answer = measure(context, model)
        except Failed as failure:
            figures.append(not_run(label, str(failure)))
            continue
        figures.append(faster(label, "ms", answer["ours"], answer["peer"], AT_LEAST))
        if answer["error"] > SAME:  # a wrong answer is no answer, however fast
            figures[-1].met = False
            figures[-1].note = f"answers differ by {answer['error']:.1e} of the range"
        try:
            figures += own_figures(context, model)
        except Failed as failure:
            figures.append(not_run(f"{model.name}, memory and rounding", str(failure)))
    return figures
