"""Every way of compressing that compress_matrix.py takes a model through: a table of command lines."""

from __future__ import annotations

import dataclasses
import json

INFINITE = float("inf")


@dataclasses.dataclass(frozen=True)
class Step:
    """One command: `corecast VERB IN -o OUT ARGUMENTS`, with a recipe file where there is one."""

    arguments: tuple[str, ...] = ()
    verb: str = "compress"
    recipe: dict | None = None


@dataclasses.dataclass(frozen=True)
class Case:
    """Steps, each on the package of the one before, and what must come out."""

    name: str
    steps: tuple[Step, ...]
    bits: float = INFINITE  # at most so many per compressed weight, scales and tables aside
    lossless: bool = False  # the last step changes no output
    # Models on which the validation must say no, and what it says: so few bits that activations
    # leave the range of fp16.
    fails: tuple[tuple[str, str], ...] = ()


def _flags(text: str) -> Step:
    return Step(tuple(text.split()))


def _recipe(*parts: dict) -> Step:
    return Step(recipe={"rules": [{"scheme": list(parts)}]})


def _one(text: str, bits: float, target: str = "") -> Case:
    name = text.replace("--", "")
    if target:
        return Case(f"{name} {target}", (_flags(f"{text} --target {target}"),), bits)
    return Case(name, (_flags(text),), bits)


def _palettes() -> list[Case]:
    cases = [
        _one(f"--palettize {bits} --granularity {granularity}", bits)
        for bits in (1, 2, 3, 4, 6, 8)
        for granularity in ("tensor", "channel", "group:16")
    ]
    cases += [_one(f"--palettize {bits} --mode uniform", bits) for bits in (2, 4, 8)]
    cases += [_one(f"--palettize 4 --vector {vector}", 4 / vector) for vector in (2, 4, 8)]
    cases += [_one("--palettize 4 --vector 4 --granularity group:16", 1)]
    cases += [_one(f"--palettize {bits} --scale {scale}", bits) for bits in (3, 4) for scale in ("channel", "block:16")]
    cases += [_one("--palettize 4 --granularity group:16 --scale channel", 4)]
    table = {"name": "palettize", "bits": 4, "table": "int8"}
    cases += [
        Case("palettize 4 int8 table", (_recipe(table),), 4),
        Case("palettize 4 int8 table ios26", (dataclasses.replace(_recipe(table), arguments=("--target", "ios26")),), 4),
        Case("palettize 4 int8 table vector", (_recipe({**table, "vector": 2}),), 2),
        Case("palettize 4 by input channels", (_recipe({"name": "palettize", "bits": 4, "granularity": "channel", "axis": "input"}),), 4),
    ]
    cases += [_one(f"--palettize {bits}", bits, target) for bits in (4, 8) for target in ("ios16", "ios26")]
    return cases


def _quantized() -> list[Case]:
    cases = []
    for dtype in ("int8", "uint8", "int4", "uint4"):
        bits = int(dtype[-1])
        for granularity in ("tensor", "channel", "block:32"):
            for offsets in ("", " --asymmetric"):
                cases.append(_one(f"--quantize {dtype} --granularity {granularity}{offsets}", bits))
    cases += [_one(f"--quantize {dtype} --mode {mode}", int(dtype[-1])) for dtype in ("int8", "int4") for mode in ("abs_max", "hqq")]
    cases += [_one("--quantize uint8 --asymmetric", 8, target) for target in ("ios16", "ios18", "ios26")]
    return cases


def _pruned() -> list[Case]:
    return [
        _one("--prune 0.5", 9),
        _one("--prune 0.5", 9, "ios16"),
        _one("--prune 0.5", 9, "ios18"),
        _one("--prune 0", 17),
        _one("--prune 1", 1),
        Case("prune threshold 0.02", (_recipe({"name": "prune", "threshold": 0.02}),), 17),
        _one("--prune 2:4", 9.5),
        _one("--prune 3:8", 11.5),
        Case("prune 0.5 block:4", (_recipe({"name": "prune", "ratio": 0.5, "block": 4}),), 10),
    ]


def _joined() -> list[Case]:
    prune, decompress = _flags("--prune 0.5"), Step(verb="decompress")
    threshold = {"name": "prune", "threshold": 0.02}
    return [
        _one("--prune 0.5 --palettize 4", 3.1),
        _one("--prune 0.5 --palettize 3 --granularity channel", 2.6),
        _one("--prune 0.5 --palettize 4 --scale channel", 3.1),
        _one("--prune 2:4 --palettize 4", 3.5),
        _one("--prune 0.5 --quantize int8", 5.1),
        _one("--prune 0.5 --quantize uint8 --asymmetric", 5.1),
        _one("--prune 0.5 --quantize int4 --granularity tensor", 3.1),
        Case("prune threshold + int4 block:16", (_recipe(threshold, {"name": "quantize", "dtype": "int4", "granularity": "block:16"}),), 5),
        Case("prune 0.5 + palettize 4 int8 table", (_recipe({"name": "prune", "ratio": 0.5}, {"name": "palettize", "bits": 4, "table": "int8"}),), 3.1),
        Case("pruned, then palettize 4", (prune, _flags("--palettize 4")), 3.1),
        Case("pruned, then quantize int8", (prune, _flags("--quantize int8")), 5.1),
        Case("palettize 4, then prune 0.5", (_flags("--palettize 4"), prune), 3.1),
        Case("palettize 4 group:16, then prune 0.5", (_flags("--palettize 4 --granularity group:16"), prune), 3.6),
        Case("quantize int8, then prune 0.5", (_flags("--quantize int8"), prune), 5.1),
        Case("quantize uint8 with offsets, then prune 2:4", (_flags("--quantize uint8 --asymmetric"), _flags("--prune 2:4")), 5.6),
        Case("quantize int4 block:16, then prune 0.5", (_flags("--quantize int4 --granularity block:16"), prune), 4.3),
        Case("palettize 4, decompress", (_flags("--palettize 4"), decompress), lossless=True),
        Case("prune + quantize int4, decompress", (_flags("--prune 0.5 --quantize int4 --granularity tensor"), decompress), lossless=True),
        Case("few values, then unique", (_flags("--palettize 4"), decompress, _flags("--palettize 8 --mode unique")), 8, lossless=True),
        Case("few values, then fewest bits", (_flags("--palettize 3"), decompress, _recipe({"name": "palettize", "mode": "unique"})), 3, lossless=True),
        Case("pruned, then its zeros found", (prune, decompress, _recipe({"name": "prune", "threshold": 0})), 9, lossless=True),
    ]


def _chosen() -> list[Case]:
    return [_one("--target-bpw 4.5", INFINITE), _one("--target-bpw 4.5", INFINITE, "ios16"), _one("--max-drop psnr=30", INFINITE)]


OVERFLOWS = ("pplcnet_orientation", "NaN on one side only")
OVERFLOWING = ("palettize 1 granularity tensor", "palettize 1 granularity group:16", "palettize 2 mode uniform")


def _marked(case: Case) -> Case:
    return dataclasses.replace(case, fails=(OVERFLOWS,)) if case.name in OVERFLOWING else case


CASES = _palettes() + _quantized() + _pruned() + _joined() + _chosen()
CASES = [_marked(case) for case in CASES]


def recipe_text(step: Step) -> str:
    """The recipe file of a step that has one."""
    return json.dumps(step.recipe)
