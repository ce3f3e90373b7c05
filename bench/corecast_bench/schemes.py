"""What each scheme costs on trained weights, beside plain tables of as many bits: the table of docs/compression.md.

A scheme is compared with `--palettize BITS` on the weights that it fits, by name: both code the same weights and
leave the others alone. Errors are those that `corecast compress` reports: of the weights (decibels, by elements), and
of the outputs on the model's own first input. The table also goes to build/bench/schemes.md.
"""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess

import feeds
from catalogue import Model, find_model
from corecast_command import ROOT
from environments import NotRun

from .context import Context, Failed, progress
from .figures import Figure, not_run

MODELS = ["captcha_crnn", "ppocr4_rec", "g2p_bert", "minilm_int8"]
QUICK = ["captcha_crnn", "g2p_bert"]
EQUAL = 1.02  # times the bytes, at most
BETTER = 1  # dB that pairs and fours gain at least in equal bytes


def palette(bits: int, **more) -> dict:
    return {"name": "palettize", "bits": bits, **more}


# By bits a weight: what is typed, and the recipe's scheme; the first is what the others are compared with.
CLASSES = {
    4: {
        "--palettize 4": palette(4),
        "--palettize 4 --granularity group:16": palette(4, granularity="group:16"),
        "--palettize 4 --scale channel": palette(4, scale="channel"),
        "--palettize 8 --vector 2": palette(8, vector=2),
        "--palettize 8 --vector 2 --granularity group:128": palette(8, vector=2, granularity="group:128"),
        "--palettize 4 --granularity channel": palette(4, granularity="channel"),
        "--palettize 4 --scale block:32": palette(4, scale="block:32"),
        "--quantize int4": {"name": "quantize", "dtype": "int4"},
    },
    2: {
        "--palettize 2": palette(2),
        "--palettize 2 --granularity group:16": palette(2, granularity="group:16"),
        "--palettize 2 --scale channel": palette(2, scale="channel"),
        "--palettize 8 --vector 4": palette(8, vector=4),
        "--palettize 8 --vector 4 --granularity group:128": palette(8, vector=4, granularity="group:128"),
        "--palettize 2 --scale block:32": palette(2, scale="block:32"),
    },
}


@dataclasses.dataclass
class Coded:
    """A scheme on some weights: their elements, stored bytes, mean decibels, and decibels at the worst output."""

    elements: int
    bytes: int
    weights: float
    outputs: float

    @property
    def bits(self) -> float:
        return 8 * self.bytes / self.elements


@dataclasses.dataclass
class Row:
    """A scheme beside the plain one on the weights that it fits; `share` of all elements."""

    coded: Coded
    plain: Coded
    share: float

    @property
    def equal(self) -> bool:
        return self.coded.bytes <= EQUAL * self.plain.bytes

    @property
    def gain(self) -> float:
        return self.coded.weights - self.plain.weights


class Trial:
    """Codes one model's weights, without writing anything."""

    def __init__(self, context: Context, model: Model):
        self.context = context
        self.model = model
        self.known: dict[tuple, tuple[Coded | None, list[str]]] = {}

    def report(self, scheme: dict, match: dict) -> dict:
        """What `corecast compress` reports of a scheme for the weights that match."""
        recipe = self.context.scratch / "recipe.json"
        recipe.write_text(json.dumps({"rules": [{"match": match, "scheme": scheme}]}))
        inputs = [word for argument in self.model.convert for word in ("--input", argument)]
        done = subprocess.run([str(word) for word in (
            self.context.corecast, "compress", self.model.path, "-o", self.context.scratch / "none.mlpackage",
            "--dry-run", "--json", "--recipe", recipe, "--data", self.model.feed_path(0), *inputs)],
            capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed((done.stderr.strip().splitlines() or ["corecast compress failed"])[-1])
        return json.loads(done.stdout)["result"]["compression"]

    def code(self, scheme: dict, names: list[str] | None = None) -> tuple[Coded | None, list[str]]:
        """The scheme on the weights named (None: all) that it fits, None where it fits none; and their names."""
        key = json.dumps(scheme), tuple(names or ())
        if key not in self.known:
            report = self.report(scheme, {"name": names} if names else {})
            weights = [w for w in report["weights"] if "sqnr" in w]
            sizes = [math.prod(w["shape"]) for w in weights]
            coded = Coded(sum(sizes), sum(w["bytes_after"] for w in weights),
                          sum(n * float(w["sqnr"]) for n, w in zip(sizes, weights)) / sum(sizes),
                          min(float(o["sqnr"]) for o in report["outputs"])) if weights else None
            self.known[key] = coded, [w["name"] for w in weights]
        return self.known[key]


def rows_of(context: Context, name: str) -> dict[str, Row | None]:
    """A row for each scheme; None where it fits no weight."""
    model = find_model(name)
    feeds.prepare(model)
    trial = Trial(context, model)
    rows: dict[str, Row | None] = {}
    for schemes in CLASSES.values():
        plain = next(iter(schemes.values()))
        everything, all_names = trial.code(plain)
        for label, scheme in schemes.items():
            progress(f"{name}, {label}")
            coded, names = trial.code(scheme)
            if coded is None:
                rows[label] = None
                continue
            beside = everything if names == all_names else trial.code(plain, names)[0]
            rows[label] = Row(coded, beside, coded.elements / everything.elements)
    return rows


def table(results: dict[str, dict[str, Row | None]]) -> str:
    """The Markdown table: for each model bits a weight, and decibels of weights and outputs."""
    lines = ["| option | " + " | ".join(results) + " |", "|---" * (len(results) + 1) + "|"]
    for schemes in CLASSES.values():
        plain = next(iter(schemes))
        for label in schemes:
            cells = []
            for rows in results.values():
                row = rows[label]
                if row is None:
                    cells.append("fits none")
                    continue
                sign = "" if label == plain else "+"
                first, second = ((row.coded.weights, row.coded.outputs) if label == plain else
                                 (row.gain, row.coded.outputs - row.plain.outputs))
                share = "" if row.share > 0.995 else f", {row.share:.0%}"
                cells.append(f"{row.coded.bits:.2f}: {first:{sign}.1f} / {second:{sign}.1f}{share}")
            lines.append(f"| `{label}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def figures_of(name: str, rows: dict[str, Row | None]) -> list[Figure]:
    """What vectors gain over numbers where they take as many bytes."""
    figures = []
    for bits, schemes in CLASSES.items():
        for label in schemes:
            row = rows[label]
            if row is None or "--vector" not in label or not row.equal:
                continue
            figures.append(Figure(f"{name}: {label.replace('--', '')}", "dB", f">= +{BETTER} dB", row.coded.weights,
                                  row.plain.weights, row.gain >= BETTER,
                                  f"{row.gain:+.2f} dB in {row.coded.bits:.3f} bits a weight, "
                                  f"palettize {bits} in {row.plain.bits:.3f}"))
    return figures


def run(context: Context) -> list[Figure]:
    figures, results = [], {}
    for name in QUICK if context.quick else MODELS:
        try:
            results[name] = rows_of(context, name)
            figures += figures_of(name, results[name])
        except (Failed, NotRun) as failure:
            figures.append(not_run(f"{name}: vectors beside numbers", str(failure)))
    path = ROOT / "build" / "bench" / "schemes.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(table(results))
    progress(f"the table is in {path}")
    return figures
