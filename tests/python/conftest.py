"""Makes `corecast` importable from the newest build, unless PYTHONPATH names one already."""

import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def _add_newest_build():
    if importlib.util.find_spec("corecast") is not None:
        return
    modules = sorted(ROOT.glob("build/*/python/corecast/_corecast*.so"), key=lambda p: p.stat().st_mtime)
    if modules:
        sys.path.insert(0, str(modules[-1].parent.parent))


_add_newest_build()
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(ROOT / "scripts"))


@pytest.fixture(scope="session")
def command():
    """Runs corecast with these words: the process that has ended, with its output as text."""
    cli = os.environ.get("CORECAST_CLI")
    if not cli:
        pytest.skip("not run: CORECAST_CLI names no command")
    return lambda *words: subprocess.run([cli, *map(str, words)], capture_output=True, text=True)


@pytest.fixture(scope="session")
def mlp(tmp_path_factory):
    """An ONNX model with weights: p = softmax(relu(x w + b) v), x float32[batch,4]; the path."""
    onnx = pytest.importorskip("onnx")
    import numpy as np

    rng = np.random.default_rng(0)
    h, t = onnx.helper, onnx.TensorProto
    weights = {"w": rng.standard_normal((4, 64)), "b": rng.standard_normal(64), "v": rng.standard_normal((64, 5))}
    graph = h.make_graph(
        [
            h.make_node("MatMul", ["x", "w"], ["xw"], name="first"),
            h.make_node("Add", ["xw", "b"], ["pre"], name="bias"),
            h.make_node("Relu", ["pre"], ["act"], name="act"),
            h.make_node("MatMul", ["act", "v"], ["scores"], name="second"),
            h.make_node("Softmax", ["scores"], ["p"], name="soft", axis=-1),
        ],
        "mlp",
        [h.make_tensor_value_info("x", t.FLOAT, ["batch", 4])],
        [h.make_tensor_value_info("p", t.FLOAT, ["batch", 5])],
        [onnx.numpy_helper.from_array(v.astype(np.float32), k) for k, v in weights.items()],
    )
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)
    path = tmp_path_factory.mktemp("models") / "mlp.onnx"
    onnx.save(model, path)
    return path


def softmax(v):
    """Along the last axis, in double."""
    import numpy as np

    e = np.exp(v - v.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


@pytest.fixture(scope="session")
def mlp_expect(mlp):
    """What that model computes, in numpy."""
    onnx = pytest.importorskip("onnx")
    import numpy as np

    w, b, v = (onnx.numpy_helper.to_array(i).astype(np.float64) for i in onnx.load(mlp).graph.initializer)
    return lambda x: softmax(np.maximum(x @ w + b, 0) @ v)


@pytest.fixture(scope="session")
def x():
    """An input of `mlp`."""
    import numpy as np

    return np.random.default_rng(1).standard_normal((3, 4)).astype(np.float32)
