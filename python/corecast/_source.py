"""What a user may pass as a model: a path, a Model, or an onnx.ModelProto (written to a file first)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from ._corecast import Model
from .errors import UsageError

# protobuf refuses to write more than this at once; weights then go to a file of their own.
_PROTO_LIMIT = 2**31 - 2**20


def is_proto(model) -> bool:
    """Whether it quacks like onnx.ModelProto; onnx itself is never imported."""
    return hasattr(model, "SerializeToString") and hasattr(model, "graph") and hasattr(model, "opset_import")


def _tensors(graph) -> Iterator:
    """Every initialiser and tensor attribute of a graph and of the graphs inside it."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for inner in ([attribute.g] if attribute.HasField("g") else []) + list(attribute.graphs):
                yield from _tensors(inner)


def _has_external_data(model) -> bool:
    return any(t.data_location == 1 for t in _tensors(model.graph))


def _write_split(model, folder: str, path: str) -> None:
    """Writes a model too large for one message: raw tensors to weights.bin, the rest to `path`.

    The caller's model is emptied tensor by tensor and put back as it was, because a copy of it
    would need its size in memory again.
    """
    taken = []
    try:
        with open(os.path.join(folder, "weights.bin"), "wb") as weights:
            for tensor in _tensors(model.graph):
                if len(tensor.raw_data) < 1024:
                    continue
                raw = tensor.raw_data
                taken.append((tensor, raw))
                offset = weights.tell()
                weights.write(raw)
                tensor.ClearField("raw_data")
                tensor.data_location = 1
                for key, value in (("location", "weights.bin"), ("offset", offset), ("length", len(raw))):
                    entry = tensor.external_data.add()
                    entry.key, entry.value = key, str(value)
        with open(path, "wb") as file:
            file.write(model.SerializeToString())
    finally:
        for tensor, raw in taken:
            tensor.ClearField("external_data")
            tensor.ClearField("data_location")
            tensor.raw_data = raw


def _too_large(model) -> bool:
    try:
        return model.ByteSize() > _PROTO_LIMIT
    except Exception:  # implementations of protobuf differ in how they refuse
        return True


@contextlib.contextmanager
def model_file(model, base_dir: str | os.PathLike | None = None) -> Iterator[str]:
    """A path that holds `model` for as long as the block runs.

    `base_dir`: where the external data of a ModelProto lie, when it refers to any.
    """
    if isinstance(model, (str, os.PathLike)):
        yield os.fspath(model)
        return
    if not is_proto(model):
        kind = f"{type(model).__module__}.{type(model).__qualname__}"
        raise UsageError(
            f"cannot read a model from {kind}",
            code="E1025",
            help="give a path, an onnx.ModelProto, or what corecast.load returned",
        )
    external = _has_external_data(model)
    if external and base_dir is None:
        raise UsageError(
            "the ModelProto refers to external data, and there is no folder to find them in",
            code="E1026",
            help="pass base_dir=, or the path of the .onnx file instead",
        )
    # External data must lie beside the model or below it, so the file goes where they are.
    import tempfile

    with tempfile.TemporaryDirectory(prefix="corecast-") as folder, contextlib.ExitStack() as stack:
        if external:
            handle, path = tempfile.mkstemp(prefix=".corecast-", suffix=".onnx", dir=os.fspath(base_dir))
            os.close(handle)
            stack.callback(os.unlink, path)
        else:
            path = os.path.join(folder, "model.onnx")
        if _too_large(model):
            if external:
                raise UsageError("the ModelProto is too large to be written", code="E1027", help="pass the path of the .onnx file")
            _write_split(model, folder, path)
        else:
            with open(path, "wb") as file:
                file.write(model.SerializeToString())
        yield path


@contextlib.contextmanager
def any_file(model, base_dir: str | os.PathLike | None = None) -> Iterator[str]:
    """As model_file, and a Model too: where it was read from, or a package written for the occasion."""
    if not isinstance(model, Model):
        with model_file(model, base_dir) as path:
            yield path
        return
    if model.unchanged and os.path.exists(model.path):
        yield model.path
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="corecast-") as folder:
        path = os.path.join(folder, "model.mlpackage")
        model._save(path, False)
        yield path


@contextlib.contextmanager
def data_file(data):
    """None or a path as it is; a dict of arrays as a .npz."""
    if data is None or isinstance(data, (str, os.PathLike)):
        yield None if data is None else os.fspath(data)
        return
    import zipfile

    import numpy

    import tempfile

    with tempfile.TemporaryDirectory(prefix="corecast-") as folder:
        path = os.path.join(folder, "data.npz")
        with zipfile.ZipFile(path, "w") as archive:  # savez(**arrays) would lose an array called "file"
            for name, value in data.items():
                with archive.open(name + ".npy", "w", force_zip64=True) as file:
                    numpy.lib.format.write_array(file, numpy.asarray(value), allow_pickle=False)
        yield path
