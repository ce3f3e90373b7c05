"""How the models that `check` is tried on are made.

A fault is a graph, the ranges of its inputs, the code that has to be reported, and the operators of which one has to
be named. A sound model is the same computation in a form that holds: nothing may be said of it.
"""

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper, numpy_helper

OPSET = 18


@dataclasses.dataclass
class Case:
    name: str
    model: onnx.ModelProto
    ranges: Mapping[str, tuple[float, float]]
    codes: tuple[str, ...] = ()  # one of them; none: a sound model
    nodes: tuple[str, ...] = ()  # one of them is named; none: any

    def __str__(self):
        return self.name


class Graph:
    """Nodes in order; each is named like its first output."""

    def __init__(self):
        self.nodes, self.inputs, self.constants = [], [], []

    def input(self, name, shape, dtype=T.FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        return name

    def const(self, name, value, dtype=np.float32):
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def add(self, op, *inputs, out=None, **attributes):
        out = out or f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [out], name=out, **attributes))
        return out

    def model(self, output, dtype=T.FLOAT):
        graph = helper.make_graph(
            self.nodes,
            "g",
            self.inputs,
            [helper.make_tensor_value_info(output, dtype, None)],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
        return onnx.shape_inference.infer_shapes(model)


FAULTS: list[Case] = []
SOUND: list[Case] = []


def fault(codes, nodes=(), dtype=T.FLOAT, **ranges):
    """The decorated function fills a graph and gives the name of its output."""

    def register(build: Callable[[Graph], str]):
        g = Graph()
        output = build(g)
        words = lambda text: tuple(text.split()) if isinstance(text, str) else tuple(text)
        FAULTS.append(Case(build.__name__, g.model(output, dtype), ranges, words(codes), words(nodes)))
        return build

    return register


def sound(dtype=T.FLOAT, **ranges):
    def register(build: Callable[[Graph], str]):
        g = Graph()
        output = build(g)
        SOUND.append(Case(build.__name__, g.model(output, dtype), ranges))
        return build

    return register


def weights(*shape, scale=1.0, seed=0):
    return np.random.default_rng(seed).standard_normal(shape) * scale
