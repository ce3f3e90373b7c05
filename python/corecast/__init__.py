"""corecast: converts ONNX models to Core ML, runs the result anywhere, and says how far apart they are."""

from ._corecast import (
    CheckReport,
    Divergence,
    Feature,
    Finding,
    Model,
    OutputReport,
    Problem,
    Report,
    Saved,
    State,
    __version__,
    explain,
    get_threads,
    set_threads,
)
from . import _model, errors, testing
from ._check import check
from ._convert import convert, load
from ._validate import validate
from .errors import (
    AbsentError,
    ConversionWarning,
    Error,
    GateError,
    InputError,
    InternalError,
    LimitError,
    UnsupportedError,
    UsageError,
)
from .specs import Dim, ImageSpec, TensorSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._compress import compress, decompress
    from .compression import Compression, Goal, Palettize, Prune, Quantize, Recipe, Rule

# Loaded when first asked for: importing corecast stays quick.
_LATER = {
    "Compression": "compression",
    "Goal": "compression",
    "Palettize": "compression",
    "Prune": "compression",
    "Quantize": "compression",
    "Recipe": "compression",
    "Rule": "compression",
    "compress": "_compress",
    "decompress": "_compress",
}


def __getattr__(name: str):
    if name not in _LATER:
        raise AttributeError(f"module 'corecast' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module("." + _LATER[name], __name__), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *_LATER})


__all__ = [
    "AbsentError",
    "CheckReport",
    "Compression",
    "ConversionWarning",
    "Dim",
    "Divergence",
    "Error",
    "Feature",
    "Finding",
    "GateError",
    "ImageSpec",
    "InputError",
    "InternalError",
    "LimitError",
    "Model",
    "OutputReport",
    "Palettize",
    "Problem",
    "Prune",
    "Quantize",
    "Recipe",
    "Report",
    "Rule",
    "Saved",
    "State",
    "TensorSpec",
    "UnsupportedError",
    "UsageError",
    "__version__",
    "check",
    "compress",
    "convert",
    "decompress",
    "errors",
    "explain",
    "get_threads",
    "load",
    "set_threads",
    "testing",
    "validate",
]

for _class in (CheckReport, Divergence, Feature, Finding, Model, OutputReport, Problem, Report, Saved, State):
    _class.__module__ = "corecast"
del _class
