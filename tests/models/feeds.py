#!/usr/bin/env python3
"""Make the inputs of every shipped model and ONNX Runtime's answers: `feeds.py [NAME...]`.

For feed K of model NAME the cache gets `feeds/NAME.K.npz` (inputs) and
`feeds/NAME.K.ref.npz` (outputs, graph optimisations off, one thread). Inputs are seeded by
model, feed and input name, so they are the same everywhere and for ever.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
import zlib

import environments

if __name__ == "__main__":
    environments.switch_to("reference")

import numpy as np  # noqa: E402

from catalogue import Model, feed_folder, find_model, shipped_models  # noqa: E402
from fetch import NotRun, fetch_package  # noqa: E402


def generator(*names: object) -> np.random.Generator:
    """A random generator that depends on nothing but `names`."""
    return np.random.default_rng(zlib.crc32(".".join(map(str, names)).encode()))


def make_image(rng: np.random.Generator, shape: list[int], spec: dict) -> np.ndarray:
    """Sixteen plane waves with fine noise on top, from `low` to `high`, then normalised by channel."""
    axes = np.meshgrid(*[np.linspace(0, 1, size) for size in shape[1:]], indexing="ij")
    image = 0.1 * rng.standard_normal(shape)
    for picture in image:
        for _ in range(16):
            slopes = rng.uniform(-20, 20, len(axes))
            turn = sum(slope * axis for slope, axis in zip(slopes, axes)) + rng.uniform(0, 6.28)
            picture += rng.standard_normal() * np.cos(turn)
    image = (image - image.min()) / (image.max() - image.min())
    image = spec["low"] + (spec["high"] - spec["low"]) * image
    if "mean" in spec:
        image = (image - np.reshape(spec["mean"], (3, 1, 1))) / np.reshape(spec["std"], (3, 1, 1))
    return image


def make_page(rng: np.random.Generator, shape: list[int], spec: dict) -> np.ndarray:
    """Lines of dark glyph-like marks on light paper, for models that look for text."""
    height, width = shape[2:]
    paper = 0.93 + 0.02 * rng.standard_normal(shape)
    for picture in paper:
        for top in range(12, height - 19, 32):
            for left in range(10, width - 21, 14):
                if rng.uniform() < 0.15:  # the space between words
                    continue
                picture[:, top:top + 20, left:left + 2] = 0.1
                for bar in rng.choice(4, size=2, replace=False):
                    picture[:, top + 6 * bar:top + 6 * bar + 2, left:left + 10] = 0.1
                if rng.uniform() < 0.5:
                    picture[:, top:top + 20, left + 8:left + 10] = 0.1
    return spec["low"] + (spec["high"] - spec["low"]) * np.clip(paper, 0, 1)


def make_audio(rng: np.random.Generator, shape: list[int], spec: dict) -> np.ndarray:
    """A voiced chirp with overtones and a little noise, at most `scale`; time is the longest axis."""
    axis = int(np.argmax(shape))
    rows = [size for place, size in enumerate(shape) if place != axis]
    time = np.arange(shape[axis]) / spec["rate"]
    sound = np.zeros([int(np.prod(rows)), shape[axis]])
    for row in sound:
        pitch, sweep = rng.uniform(90, 260), rng.uniform(-60, 120)
        for overtone in range(1, 7):
            turns = overtone * (pitch * time + 0.5 * sweep * time**2) + rng.uniform()
            row += np.sin(6.2831853 * turns) / overtone
    sound = 0.25 * sound + 0.02 * rng.standard_normal(sound.shape)
    sound = spec.get("scale", 1.0) * np.clip(sound, -1, 1)
    return np.moveaxis(sound.reshape([*rows, shape[axis]]), -1, axis)


def make_one_hot(rng: np.random.Generator, shape: list[int]) -> np.ndarray:
    """One 1 along the last axis of every row."""
    return np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]


def make_mask(shape: list[int]) -> np.ndarray:
    """Ones, with a tail of zeros that grows by an eighth with each row."""
    rows, length = shape
    kept = length - np.arange(rows) * (length // 8)
    return (np.arange(length) < kept[:, None]).astype(np.int64)


def make_bytes(rng: np.random.Generator, shape: list[int]) -> np.ndarray:
    """Bytes of a file, the last quarter of every other row padding (256)."""
    content = rng.integers(0, 256, shape)
    content[1::2, -shape[1] // 4:] = 256
    return content


def make_values(spec: dict, shape: list[int], index: int, shapes: dict, rng: np.random.Generator) -> np.ndarray:
    """The values that `spec` (one entry of a model's "inputs") describes."""
    match spec["kind"]:
        case "normal":
            values = rng.standard_normal(shape)
        case "uniform":
            values = rng.uniform(spec["low"], spec["high"], shape)
        case "integers":
            values = rng.integers(spec["low"], spec["high"], shape)
        case "zeros":
            values = np.zeros(shape)
        case "constant":
            values = np.full(shape, spec["value"])
        case "state":  # as it starts, then as it might be later
            values = np.zeros(shape) if index == 0 else 0.3 * rng.standard_normal(shape)
        case "lengths":  # the first row is full, each next one a quarter shorter
            values = shapes[spec["of"]][1] * 0.75 ** np.arange(shape[0])
        case "image":
            values = make_image(rng, shape, spec)
        case "page":
            values = make_page(rng, shape, spec)
        case "audio":
            values = make_audio(rng, shape, spec)
        case "onehot":
            values = make_one_hot(rng, shape)
        case "mask":
            values = make_mask(shape)
        case "bytes":
            values = make_bytes(rng, shape)
        case other:
            raise ValueError(f"unknown kind of input: {other}")
    return np.asarray(values).astype(spec["dtype"])


def make_feed(model: Model, index: int) -> dict[str, np.ndarray]:
    """The inputs of feed `index`; those of a twin are the twin's own, renamed."""
    if model.twin:
        twin_feed = make_feed(find_model(model.twin["model"]), index)
        return {ours: twin_feed[theirs] for ours, theirs in model.twin["inputs"].items()}
    shapes = model.feeds[index]
    return {name: make_values(spec, shapes[name], index, shapes, generator(model.name, index, name))
            for name, spec in model.inputs.items()}


def run_onnx(path: pathlib.Path, feed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """ONNX Runtime's answer, with graph optimisations off and one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feed)))


def reference_outputs(model: Model, feed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What the model, or its ONNX twin, answers to `feed`."""
    if not model.twin:
        return run_onnx(model.path, feed)
    twin = find_model(model.twin["model"])
    answer = run_onnx(twin.path, {theirs: feed[ours] for ours, theirs in model.twin["inputs"].items()})
    return {ours: answer[theirs] for ours, theirs in model.twin["outputs"].items()}


def save(path: pathlib.Path, arrays: dict[str, np.ndarray]) -> None:
    """Write an .npz that appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{os.getpid()}.{path.name}")
    with open(scratch, "wb") as handle:
        np.savez(handle, **arrays)
    os.replace(scratch, path)


def write_feed(model: Model, index: int, feed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Write feed `index` of the model and its reference outputs; returns the outputs."""
    outputs = reference_outputs(model, feed)
    save(model.reference_path(index), outputs)
    save(model.feed_path(index), feed)
    return outputs


def describe(arrays: dict[str, np.ndarray]) -> str:
    """Names, dtypes and shapes on one line."""
    return "; ".join(f"{name} {a.dtype}{list(a.shape)}" for name, a in arrays.items())


def prepare(model: Model, again: bool = False) -> None:
    """Fetch a shipped model and make its feeds, as far as they are missing; may raise NotRun."""
    needed = [model, find_model(model.twin["model"])] if model.twin else [model]
    for part in needed:
        fetch_package(part.package, [part])
    for index in range(len(model.feeds)):
        done = model.feed_path(index).exists() and model.reference_path(index).exists()
        if again or not done:
            feed = make_feed(model, index)
            outputs = write_feed(model, index, feed)
            print(f"{model.name}.{index}: {describe(feed)} -> {describe(outputs)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="models of models.json; all by default")
    parser.add_argument("--force", action="store_true", help="make feeds again that are there")
    arguments = parser.parse_args()
    missing = 0
    for model in [find_model(name) for name in arguments.names] or shipped_models():
        try:
            prepare(model, again=arguments.force)
        except NotRun as error:
            print(f"not run: {error}")
            missing += 1
    print(f"feeds are in {feed_folder()}")
    return 4 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
