"""Small ONNX models for the tests of compression, and what its report says of each weight."""

import pytest

onnx = pytest.importorskip("onnx")

import numpy as np  # noqa: E402

import corecast as cc  # noqa: E402

H, T = onnx.helper, onnx.TensorProto


def normal(*shape, seed=0):
    return (np.random.default_rng(seed).standard_normal(shape) * 0.1).astype(np.float32)


def graph(nodes, weights, inputs, outputs, path):
    """An ONNX file; inputs and outputs map names to shapes."""

    def infos(shapes):
        return [H.make_tensor_value_info(n, T.INT64 if n.startswith("ids") else T.FLOAT, list(s)) for n, s in shapes.items()]

    g = H.make_graph(nodes, "g", infos(inputs), infos(outputs), [onnx.numpy_helper.from_array(v, k) for k, v in weights.items()])
    onnx.save(H.make_model(g, opset_imports=[H.make_opsetid("", 17)], ir_version=8), path)
    return path


def chain(path, sizes=(48, 96, 80, 64, 32), weights=None):
    """x -> MatMul w0 -> Relu -> MatMul w1 ... -> y."""
    weights = weights or {f"w{i}": normal(a, b, seed=i) for i, (a, b) in enumerate(zip(sizes, sizes[1:]))}
    nodes, value = [], "x"
    for i, name in enumerate(weights):
        nodes.append(H.make_node("MatMul", [value, name], [f"m{i}"], name=f"mm{i}"))
        nodes.append(H.make_node("Relu", [f"m{i}"], [f"r{i}"], name=f"relu{i}"))
        value = f"r{i}"
    nodes.append(H.make_node("Identity", [value], ["y"]))
    return graph(nodes, weights, {"x": (3, sizes[0])}, {"y": (3, sizes[-1])}, path)


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    return chain(tmp_path_factory.mktemp("net") / "net.onnx")


@pytest.fixture(scope="module")
def model(net):
    return cc.convert(net, inputs=[])


def reports(compressed):
    return {w.name: w for w in compressed.compression.weights}
