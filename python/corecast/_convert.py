"""convert and load."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence

from . import _corecast
from ._corecast import Model
from ._source import data_file, model_file
from .errors import ConversionWarning, UsageError
from .specs import Dim, ImageSpec, TensorSpec, as_list, input_texts, range_texts


FEW_WARNINGS = 3  # of one kind, which are raised one by one


def _warn(model: Model) -> Model:
    for line, problems in _corecast.groups_of(model.problems):
        if problems[0].severity != "warning":
            continue
        many = len(problems) > FEW_WARNINGS
        for text in [f"{line}; all are in .problems"] if many else map(str, problems):
            warnings.warn(f"{problems[0].code} {text}", ConversionWarning, stacklevel=3)
    return model


def convert(
    model,
    target: str | None = None,
    precision: str = "auto",
    *,
    inputs: Sequence[TensorSpec | ImageSpec | Dim | str] | None = None,
    outputs: Sequence[str] | None = None,
    bake: Mapping[str, float] | None = None,
    labels: str | os.PathLike | None = None,
    base_dir: str | os.PathLike | None = None,
    measure: bool = True,
    data: str | os.PathLike | Mapping[str, object] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> Model:
    """Converts a model to an ML Program, ready to be run and saved. Nothing is written.

    model      path of an ONNX file, an onnx.ModelProto, or a Model
    target     "ios15" to "ios18", "ios26", "macos12" ...; None: the lowest that the result needs
    precision  "auto": fp16 wherever it holds, found by rules and by running the model; "fp16": by rules alone;
               "fp32"
    inputs     sizes and types where the model leaves them open, or differently: TensorSpec, Dim,
               ImageSpec for what apps give as pictures, or
               text as for the command's --input ("x[batch=1..8,3,224,224]{f32}", "seq=1..512")
    outputs    keep only these (any value's name)
    bake       inputs that become constants, by name
    labels     file with the names of the classes, one a line or a JSON array: makes a classifier
    base_dir   where the external data of a ModelProto lie
    measure    False: do not run the model for precision="auto"; rules decide
    data       inputs for that run: .npz or .npy file, a folder, or {name: array}; None: made up
    ranges     {"x": (0, 255)}: the smallest and the largest value of inputs that are made up

    Raises UnsupportedError with every reason in .problems, InputError, UsageError.
    """
    target = target or ""
    if isinstance(model, Model):
        if inputs or outputs or bake or labels:
            raise UsageError("inputs, outputs, bake and labels apply to a model that is read from a file", code="E1008")
        with data_file(data) as samples:
            return _warn(_corecast.convert_model(model, target, precision, measure, samples, range_texts(ranges)))
    with model_file(model, base_dir) as path, data_file(data) as samples:
        chosen = [outputs] if isinstance(outputs, str) else list(outputs or [])
        constants = {name: float(value) for name, value in (bake or {}).items()}
        images = [spec.parts() for spec in as_list(inputs) if isinstance(spec, ImageSpec)]
        texts = input_texts(inputs)
        names = None if labels is None else os.fspath(labels)
        return _warn(
            _corecast.convert_file(
                path, target, precision, texts, chosen, constants, images, names, measure, samples, range_texts(ranges)
            )
        )


def load(
    path,
    function: str | None = None,
    precision: str = "native",
    *,
    engine: str = "cpu",
    base_dir: str | os.PathLike | None = None,
) -> Model:
    """Reads a Core ML package or an ONNX model, to run it and look into it.

    path       of the package or file; an onnx.ModelProto is taken too
    function   of a package with several; None: the default one
    precision  "native" computes as the model declares, "fp32" and "fp16" whatever it declares
    engine     what computes: "cpu", or another that `corecast doctor` lists

    Raises InputError, UnsupportedError, UsageError; AbsentError (E4006) when the engine is not here.
    """
    with model_file(path, base_dir) as file:
        return _warn(_corecast.load(file, function or "", precision, engine))
