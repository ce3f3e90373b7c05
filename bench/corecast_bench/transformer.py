"""ONNX transformers of any size with random weights, written straight to disk.

The same network in torch is in `torch_worker.py`; what coremltools converts there is op for
op what is written here.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper


@dataclasses.dataclass(frozen=True)
class Shape:
    """Size of a transformer encoder without embeddings."""

    layers: int
    width: int
    heads: int
    length: int

    @property
    def name(self) -> str:
        return f"transformer-{self.layers}x{self.width}"

    @property
    def parameters(self) -> int:
        """Number of weights: four projections, two of four times the width, norms and biases."""
        return self.layers * (12 * self.width**2 + 13 * self.width)


class Builder:
    """Collects nodes and initialisers; weights go to an external file as they are made."""

    def __init__(self, weights: pathlib.Path, seed: int):
        self.nodes = []
        self.initializers = []
        self.location = weights.name
        self.file = open(weights, "wb")
        self.rng = np.random.default_rng(seed)

    def node(self, kind: str, *inputs: str, **attributes) -> str:
        """Add a node with one output; returns the output's name."""
        output = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def weight(self, name: str, *shape: int, center: float = 0.0) -> str:
        """Add a weight of normal noise around `center`, kept in the external file."""
        values = self.rng.standard_normal(shape, dtype=np.float32) * np.float32(0.02) + np.float32(center)
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape)
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", self.location), ("offset", self.file.tell()), ("length", values.nbytes)):
            tensor.external_data.add(key=key, value=str(value))
        self.file.write(values.tobytes())
        self.initializers.append(tensor)
        return name

    def constant(self, name: str, values) -> str:
        """Add a small constant inside the model."""
        self.initializers.append(onnx.numpy_helper.from_array(np.asarray(values), name))
        return name


def linear(build: Builder, name: str, x: str, inputs: int, outputs: int) -> str:
    product = build.node("MatMul", x, build.weight(f"{name}.weight", inputs, outputs))
    return build.node("Add", product, build.weight(f"{name}.bias", outputs))


def norm(build: Builder, name: str, x: str, width: int) -> str:
    return build.node("LayerNormalization", x, build.weight(f"{name}.weight", width, center=1.0),
                      build.weight(f"{name}.bias", width), axis=-1, epsilon=1e-5)


def attention(build: Builder, name: str, x: str, shape: Shape) -> str:
    def heads(part: str, order: list[int]) -> str:
        projected = linear(build, f"{name}.{part}", x, shape.width, shape.width)
        return build.node("Transpose", build.node("Reshape", projected, "split"), perm=order)

    query, value = heads("query", [0, 2, 1, 3]), heads("value", [0, 2, 1, 3])
    scores = build.node("Mul", build.node("MatMul", query, heads("key", [0, 2, 3, 1])), "scale")
    mixed = build.node("MatMul", build.node("Softmax", scores, axis=-1), value)
    joined = build.node("Reshape", build.node("Transpose", mixed, perm=[0, 2, 1, 3]), "join")
    return linear(build, f"{name}.output", joined, shape.width, shape.width)


def feed_forward(build: Builder, name: str, x: str, width: int) -> str:
    hidden = linear(build, f"{name}.up", x, width, 4 * width)
    bell = build.node("Add", build.node("Erf", build.node("Mul", hidden, "rsqrt2")), "one")
    active = build.node("Mul", build.node("Mul", hidden, bell), "half")
    return linear(build, f"{name}.down", active, 4 * width, width)


def write(shape: Shape, folder: pathlib.Path) -> pathlib.Path:
    """The model's path in `folder`, written there first where it is missing."""
    target = folder / shape.name
    if target.exists():
        return target / f"{shape.name}.onnx"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as scratch:
        fresh = pathlib.Path(scratch) / shape.name
        fresh.mkdir()
        build = Builder(fresh / "weights.bin", seed=shape.layers)
        build.constant("split", np.array([1, shape.length, shape.heads, shape.width // shape.heads]))
        build.constant("join", np.array([1, shape.length, shape.width]))
        build.constant("scale", np.float32((shape.width / shape.heads) ** -0.5))
        for name, value in (("rsqrt2", 0.5**0.5), ("one", 1.0), ("half", 0.5)):
            build.constant(name, np.float32(value))
        x = "x"
        for layer in range(shape.layers):
            name = f"layers.{layer}"
            mixed = attention(build, f"{name}.attention", norm(build, f"{name}.norm1", x, shape.width), shape)
            x = build.node("Add", x, mixed)
            grown = feed_forward(build, f"{name}.mlp", norm(build, f"{name}.norm2", x, shape.width), shape.width)
            x = build.node("Add", x, grown)
        build.file.close()
        size = [1, shape.length, shape.width]
        graph = helper.make_graph(
            build.nodes, "transformer", [helper.make_tensor_value_info("x", TensorProto.FLOAT, size)],
            [helper.make_tensor_value_info(x, TensorProto.FLOAT, size)], build.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        (fresh / f"{shape.name}.onnx").write_bytes(model.SerializeToString())
        os.replace(fresh, target)
    return target / f"{shape.name}.onnx"
