#!/usr/bin/env python3
"""Build well-known architectures with seeded weights and export them: `generate.py [NAME...]`.

Writes `generated/NAME.new.onnx` (torch's newer exporter) and `generated/NAME.old.onnx` (the
older one) into the cache, with feeds and ONNX Runtime's answers beside those of the shipped
models, and checks that both agree with eager torch. What is there already is left alone.
`--quick` takes the small everyday set only.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
import tempfile
import time

import environments

if __name__ == "__main__":
    environments.switch_to("generate")

import numpy as np  # noqa: E402

import feeds as feed_files  # noqa: E402
from catalogue import Model, generated_folder, generated_model, generated_rows  # noqa: E402

AGREEMENT = 1e-5  # of the output's range, between the exported file and eager torch


def export_new(name: str, module, feed: dict, path: pathlib.Path) -> None:
    """Export through torch.export."""
    import torch

    from architectures import DYNAMIC, EXTERNAL_DATA

    shapes = None
    if name in DYNAMIC:
        batch, length = torch.export.Dim("batch", max=512), torch.export.Dim("length", max=512)
        shapes = {key: {0: batch, 1: length} for key in feed}
    torch.onnx.export(module, tuple(feed.values()), str(path), dynamo=True, dynamic_shapes=shapes,
                      input_names=list(feed), external_data=name in EXTERNAL_DATA, verbose=False)


def export_old(name: str, module, feed: dict, path: pathlib.Path) -> None:
    """Export through TorchScript."""
    import torch

    from architectures import DYNAMIC, OLD_OPSET, SCRIPTED

    if name in SCRIPTED:
        module = torch.jit.script(module)
    axes = {key: {0: "batch", 1: "length"} for key in feed} if name in DYNAMIC else None
    torch.onnx.export(module, tuple(feed.values()), str(path), dynamo=False, dynamic_axes=axes,
                      input_names=list(feed), opset_version=OLD_OPSET.get(name, 17))


def export(name: str, form: str, module, feed: dict, target: pathlib.Path) -> None:
    """Export into `target`, which (with its external data) appears whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as scratch:
        fresh = pathlib.Path(scratch) / target.name
        (export_new if form == "new" else export_old)(name, module, feed, fresh)
        for part in sorted(pathlib.Path(scratch).iterdir(), key=lambda p: p == fresh):
            os.replace(part, target.with_name(part.name))


def disagreement(module, feed: dict, answer: dict[str, np.ndarray]) -> float:
    """Largest difference between eager torch and `answer`, in units of each output's range."""
    import torch

    with torch.no_grad():
        expected = module(*feed.values())
    expected = [expected] if isinstance(expected, torch.Tensor) else list(expected)
    worst = 0.0
    for ours, theirs in zip(expected, answer.values(), strict=True):
        ours = ours.numpy()
        worst = max(worst, float(np.abs(ours - theirs).max() / (np.ptp(ours) or 1.0)))
    return worst


def is_generated(model: Model) -> bool:
    """Whether the model and at least one feed with its answer are in the cache."""
    return model.path.exists() and bool(model.feed_indices())


def generate(row: dict, seed: int) -> list[str]:
    """Build one architecture and export what is missing; returns problems."""
    models = {form: generated_model(row, form) for form in ("new", "old")}
    if all(is_generated(model) for model in models.values()):
        return []
    import architectures

    module, feeds = architectures.build(row["name"], seed)
    count = sum(parameter.numel() for parameter in module.parameters())
    if count != row["parameters"]:
        return [f"{row['name']}: {count} parameters, not {row['parameters']}"]
    problems = []
    for form, model in models.items():
        start = time.monotonic()
        try:
            export(row["name"], form, module, feeds[0], model.path)
            for index, feed in enumerate(feeds):
                arrays = {key: value.numpy() for key, value in feed.items()}
                worst = disagreement(module, feed, feed_files.write_feed(model, index, arrays))
                if worst > AGREEMENT:
                    problems.append(f"{model.name}.{index}: {worst:.1e} of the range from eager torch")
                print(f"{model.name}.{index}: {time.monotonic() - start:.1f} s, "
                      f"{model.path.stat().st_size:,} bytes, error {worst:.1e}", flush=True)
        except Exception as error:  # an exporter may raise anything; go on with the next model
            problems.append(f"{model.name}: {type(error).__name__}: {str(error).splitlines()[0][:200]}")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="architectures; all by default")
    parser.add_argument("--quick", action="store_true", help="the small everyday set only")
    arguments = parser.parse_args()
    problems = []
    for position, row in enumerate(generated_rows()):
        wanted = row["name"] in arguments.names if arguments.names else True
        if wanted and (row.get("quick") or not arguments.quick):
            problems += generate(row, seed=100 + position)
    for problem in problems:
        print(f"wrong: {problem}")
    print(f"generated models are in {generated_folder()}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
