"""How fast packages run on the CPU, beside ONNX Runtime on the same model, fp32, two threads."""

from __future__ import annotations

import json
import os
import subprocess

from catalogue import Model, generated_models

from .context import HERE, Context, Failed, progress
from .figures import Figure, faster, not_run

MODELS = ["mobilenetv2.old", "resnet50.old", "bert_base.old"]
QUICK = ["mobilenetv2.old"]
AT_LEAST = 0.25  # of ONNX Runtime's speed
THREADS = 2


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
        note = "" if answer["error"] <= 1e-4 else f"answers differ by {answer['error']:.1e} of the range"
        figures.append(faster(label, "ms", answer["ours"], answer["peer"], AT_LEAST, note))
    return figures
