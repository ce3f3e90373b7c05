"""How weights are compressed: Palettize, Quantize, Prune, Recipe, Goal; and the report, Compression."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def function_key(function: Callable) -> str:
    """How recipes and reports call a function."""
    code = getattr(function, "__code__", None)
    place = f":{code.co_firstlineno}" if code else f"@{id(function):x}"
    return getattr(function, "__qualname__", type(function).__name__) + place


class Scheme:
    """What a rule does to a weight. Schemes join with `+`: Prune(0.5) + Palettize(4)."""

    def parts(self) -> list[dict[str, Any]]:
        """The recipe's form of it."""
        raise NotImplementedError

    def __add__(self, other: Scheme) -> Joint:
        return Joint((self, other))


@dataclasses.dataclass(frozen=True)
class Joint(Scheme):
    """Several schemes on one weight."""

    schemes: tuple[Scheme, ...]

    def parts(self) -> list[dict[str, Any]]:
        return [part for scheme in self.schemes for part in scheme.parts()]


def _given(name: str, **fields) -> list[dict[str, Any]]:
    return [{"name": name, **{key: value for key, value in fields.items() if value is not None}}]


@dataclasses.dataclass(frozen=True)
class Palettize(Scheme):
    """Every weight becomes an index of `bits` bits into a table of 2^bits numbers.

    bits         1, 2, 3, 4, 6 or 8; None with mode "unique": as few as do
    granularity  what shares a table: "tensor", "channel" or "group:N" channels
    mode         "kmeans" (least error), "uniform" (evenly spaced) or "unique" (lossless)
    vector       weights that one index stands for: 1, 2, 4 or 8
    scale        scales beside the table: "channel" or "block:N"
    axis         tables by "output" or "input" channels
    table        entries are "float", or "int8" with one scale
    function     makes the table instead, alone: takes the weight as a float32 array, returns (table, indices),
                 at most 256 numbers and one index per weight
    """

    bits: int | None = 4
    granularity: str = "tensor"
    mode: str = "kmeans"
    vector: int = 1
    scale: str | None = None
    axis: str = "output"
    table: str = "float"
    function: Callable[[Any], tuple[Any, Any]] | None = None

    def parts(self) -> list[dict[str, Any]]:
        if self.function is not None:
            return _given("palettize", function=function_key(self.function))
        return _given("palettize", **{f.name: getattr(self, f.name) for f in dataclasses.fields(self)})


@dataclasses.dataclass(frozen=True)
class Quantize(Scheme):
    """Every weight becomes an integer, times a scale.

    dtype        "int8", "uint8", "int4" or "uint4"
    granularity  what shares a scale: "tensor", "channel" or "block:N"; None: "channel" for 8 bits,
                 "block:32" for 4
    symmetric    False: with an offset beside each scale
    scales       "mse" (least squared error), "abs_max" (the whole range) or "hqq"
    """

    dtype: str = "int8"
    granularity: str | None = None
    symmetric: bool = True
    scales: str = "mse"

    def parts(self) -> list[dict[str, Any]]:
        return _given("quantize", **dataclasses.asdict(self))


@dataclasses.dataclass(frozen=True)
class Prune(Scheme):
    """The weights nearest to zero become zero, and are not stored. One of ratio, threshold, n_m.

    ratio      the part that goes, 0 to 1
    threshold  all up to this magnitude go
    n_m        (2, 4) or "2:4": of every 4 along the input channels the 2 smallest go
    block      with ratio: whole blocks of so many output channels go
    """

    ratio: float | None = None
    threshold: float | None = None
    n_m: tuple[int, int] | str | None = None
    block: int | None = None

    def parts(self) -> list[dict[str, Any]]:
        n_m = self.n_m if self.n_m is None or isinstance(self.n_m, str) else f"{self.n_m[0]}:{self.n_m[1]}"
        return _given("prune", ratio=self.ratio, threshold=self.threshold, n_m=n_m, block=self.block)


@dataclasses.dataclass(frozen=True)
class Rule:
    """A scheme for the weights that match; None leaves them alone.

    op, name      patterns (* and ?) of the reading op's and the weight's name, or several
    min_elements  smaller weights do not match
    """

    scheme: Scheme | None
    op: str | Sequence[str] | None = None
    name: str | Sequence[str] | None = None
    min_elements: int | None = None
    max_elements: int | None = None

    def document(self) -> dict[str, Any]:
        def texts(value):
            return value if value is None or isinstance(value, str) else list(value)

        match = {"op": texts(self.op), "name": texts(self.name), "min_elements": self.min_elements, "max_elements": self.max_elements}
        parts = self.scheme.parts() if self.scheme else [{"name": "none"}]
        return {
            "match": {key: value for key, value in match.items() if value is not None},
            "scheme": parts[0] if len(parts) == 1 else parts,
        }


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Rules for all weights of a model; the last that matches a weight decides.

    rules  Rule objects or the dicts of a recipe file
    skip   patterns of names that are left alone
    """

    rules: Sequence[Rule | Mapping[str, Any]] = ()
    skip: Sequence[str] = ()

    def functions(self) -> dict[str, Callable]:
        """The table functions of the rules, by the names they have in to_json()."""
        schemes = [rule.scheme for rule in self.rules if isinstance(rule, Rule)]
        flat = [part for s in schemes for part in (s.schemes if isinstance(s, Joint) else (s,))]
        found = [s.function for s in flat if isinstance(s, Palettize) and s.function is not None]
        return {function_key(function): function for function in found}

    def to_json(self) -> str:
        rules = [rule.document() if isinstance(rule, Rule) else dict(rule) for rule in self.rules]
        return json.dumps({"rules": rules, "skip": list(self.skip)})


@dataclasses.dataclass(frozen=True)
class Goal:
    """Schemes are chosen for every weight so that one of these is reached.

    bpw       at most so many stored bits per weight
    size      at most so many bytes of package: a number, or text as "12MB"
    max_drop  the smallest package whose outputs hold this, against the uncompressed model's:
              "psnr=40,top1=0.99"
    """

    bpw: float | None = None
    size: int | str | None = None
    max_drop: str | None = None


@dataclasses.dataclass(frozen=True)
class WeightReport:
    """What happened to one weight. bits_per_weight and bytes are as stored, alignment included."""

    name: str
    ops: list[str]
    dtype: str
    shape: tuple[int, ...]
    scheme: str
    reason: str
    bits_per_weight: float
    bytes_before: int
    bytes_after: int
    sqnr: float
    relative_error: float
    optimum_gap: float
    compressed: bool


@dataclasses.dataclass(frozen=True)
class OutputCost:
    """What compression costs one output, against the uncompressed model on the same inputs."""

    name: str
    max_abs: float
    max_rel: float
    rmse: float
    psnr: float
    sqnr: float
    cosine: float
    top1: float


@dataclasses.dataclass(frozen=True)
class Compression:
    """The report of a compression. str() is the table."""

    weights: list[WeightReport]
    outputs: list[OutputCost]
    bytes_before: int
    bytes_after: int
    bits_per_weight: float
    goal: str
    text: str

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Compression:
        weights = [WeightReport(**w) for w in fields.pop("weights")]
        outputs = [OutputCost(**o) for o in fields.pop("outputs")]
        return cls(weights=weights, outputs=outputs, **fields)

    def __str__(self) -> str:
        return self.text

    def plot(self, path: str | os.PathLike) -> None:
        """Draws every compressed weight, its bytes against its relative error, into a PNG or SVG.

        Needs matplotlib: pip install "corecast[plot]".
        """
        from ._plot import plot_weights

        plot_weights(self, path)
