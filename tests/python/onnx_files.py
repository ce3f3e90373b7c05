"""Small ONNX files, written for one test."""

import pytest

onnx = pytest.importorskip("onnx")
h = onnx.helper


def save_onnx(path, nodes, inputs, outputs, initializers=(), opset=17):
    """inputs, outputs: {name: (element type, shape)}."""
    graph = h.make_graph(
        nodes,
        "g",
        [h.make_tensor_value_info(n, d, s) for n, (d, s) in inputs.items()],
        [h.make_tensor_value_info(n, d, s) for n, (d, s) in outputs.items()],
        list(initializers),
    )
    onnx.save(h.make_model(graph, opset_imports=[h.make_opsetid("", opset)], ir_version=8), path)
    return str(path)
