"""How fast weights in memory are compressed, beside coremltools with its best settings, on two threads.

Both sides get the same array; what counts is the call, from numbers to coded bytes. Then how
fast coded weights run on the CPU, beside the same weights in fp32.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import statistics
import subprocess

import numpy as np
import onnx
from onnx import TensorProto, helper

from .compressors import THREADS, code_ours, code_peer
from .context import Context, Failed, progress
from .figures import Figure, faster, limit, not_run

WIDTH = 4096
LEAST_ROWS = 1024  # of the quick run, and of what takes the peer minutes
PATIENCE = 60  # seconds for the peer, after which there are no more rounds
MEMORY = 24  # bytes per value, at most, at the peak


def palette(bits: int, **more) -> dict:
    return {"name": "palettize", "bits": bits, **more}


def integers(dtype: str, granularity: str, scales: str) -> dict:
    return {"name": "quantize", "dtype": dtype, "granularity": granularity, "scales": scales}


@dataclasses.dataclass(frozen=True)
class Case:
    """One way to code an array: the peer's, and ours with how many times faster each must be."""

    name: str
    peer: list
    ours: list[tuple[str, dict, float]]  # what to add to the name, recipe, target
    dtype: str = "float16"
    slow: bool = False  # the peer takes so long that it gets fewer rows


def palette_case(name: str, bits: int, target: float, group: int = 0, **more) -> Case:
    granularity = {0: "tensor", 1: "channel"}.get(group, f"group:{group}")
    peer = ["palettize", {"bits": bits, "group": group, "workers": THREADS if group else 1}]
    return Case(name, peer, [("", palette(bits, granularity=granularity), target)], **more)


CASES = [
    palette_case("palettize 4 bits", 4, 200),
    palette_case("palettize 6 bits", 6, 200),
    palette_case("palettize 8 bits", 8, 200),
    palette_case("palettize 4 bits, groups of 16", 4, 40, group=16),
    palette_case("palettize 4 bits, per channel", 4, 30, group=1, slow=True),
    palette_case("palettize 4 bits, from fp32", 4, 30, dtype="float32"),
    Case("palettize 8 bits, pairs", ["palettize", {"bits": 8, "vector": 2}],
         [("", palette(8, vector=2), 100)], slow=True),
    Case("int8 per channel", ["quantize", {"dtype": "int8"}],
         [("", integers("int8", "channel", "abs_max"), 250),
          (", least error", integers("int8", "channel", "mse"), 30)]),
    Case("int4 block 32", ["quantize", {"dtype": "int4", "block": 32}],
         [("", integers("int4", "block:32", "abs_max"), 250),
          (", least error", integers("int4", "block:32", "mse"), 30)]),
    Case("prune 50 %", ["prune", {"ratio": 0.5}], [("", {"name": "prune", "ratio": 0.5}, 150)]),
]


def write_array(context: Context, rows: int, dtype: str) -> pathlib.Path:
    """Normal noise of `rows` x WIDTH, in the scratch folder."""
    path = context.scratch / f"{rows}-{dtype}.npy"
    if not path.exists():
        np.save(path, (np.random.default_rng(0).standard_normal((rows, WIDTH)) * 0.02).astype(dtype))
    return path


def measure(context: Context, case: Case) -> list[Figure]:
    """The case's figures: time, for tables also the error and the memory."""
    rows = LEAST_ROWS if context.quick or case.slow else WIDTH
    array = write_array(context, rows, case.dtype)
    theirs, ours = [], [[] for _ in case.ours]
    for _ in range(1 if context.quick else 3):
        for answers, (_, recipe, _) in zip(ours, case.ours):
            answers.append(code_ours(context, array, recipe, repeat=5))
        theirs.append(code_peer(array, case.peer))
        if sum(answer["seconds"] for answer in theirs) > PATIENCE:
            break
    peer = statistics.median(answer["seconds"] for answer in theirs)
    figures = [faster(f"{case.name}{suffix}", "s", statistics.median(a["seconds"] for a in answers), peer, target)
               for answers, (suffix, _, target) in zip(ours, case.ours)]
    if case.peer[0] == "palettize":
        # k-means of the same array: what is left of it beside what the peer leaves.
        share = ours[0][0]["error"] / theirs[0]["error"]
        figures.append(limit("  inertia over the peer's", "x", share, 1, note=f"{share - 1:+.1e}"))
    if case.peer[1].get("bits") == 8 and "vector" not in case.peer[1]:
        values = rows * WIDTH
        figures.append(limit("  peak memory per value", "B", max(a["grown"] for a in ours[0]) / values, MEMORY,
                             max(a["grown"] for a in theirs) / values))
    return figures


def write_layer(path: pathlib.Path) -> None:
    """One linear layer without a bias, as ONNX."""
    weight = (np.random.default_rng(0).standard_normal((WIDTH, WIDTH)) * 0.02).astype(np.float32)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, WIDTH]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "layer", ends[:1], ends[1:],
                              [onnx.numpy_helper.from_array(weight, "w")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())


def command(context: Context, *words) -> str:
    """The output of a corecast command; raises Failed."""
    done = subprocess.run([str(context.corecast), *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed((done.stderr.strip().splitlines() or [f"corecast {words[0]} failed"])[-1])
    return done.stdout


def milliseconds(context: Context, package: pathlib.Path) -> float:
    """The median run of a package of one layer, on THREADS threads."""
    text = command(context, "bench", package, "--precision", "fp32", "--threads", THREADS, "--json",
                   "--seconds", 0.5 if context.quick else 2)
    return json.loads(text)["result"]["models"][0]["median_ms"]


def layer_figures(context: Context) -> list[Figure]:
    """A matrix-vector product with coded weights, beside the same in fp32; activations stay fp32."""
    name = "matrix-vector, {} over fp32"
    forms = {"int4 block 32": (["--quantize", "int4"], 2), "4-bit table": (["--palettize", 4], 5)}
    model, dense = context.scratch / "layer.onnx", context.scratch / "dense.mlpackage"
    write_layer(model)
    command(context, "convert", model, "-o", dense, "--precision", "fp32", "--target", "ios18", "--no-validate")
    packages = {"dense": dense}
    for form, (flags, _) in forms.items():
        packages[form] = context.scratch / f"{form.replace(' ', '-')}.mlpackage"
        command(context, "compress", dense, "-o", packages[form], "--no-validate", *flags)
    times = {form: [] for form in packages}
    for _ in range(1 if context.quick else 5):
        for form, package in packages.items():
            times[form].append(milliseconds(context, package))
    medians = {form: statistics.median(values) for form, values in times.items()}
    return [faster(name.format(form), "ms", medians[form], medians["dense"], target)
            for form, (_, target) in forms.items()]


def run(context: Context) -> list[Figure]:
    figures = []
    for case in CASES:
        progress(case.name)
        try:
            figures += measure(context, case)
        except Failed as failure:
            figures.append(not_run(case.name, str(failure)))
    progress("a linear layer with coded weights")
    try:
        figures += layer_figures(context)
    except Failed as failure:
        figures.append(not_run("matrix-vector with coded weights", str(failure)))
    return figures
