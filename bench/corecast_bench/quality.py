"""What compression costs at equal bytes: noise of weights, and of the outputs of real models.

Beside coremltools on the same weights, then our choice of schemes beside one scheme for all
weights. No data is used: where we run the model to find out what matters, it is on made-up inputs.
One row for each model says what a single real input, given as data, makes of it.
"""

from __future__ import annotations

import dataclasses
import math
import pathlib

import numpy as np

import feeds
from catalogue import Model, find_model
from fetch import NotRun

from .compressors import THREADS, ask_ours, ask_peer, code_ours, code_peer
from .context import Context, Failed, progress
from .figures import Figure, faster, not_run

ROWS, WIDTH = 1024, 4096
EQUAL = 1.001  # times the peer's bytes at most: a table takes a line of 64 bytes of its own

MODELS = ["pplcnet_orientation", "g2p_bert", "g2p_lstm_encoder", "wakeword_embedding", "silero_seq",
          "captcha_crnn", "dnsmos", "ppocr4_det"]
QUICK = ["g2p_bert", "wakeword_embedding"]
PEER_SCHEMES = {
    "tables by 16 channels": ["palettize", {"nbits": 4, "granularity": "per_grouped_channel", "group_size": 16,
                                            "num_kmeans_workers": THREADS}],
    "int4 block 32": ["quantize", {"dtype": "int4", "granularity": "per_block", "block_size": 32}],
}
BETTER = 2  # times less squared error than the other, at least
BETTER_WITH_DATA = 1 / 0.3


class Decibels(Figure):
    """A ratio of signal and noise: more is better, and what counts is the difference."""

    @property
    def ratio(self) -> float | None:
        return None


@dataclasses.dataclass(frozen=True)
class Match:
    """Codings of the same weights: the peer's (the best of several counts), and ours in no more bytes."""

    name: str
    peers: dict[str, list]
    ours: dict
    gains: dict[str, float]  # dB more than the peer's best, at least, by kind of weights


TABLES = {bits: ["palettize", {"bits": bits, "group": 16, "workers": THREADS}] for bits in (2, 4)}
INT4 = ["quantize", {"dtype": "int4", "block": 32}]
MATCHES = [
    Match("4 bits, the peer's best", {"tables by 16 channels": TABLES[4], "int4 block 32": INT4},
          {"name": "palettize", "bits": 4, "scale": "block:32"}, {"Gaussian": 1.5, "heavy tails": 2.5}),
    Match("4 bits, tables", {"tables by 16 channels": TABLES[4]},
          {"name": "palettize", "bits": 8, "vector": 2}, {"Gaussian": 0, "heavy tails": 0}),
    Match("2 bits, tables", {"tables by 16 channels": TABLES[2]},
          {"name": "palettize", "bits": 8, "vector": 4, "table": "int8"}, {"Gaussian": 0.8, "heavy tails": 3}),
]


def weights(kind: str, rows: int) -> np.ndarray:
    """Normal numbers, or rows of Student's t with 5 degrees of freedom, of log-normal sizes."""
    random = np.random.default_rng(0)
    if kind == "Gaussian":
        values = random.standard_normal((rows, WIDTH))
    else:
        values = random.standard_t(5, (rows, WIDTH)) * np.exp(0.5 * random.standard_normal((rows, 1)))
    return (0.02 * values).astype(np.float16)


def describe(scheme: dict) -> str:
    """A scheme in a few words."""
    parts = {"vector": "in {}s", "scale": "scale {}", "table": "{} table"}
    more = [text.format(scheme[key]) for key, text in parts.items() if key in scheme]
    return " ".join([f"{scheme['name']} {scheme['bits']} bits", *more])


def compare_arrays(context: Context, match: Match, kind: str) -> Figure:
    """Signal over noise of both sides' codings."""
    name = f"{kind}, {match.name}"
    values = weights(kind, ROWS)  # fewer would make the tables a larger part of the bytes
    array = context.scratch / "weights.npy"
    np.save(array, values)
    energy = float(np.square(values.astype(np.float64)).sum())
    best = min((code_peer(array, scheme) for scheme in match.peers.values()), key=lambda answer: answer["error"])
    ours = code_ours(context, array, match.ours, repeat=1)
    decibels = [10 * math.log10(energy / answer["error"]) for answer in (ours, best)]
    gain, least = decibels[0] - decibels[1], match.gains[kind]
    figure = Decibels(name, "dB", f">= {least:+g} dB", *decibels, met=gain >= least)
    bits = [8 * answer["bytes"] / values.size for answer in (ours, best)]
    figure.note = f"{gain:+.2f} dB, {describe(match.ours)}, {bits[0]:.3f} and {bits[1]:.3f} bits a weight"
    if ours["bytes"] > EQUAL * best["bytes"]:
        figure.met = False
        figure.note += ": too many bytes"
    return figure


@dataclasses.dataclass
class Packages:
    """A model as a package, and what has been made of it."""

    context: Context
    model: Model

    def path(self, label: str) -> pathlib.Path:
        return self.context.scratch / f"{self.model.name}.{label.replace(' ', '-')}.mlpackage"

    def convert(self) -> None:
        inputs = [word for argument in self.model.convert for word in ("--input", argument)]
        self.context.convert(self.model.path, "--target", "ios18", *inputs)
        (self.context.scratch / f"{self.model.path.stem}.mlpackage").rename(self.path("whole"))

    def by_peer(self, label: str) -> int:
        """Compress by one of PEER_SCHEMES; bytes of the package."""
        return ask_peer(package=str(self.path("whole")), scheme=PEER_SCHEMES[label],
                        output=str(self.path(label)))["bytes"]

    def by_us(self, label: str, **how) -> int:
        """Compress by us; bytes of the package."""
        return ask_ours(self.context, package=str(self.path("whole")), output=str(self.path(label)), **how)["bytes"]

    def feeds(self) -> list[str]:
        """The model's own inputs, a file each."""
        return [str(self.model.feed_path(index)) for index in self.model.feed_indices()]

    def errors(self, labels: list[str], without: int = 0) -> dict[str, float]:
        """Squared error of the outputs on the model's own inputs, relative to their energy; `without` the
        first of them."""
        answer = ask_ours(self.context, reference=str(self.path("whole")), feeds=self.feeds()[without:],
                          candidates=[str(self.path(label)) for label in labels])
        return dict(zip(labels, answer["errors"]))


def beside_peer(packages: Packages) -> list[Figure]:
    """Four bits by coremltools, the better of two ways, and ours in no more bytes; then ours with the
    first input as data, both judged on the others."""
    name = f"{packages.model.name}, 4 bits: output error"
    sizes = {label: packages.by_peer(label) for label in PEER_SCHEMES}
    theirs = packages.errors(list(sizes))
    best = min(theirs, key=theirs.get)
    used = packages.by_us("ours", goal={"size": sizes[best]})
    figure = faster(name, "", packages.errors(["ours"])["ours"], theirs[best], BETTER,
                    f"chosen schemes, {used / 1e3:.1f} kB; {best}, {sizes[best] / 1e3:.1f} kB")
    figure.met = figure.met and used <= sizes[best]
    if len(packages.feeds()) < 2:
        return [figure]
    used = packages.by_us("given", goal={"size": sizes[best]}, data=packages.feeds()[0])
    errors = packages.errors([best, "given"], without=1)
    given = faster("  one input given", "", errors["given"], errors[best], BETTER_WITH_DATA,
                   f"{used / 1e3:.1f} kB; {best}, {sizes[best] / 1e3:.1f} kB")
    given.met = given.met and used <= sizes[best]
    return [figure, given]


def beside_uniform(packages: Packages, bits: int) -> Figure:
    """Tables of `bits` bits with scales for every 32 weights, and schemes chosen in no more bytes."""
    size = packages.by_us("uniform", scheme=["Palettize", {"bits": bits, "scale": "block:32"}])
    used = packages.by_us("mixed", goal={"size": size})
    errors = packages.errors(["uniform", "mixed"])
    figure = faster(f"  chosen over uniform, {bits + 0.5} bits", "", errors["mixed"], errors["uniform"], BETTER,
                    f"{used / 1e3:.1f} kB; {size / 1e3:.1f} kB")
    figure.met = figure.met and used <= size
    return figure


def model_figures(context: Context, model: Model) -> list[Figure]:
    """The figures of one model."""
    packages = Packages(context, model)
    try:
        feeds.prepare(model)
        packages.convert()
    except (Failed, NotRun) as failure:
        return [not_run(f"{model.name}, 4 bits", str(failure))]
    figures = []
    try:
        figures += beside_peer(packages)
    except Failed as failure:
        figures.append(not_run(f"{model.name}, 4 bits", str(failure)))
    for bits in (4, 3, 2):
        try:
            figures.append(beside_uniform(packages, bits))
        except Failed as failure:
            figures.append(not_run(f"  chosen over uniform, {bits + 0.5} bits", str(failure)))
    return figures


def run(context: Context) -> list[Figure]:
    figures = []
    for match in MATCHES:
        for kind in match.gains:
            progress(f"{kind}, {match.name}")
            try:
                figures.append(compare_arrays(context, match, kind))
            except Failed as failure:
                figures.append(not_run(f"{kind}, {match.name}", str(failure)))
    for name in QUICK if context.quick else MODELS:
        progress(name)
        figures += model_figures(context, find_model(name))
    return figures
