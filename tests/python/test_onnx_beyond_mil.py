"""What ONNX says and MIL cannot: the imported model, which says it too, and the written package, against ONNX Runtime."""

import numpy as np
import pytest

import corecast as cc

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")
from onnx_files import save_onnx  # noqa: E402

h, t = onnx.helper, onnx.TensorProto
X = np.arange(4 * 5 * 6, dtype=np.float32).reshape(4, 5, 6) + 1
PICKED = [[-4, 3], [0, -1]]
# By name: operator, attributes, indices into X or into what it has of axes.
CASES = {
    "Gather one": ("Gather", {"axis": 1}, -1),
    "Gather rows": ("Gather", {"axis": 0}, PICKED),
    "Gather last axis": ("Gather", {"axis": -1}, [-6, 5, -1, 0]),
    "Gather none": ("Gather", {"axis": 0}, np.zeros((0, 3))),
    "GatherElements": ("GatherElements", {"axis": 1}, np.resize([-5, 4, 0, -1, 2], (4, 3, 6))),
    "GatherElements last axis": ("GatherElements", {"axis": -1}, np.resize([-6, 5, 0, -1, 2], (4, 5, 2))),
    "GatherElements none": ("GatherElements", {"axis": 0}, np.zeros((0, 5, 6))),
    "GatherND elements": ("GatherND", {}, [[-4, 4, -6], [3, -5, 5], [-1, -1, -1]]),
    "GatherND slices": ("GatherND", {}, [[[-4, 4]], [[3, -5]]]),
    "GatherND batches": ("GatherND", {"batch_dims": 1}, [[-5], [4], [0], [-1]]),
    "GatherND none": ("GatherND", {}, np.zeros((0, 2))),
    "ScatterElements": ("ScatterElements", {"axis": 1}, np.resize([-5, 4, 0, -2, 2], (5, 4, 6)).transpose(1, 0, 2)[:, :3]),
    "ScatterElements one row": ("ScatterElements", {"axis": -1}, [[[-6], [5], [0], [-1], [2]]] * 4),
    "ScatterND elements": ("ScatterND", {}, [[-4, 4, -6], [3, -5, 5], [-1, -1, -1]]),
    "ScatterND slices": ("ScatterND", {}, [[-4], [2]]),
    "ScatterND added": ("ScatterND", {"reduction": "add"}, [[-4], [3], [0]]),
    "OneHot": ("OneHot", {"axis": 0}, [[-7, 6, -8], [7, 0, -1]]),
}
INDEX_TYPES = {"int32": t.INT32, "int64": t.INT64}
WIDE_ONLY = ("GatherND", "ScatterND", "OneHot")  # ONNX, or ONNX Runtime, takes no int32 in these
# With OneHot's indices constant nothing would be left to compute.
COMBINATIONS = [(name, index_type, constant) for name, (op, _, _) in CASES.items() for index_type in INDEX_TYPES
                for constant in ("input", "constant")
                if not (op in WIDE_ONLY and index_type == "int32") and not (op == "OneHot" and constant == "constant")]


def updates_of(op, k):
    """{"u": updates} where the operator with these indices wants some."""
    if op == "ScatterElements":
        return {"u": -np.arange(1, k.size + 1, dtype=np.float32).reshape(k.shape)}
    if op == "ScatterND":
        shape = k.shape[:-1] + X.shape[k.shape[-1] :]
        return {"u": -np.arange(1, np.prod(shape) + 1, dtype=np.float32).reshape(shape)}
    return {}


def saved(path, op, attributes, k, index_type, flexible, constant):
    """The model and its inputs."""
    further = updates_of(op, k)
    feeds, initializers = {}, []
    if op == "OneHot":
        initializers = [h.make_tensor("depth", t.INT64, [], [7]), h.make_tensor("values", t.FLOAT, [2], [0.5, 3.0])]
        operands = ["k", "depth", "values"]
    else:
        feeds["x"] = X
        operands = ["x", "k", *further]
    if constant:
        initializers.append(onnx.numpy_helper.from_array(k, "k"))
    else:
        feeds["k"] = k
    feeds |= further
    shapes = {name: [f"{name}{d}" for d in range(v.ndim)] if flexible and name == "x" else v.shape for name, v in feeds.items()}
    inputs = {name: (INDEX_TYPES[index_type] if name == "k" else t.FLOAT, shapes[name]) for name in feeds}
    save_onnx(path, [h.make_node(op, operands, ["y"], **attributes)], inputs, {"y": (t.FLOAT, None)}, initializers, 18)
    return feeds


@pytest.mark.parametrize("flexible", [False, True], ids=["fixed", "flexible"])
@pytest.mark.parametrize("name, index_type, constant", COMBINATIONS)
def test_negative_indices(name, index_type, flexible, constant, tmp_path):
    op, attributes, values = CASES[name]
    k = np.array(values, index_type)
    path = tmp_path / "m.onnx"
    feeds = saved(path, op, attributes, k, index_type, flexible, constant == "constant")
    want = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(None, feeds)[0]
    np.testing.assert_array_equal(cc.load(path).run(feeds)["y"], want)
    if 0 in k.shape:
        return  # Core ML has no empty tensors
    package = tmp_path / "m.mlpackage"
    cc.convert(path, precision="fp32").save(package)
    np.testing.assert_array_equal(cc.load(package).run(feeds)["y"], want)


def test_thresholds_are_strict(tmp_path):
    path, package = tmp_path / "m.onnx", tmp_path / "m.mlpackage"
    x = np.array([-np.inf, -1, 0.25, 0.5, np.nextafter(np.float32(0.5), np.float32(1)), 2, np.inf, np.nan], np.float32)
    save_onnx(path, [h.make_node("ThresholdedRelu", ["x"], ["y"], alpha=0.5)], {"x": (t.FLOAT, x.shape)}, {"y": (t.FLOAT, x.shape)})
    want = np.where(x > 0.5, x, 0)
    cc.convert(path, precision="fp32").save(package)
    for file in (path, package):
        np.testing.assert_array_equal(cc.load(file).run({"x": x})["y"], want)


def agrees(folder, node, x, shape, initializers=()):
    """The imported model and its package against ONNX Runtime, for x as an input of this declared shape."""
    path, package = folder / "m.onnx", folder / "m.mlpackage"
    kind = t.INT64 if node.op_type.startswith("Arg") else t.FLOAT
    save_onnx(path, [node], {"x": (t.FLOAT, shape)}, {"y": (kind, None)}, initializers, 18)
    want = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
    cc.convert(path, precision="fp32").save(package)
    for file in (path, package):
        np.testing.assert_array_equal(cc.load(file).run({"x": x})["y"], want)


@pytest.mark.parametrize("shape", [(3, 4, 5), ("a", "b", "c")], ids=["fixed", "flexible"])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("op", ["ArgMax", "ArgMin"])
def test_last_of_equals(op, axis, shape, tmp_path):
    x = (np.arange(60) % 3).astype(np.float32).reshape(3, 4, 5)
    agrees(tmp_path, h.make_node(op, ["x"], ["y"], axis=axis, keepdims=axis % 2, select_last_index=1), x, shape)


@pytest.mark.parametrize("shape", [(2, 4, 5), ("a", "b", "c")], ids=["fixed", "flexible"])
@pytest.mark.parametrize("k", [-7, -3, -1, 0, 1, 3, 7])
@pytest.mark.parametrize("upper", [0, 1])
def test_triangles(upper, k, shape, tmp_path):
    x = np.arange(1, 41, dtype=np.float32).reshape(2, 4, 5)
    x[0, 0, 4], x[1, 3, 0] = np.inf, np.nan
    diagonal = h.make_tensor("k", t.INT64, [], [k])
    agrees(tmp_path, h.make_node("Trilu", ["x", "k"], ["y"], upper=upper), x, shape, [diagonal])
