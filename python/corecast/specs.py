"""How the inputs of a converted model look: Dim, TensorSpec and ImageSpec."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from .errors import UsageError

# numpy's names (and anything with one: numpy and torch dtypes) to the names of --input.
_DTYPES = {
    "bool": "bool",
    "int8": "i8",
    "int16": "i16",
    "int32": "i32",
    "int64": "i64",
    "uint8": "u8",
    "uint16": "u16",
    "uint32": "u32",
    "uint64": "u64",
    "float16": "f16",
    "bfloat16": "bf16",
    "float32": "f32",
    "float64": "f64",
    "half": "f16",
    "float": "f32",
    "double": "f64",
    "int": "i32",
    "long": "i64",
}


@dataclasses.dataclass(frozen=True)
class Dim:
    """A flexible size: `low` to `high` (None: without limit), or one of `values`.

    Sizes of one name are equal in every input.
    """

    name: str
    low: int = 1
    high: int | None = None
    values: tuple[int, ...] = ()

    def __post_init__(self):
        object.__setattr__(self, "values", tuple(int(v) for v in self.values))
        if not self.name or any(c in self.name for c in "[]{}=, "):
            raise UsageError(f"{self.name!r} is no name for a size", code="E1001")
        if self.low < 0 or (self.high is not None and self.high < self.low):
            raise UsageError(f"size {self.name}: no number lies in {self.low}..{self.high}", code="E1001")

    def __str__(self) -> str:
        if self.values:
            return f"{self.name}={{{','.join(map(str, self.values))}}}"
        return f"{self.name}={self.low}..{'' if self.high is None else self.high}"


def dtype_text(dtype) -> str:
    """The --input name of a dtype given by name, or as numpy's or torch's object. "" for None."""
    if dtype is None:
        return ""
    name = dtype if isinstance(dtype, str) else getattr(dtype, "__name__", None) or str(dtype)
    name = name.removeprefix("torch.")
    if name in _DTYPES.values():
        return name
    if name in _DTYPES:
        return _DTYPES[name]
    raise UsageError(f"{dtype!r} is no element type", code="E1001", help=f"one of {', '.join(_DTYPES)}")


def shape_text(shape: Sequence) -> str:
    """"[batch=1..8,3,seq]" of numbers, names and Dims."""
    return "[" + ",".join(d if isinstance(d, str) else str(d if isinstance(d, Dim) else int(d)) for d in shape) + "]"


@dataclasses.dataclass(frozen=True)
class TensorSpec:
    """An input: its sizes (numbers, names of sizes, or Dims; None: as the model says) and element type."""

    name: str
    shape: Sequence[int | str | Dim] | None = None
    dtype: object = None

    def __str__(self) -> str:
        dtype = dtype_text(self.dtype)
        shape = "" if self.shape is None else shape_text(self.shape)
        return f"{self.name}{shape}{{{dtype}}}" if dtype else f"{self.name}{shape}"


@dataclasses.dataclass(frozen=True)
class ImageSpec:
    """An input that apps give as a picture: f32[1,C,H,W] or f32[1,H,W,C], C = 3 (RGB) or 1 (grayscale).

    The package takes pixels from 0 to 255 and maps them to `range` (None: 0..1 with a mean or a std,
    else 0..255), then computes (x - mean) / std, as training did. mean and std are one number, or one
    per channel. shape, where the model leaves sizes open, is that of the source; layout is "nchw",
    "nhwc", or None: as the shape tells.
    """

    name: str
    shape: Sequence[int | str | Dim] | None = None
    mean: float | Sequence[float] | None = None
    std: float | Sequence[float] | None = None
    range: tuple[float, float] | None = None
    layout: str | None = None

    def __str__(self) -> str:
        return self.name + ("" if self.shape is None else shape_text(self.shape))

    def parts(self) -> tuple:
        """What the compiled module takes."""

        def numbers(value) -> list[float]:
            if value is None:
                return []
            return [float(v) for v in value] if isinstance(value, Sequence) else [float(value)]

        limits = None if self.range is None else (float(self.range[0]), float(self.range[1]))
        return self.name, numbers(self.mean), numbers(self.std), limits, self.layout or ""


def as_list(inputs) -> list:
    """Specs and strings as a list."""
    if inputs is None:
        return []
    return [inputs] if isinstance(inputs, (str, TensorSpec, Dim, ImageSpec)) else list(inputs)


def input_texts(inputs) -> list[str]:
    """Specs and strings as the strings that --input takes; nothing for an image without a shape."""
    return [str(spec) for spec in as_list(inputs) if not (isinstance(spec, ImageSpec) and spec.shape is None)]


def range_texts(ranges) -> list[str]:
    """{"x": (0, 255)} as texts of --range-of."""
    return [f"{name}={float(low)!r}..{float(high)!r}" for name, (low, high) in (ranges or {}).items()]
