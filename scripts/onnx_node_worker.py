"""Runs cases of the ONNX node suite: reads names from standard input, writes a JSON line for each.

A process of its own, so that a crash or an endless loop costs one case.

Each case is imported and executed as it stands, then converted to an fp32 package, written, read back
and executed. Where that is refused because a size or an axis arrives as an input, all inputs but the
first are made constants and both are tried again. Outcomes:

  passed             both agree with the expected outputs
  passed, constant   both agree once the parameters are constants
  passed, import     the imported model agrees; the package is refused
  unsupported        the import is refused
  wrong              an output differs
  error              neither a number nor a refusal: an internal error, or one of a run
"""

from __future__ import annotations

import json
import os
import pathlib
import sys
import tempfile
import warnings

import numpy as np
import onnx
from onnx import numpy_helper

import corecast as cc
from onnx_node_cases import folder

# As onnx.backend.test compares.
RTOL, ATOL = 1e-3, 1e-7
# Half precision: two roundings of a sum near one.
RTOL_HALF, ATOL_HALF = 2e-3, 1e-3


class NoArray(Exception):
    """An input or output is a sequence, an optional or a map."""


def read_values(data: pathlib.Path, kind: str, infos) -> list[np.ndarray]:
    """The arrays of input_K.pb or output_K.pb."""
    values = []
    for k, info in enumerate(infos):
        if info.type.WhichOneof("value") != "tensor_type":
            raise NoArray(f"{info.name} is of {info.type.WhichOneof('value').removesuffix('_type')} type")
        path = data / f"{kind}_{k}.pb"
        tensor = onnx.TensorProto()
        tensor.ParseFromString(path.read_bytes())
        values.append(numpy_helper.to_array(tensor))
    return values


def differs(got: np.ndarray, want: np.ndarray) -> str:
    """Why they do not agree; empty when they do."""
    if got.shape != want.shape:
        return f"shape {list(got.shape)}, expected {list(want.shape)}"
    if want.dtype.kind in "OUS" or got.dtype.kind in "OUS":
        return "" if np.array_equal(got.astype(str), want.astype(str)) else "text differs"
    if want.dtype.kind == "c":
        return "complex"
    half = want.dtype.itemsize <= 2 and want.dtype.kind not in "biu"
    wide = want.astype(np.float64)
    exact = want.dtype.kind in "biu"
    with np.errstate(all="ignore"):
        close = np.isclose(
            got.astype(np.float64),
            wide,
            rtol=0 if exact else RTOL_HALF if half else RTOL,
            atol=0 if exact else ATOL_HALF if half else ATOL,
            equal_nan=True,
        )
    bad = np.flatnonzero(~close)
    if not bad.size:
        return ""
    i = bad[0]
    return f"{bad.size} of {want.size} elements; element {i} is {got.ravel()[i]!s}, expected {want.ravel()[i]!s}"


def is_random(graph) -> bool:
    """Whether the graph draws numbers: no two runtimes draw the same."""
    return any(node.op_type.startswith(("Random", "Bernoulli", "Multinomial")) for node in graph.node)


def not_alike(got: np.ndarray, want: np.ndarray) -> str:
    """Why the one cannot have been drawn as the other was; empty when it can."""
    if got.shape != want.shape:
        return f"shape {list(got.shape)}, expected {list(want.shape)}"
    strange = set(got.ravel().tolist()) - {0, 1}
    return f"{strange.pop()} is neither 0 nor 1" if set(want.ravel().tolist()) <= {0, 1} and strange else ""


def compare(model, feeds, wants, random) -> str:
    """Runs the model; why its outputs are not what they should be, else empty."""
    # Core ML has no scalars: a package takes them as vectors of one element.
    expected = {f.name: len(f.shape) for f in model.inputs}
    outputs = model.run(
        {k: v.reshape(1) if (v.ndim, expected[k]) == (0, 1) else v for k, v in feeds.items() if k in expected}
    )
    names = [f.name for f in model.outputs]
    if len(names) != len(wants):
        return f"{len(names)} outputs, expected {len(wants)}"
    for name, want in zip(names, wants):
        if why := (not_alike if random else differs)(outputs[name], want):
            return f"{name}: {why}"
    return ""


def with_constants(model: onnx.ModelProto, feeds) -> onnx.ModelProto:
    """The model with every input but the first turned into an initialiser."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    for info in list(out.graph.input)[1:]:
        tensor = numpy_helper.from_array(feeds[info.name], info.name)
        tensor.data_type = info.type.tensor_type.elem_type
        out.graph.initializer.append(tensor)
        out.graph.input.remove(info)
    return out


def reason(error: Exception) -> str:
    """One line for the table of reasons."""
    if isinstance(error, cc.Error):
        first = error.problems[0] if error.problems else error
        place = f" ({first.op})" if first.op else ""
        return f"{first.code}{place}: {first.message}"
    return f"{type(error).__name__}: {error}"


def attempt(path, feeds, wants, scratch, random) -> tuple[str, str]:
    """Outcome and reason of one model file."""
    try:
        source = cc.load(path)
    except cc.UnsupportedError as error:
        return "unsupported", reason(error)
    if why := compare(source, feeds, wants, random):
        return "wrong", f"imported: {why}"
    package = os.path.join(scratch, "case.mlpackage")
    try:
        cc.convert(path, precision="fp32").save(package, force=True)
    except cc.UnsupportedError as error:
        return "passed, import", reason(error)
    if why := compare(cc.load(package), feeds, wants, random):
        return "wrong", f"package: {why}"
    return "passed", ""


def run_case(name: str) -> tuple[str, str]:
    """Outcome and reason of a case."""
    place = folder() / name
    model = onnx.load(place / "model.onnx")
    data = place / "test_data_set_0"
    initializers = {t.name for t in model.graph.initializer}
    infos = [i for i in model.graph.input if i.name not in initializers]
    try:
        values = read_values(data, "input", infos)
        wants = read_values(data, "output", model.graph.output)
    except NoArray as error:
        return "unsupported", f"not an array: {error}"
    feeds = {info.name: value for info, value in zip(infos, values)}
    with tempfile.TemporaryDirectory(prefix="corecast-") as scratch:
        outcome, why = attempt(str(place / "model.onnx"), feeds, wants, scratch, is_random(model.graph))
        if outcome in ("unsupported", "passed, import") and len(infos) > 1:
            path = os.path.join(scratch, "constant.onnx")
            onnx.save(with_constants(model, feeds), path)
            again, why_again = attempt(path, feeds, wants, scratch, is_random(model.graph))
            if again == "passed":
                return "passed, constant", why
            if again == "wrong":
                return again, f"with constants: {why_again}"
    return outcome, why


def main() -> None:
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        name = line.strip()
        try:
            outcome, why = run_case(name)
        except Exception as error:
            outcome, why = "error", reason(error)
        print(json.dumps([name, outcome, " ".join(why.split())]), flush=True)


if __name__ == "__main__":
    main()
