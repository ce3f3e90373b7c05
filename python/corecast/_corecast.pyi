from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .compression import Compression

__version__: str

class Problem:
    severity: str
    code: str
    message: str
    help: str
    file: str
    graph: str
    node: str
    op: str
    source: str

class Feature:
    name: str
    dtype: str
    shape: tuple[int | str, ...]
    ranges: dict[str, tuple[int, int | None]]
    enumerated: list[list[int]]
    image: str | None
    image_scale: list[float]
    image_bias: list[float]
    optional: bool
    description: str

class Saved:
    path: str
    target: str
    target_reason: str
    bytes: int
    weight_bytes: int
    ops: int
    read_back: int

class State:
    def __getitem__(self, name: str) -> np.ndarray: ...
    def __setitem__(self, name: str, value: Any) -> None: ...
    def __len__(self) -> int: ...
    def __contains__(self, name: object) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def keys(self) -> list[str]: ...

class Model:
    inputs: list[Feature]
    outputs: list[Feature]
    states: list[Feature]
    function: str
    functions: list[str]
    precision: str
    engine: str
    path: str
    format: str
    problems: list[Problem]
    remarks: list[str]
    labels: list[str] | None
    unchanged: bool
    metadata: Mapping[str, str]
    compression: Compression | None
    def run(self, inputs: dict[str, Any], state: State | None = None) -> dict[str, np.ndarray]: ...
    def make_state(self) -> State: ...
    def save(self, path: Any, force: bool = False) -> Saved: ...
    def stats(self) -> dict[str, Any]: ...
    def text(self, dense_limit: int = 16) -> str: ...
    _metadata: dict[str, str]
    def _save(self, path: str, force: bool) -> Saved: ...

class OutputReport:
    name: str
    candidate_name: str
    passed: bool
    verdict: str
    reason: str
    allowed: float
    noise_floor: float
    compression: float
    compression_sqnr: float
    count: int
    same_shape: bool
    max_abs: float
    max_rel: float
    rmse: float
    range: float
    psnr: float
    sqnr: float
    centred_sqnr: float
    cosine: float
    nan_mismatches: int
    inf_mismatches: int
    top1: float
    top5: float

class Finding:
    code: str
    title: str
    severity: str
    kind: str
    node: str
    op: str
    value: str
    low: float
    high: float
    measured: bool
    fp16_only: bool
    handled: bool
    inputs: list[str]
    message: str
    remedy: str

class CheckReport:
    findings: list[Finding]
    warnings: list[Finding]
    problems: list[Problem]
    convertible: bool
    measured: bool
    ranges: dict[str, tuple[float, float, str]]

class Divergence:
    value: str
    op: str
    max_rel: float

class Report:
    passed: bool
    verdict: str
    acceptable: bool
    outputs: dict[str, OutputReport]
    first_divergence: Divergence | None
    first_lost: Divergence | None
    draws: int
    reference: str
    candidate: str
    precision: str
    samples: int
    generated: bool
    inputs_made: dict[str, str]
    sizes_run: str
    self_checked: str

def load(path: str, function: str = "", precision: str = "native", engine: str = "cpu") -> Model: ...
def convert_file(
    path: str,
    target: str,
    precision: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    bake: Mapping[str, float],
    images: Sequence[tuple[str, Sequence[float], Sequence[float], tuple[float, float] | None, str]],
    labels: str | None,
    measure: bool,
    data: str | None,
    ranges: Sequence[str],
) -> Model: ...
def convert_model(
    model: Model, target: str, precision: str, measure: bool, data: str | None, ranges: Sequence[str]
) -> Model: ...
def compress(
    model: Model,
    *,
    recipe: str,
    recipe_file: str,
    bits_per_weight: float | None,
    size: str,
    max_drop: str,
    target: str,
    data: str | None,
    seed: int,
    measure: bool,
    functions: Mapping[str, Callable[[np.ndarray], tuple[Any, Any]]],
) -> Model: ...
def decompress(model: Model) -> Model: ...
def compression_of(model: Model) -> dict[str, Any] | None: ...
def encode_array(array: Any, recipe: str, threads: int = 0, decode: bool = False) -> dict[str, Any]: ...
def groups_of(problems: Sequence[Problem]) -> list[tuple[str, list[Problem]]]: ...
def explain(name: str) -> str: ...
def check_file(
    path: str,
    target: str,
    precision: str,
    ranges: Sequence[str],
    inputs: Sequence[str],
    outputs: Sequence[str],
    bake: Mapping[str, float],
    measure: bool,
) -> CheckReport: ...
def validate(
    reference: str,
    candidate: str,
    *,
    data: str | None,
    inputs: Sequence[str],
    outputs: Sequence[str],
    bake: Mapping[str, float],
    runtime: str,
    precision: str,
    engine: str,
    expect: str,
    accept: str,
    ranges: Sequence[str],
    atol: float | None,
    rtol: float | None,
    seed: int,
    shapes: int,
    timeout: float,
    python: str,
) -> Report: ...
def set_threads(n: int) -> None: ...
def get_threads() -> int: ...
def evaluate(
    text: str, inputs: dict[str, Any], engine: str = "reference", precision: str = "fp32", threads: int = 1
) -> list[np.ndarray]: ...
def engines() -> list[dict[str, Any]]: ...
def trace(text: str, inputs: dict[str, Any]) -> list[dict[str, Any]]: ...
def op_table() -> list[dict[str, Any]]: ...
