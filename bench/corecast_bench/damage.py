"""Ways to damage a model as a faulty converter would: each takes an ONNX model apart at one place."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

PRODUCTS = {"Conv", "ConvTranspose", "MatMul", "Gemm"}


class Graph:
    """A copy of a model, its constants by name and the nodes that may be damaged."""

    def __init__(self, model: onnx.ModelProto, seed: int):
        self.model = onnx.ModelProto()
        self.model.CopyFrom(model)
        self.random = np.random.default_rng(seed)
        self.constants = {t.name: t for t in self.model.graph.initializer}
        for node in self.model.graph.node:
            if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value":
                self.constants[node.output[0]] = node.attribute[0].t

    def nodes(self, *kinds: str) -> list[onnx.NodeProto]:
        """The nodes of these kinds, in an order of the seed's."""
        found = [node for node in self.model.graph.node if node.op_type in kinds]
        return [found[i] for i in self.random.permutation(len(found))]

    def array(self, name: str) -> np.ndarray | None:
        """The constant of this name, a copy."""
        tensor = self.constants.get(name)
        return None if tensor is None else np.array(numpy_helper.to_array(tensor))

    def replace(self, name: str, value: np.ndarray) -> None:
        """Give the constant another value."""
        self.constants[name].CopyFrom(numpy_helper.from_array(value, name))

    def weights(self):
        """Every product's constant weight: node, name, array."""
        for node in self.nodes(*PRODUCTS):
            for name in node.input[:2]:
                value = self.array(name)
                if value is not None and value.ndim >= 2 and value.dtype == np.float32:
                    yield node, name, value


def scale_weight(graph: Graph) -> bool:
    """One weight is 1.5 times as large."""
    for _, name, value in graph.weights():
        graph.replace(name, value * np.float32(1.5))
        return True
    return False


def drop_bias(graph: Graph) -> bool:
    """A bias is missing."""
    for node in graph.nodes("Conv", "Gemm", "Add", "ConvTranspose"):
        for name in node.input[2:] if node.op_type != "Add" else node.input:
            value = graph.array(name)
            if value is not None and value.size > 1 and value.dtype == np.float32 and value.any():
                graph.replace(name, np.zeros_like(value))
                return True
    return False


def transpose_kernel(graph: Graph) -> bool:
    """The kernel of a convolution lies on its side."""
    for _, name, value in graph.weights():
        if value.ndim == 4 and value.shape[2] == value.shape[3] > 1:
            graph.replace(name, np.ascontiguousarray(value.swapaxes(2, 3)))
            return True
    return False


def swap_channels(graph: Graph) -> bool:
    """The first two channels that a product makes have changed places."""
    for node, name, value in graph.weights():
        axis = value.ndim - 1 if node.op_type == "MatMul" else 0
        if value.shape[axis] > 1:
            order = np.arange(value.shape[axis])
            order[[0, 1]] = 1, 0
            graph.replace(name, np.ascontiguousarray(np.take(value, order, axis)))
            return True
    return False


def _set_attribute(node: onnx.NodeProto, name: str, value) -> None:
    kept = [a for a in node.attribute if a.name != name]
    del node.attribute[:]
    node.attribute.extend([*kept, helper.make_attribute(name, value)])


def axis_off_by_one(graph: Graph) -> bool:
    """A softmax runs along the axis before its own."""
    for node in graph.nodes("Softmax", "LogSoftmax"):
        axis = next((a.i for a in node.attribute if a.name == "axis"), -1)
        _set_attribute(node, "axis", axis - 1 if axis != 0 else 1)
        return True
    return False


def lose_epsilon(graph: Graph) -> bool:
    """A normalization has no epsilon."""
    for node in graph.nodes("BatchNormalization", "InstanceNormalization", "LayerNormalization"):
        _set_attribute(node, "epsilon", 1e-30)
        return True
    for node in graph.nodes("Add"):
        for name in node.input:
            value = graph.array(name)
            if value is not None and value.size == 1 and value.dtype == np.float32 and 0 < value.item() < 1e-2:
                graph.replace(name, np.zeros_like(value))
                return True
    return False


def ignore_mask(graph: Graph) -> bool:
    """What masks others out is 0."""
    for name, _ in sorted(graph.constants.items()):
        value = graph.array(name)
        if value.dtype == np.float32 and value.size and value.min() <= -1e3:
            graph.replace(name, np.where(value <= -1e3, 0, value).astype(np.float32))
            return True
    return False


def change_rounding(graph: Graph) -> bool:
    """A resize rounds positions otherwise, or counts them from elsewhere."""
    for node in graph.nodes("Resize"):
        names = {a.name: a.s for a in node.attribute}
        if names.get("mode", b"nearest") == b"nearest":
            _set_attribute(node, "nearest_mode", "ceil" if names.get("nearest_mode") != b"ceil" else "floor")
        else:
            same = names.get("coordinate_transformation_mode") == b"align_corners"
            _set_attribute(node, "coordinate_transformation_mode", "asymmetric" if same else "align_corners")
        return True
    for node in graph.nodes("MaxPool", "AveragePool"):
        if any(a.name == "ceil_mode" and a.i for a in node.attribute):
            _set_attribute(node, "ceil_mode", 0)
            return True
    return False


def leak_activation(graph: Graph) -> bool:
    """A relu lets a tenth of what is negative through."""
    for node in graph.nodes("Relu"):
        node.op_type = "LeakyRelu"
        _set_attribute(node, "alpha", 0.1)
        return True
    return False


DAMAGES = {f.__name__: f for f in (scale_weight, drop_bias, transpose_kernel, swap_channels, axis_off_by_one,
                                   lose_epsilon, ignore_mask, change_rounding, leak_activation)}


def damaged(model: onnx.ModelProto, kind: str, seed: int) -> onnx.ModelProto | None:
    """The model with one damage of that kind, at a place of the seed's; None where there is no such place."""
    graph = Graph(model, seed)
    return graph.model if DAMAGES[kind](graph) else None
