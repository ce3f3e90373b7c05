"""Loops whose carried values change their sizes: converted, read back, and run beside onnxruntime.

A value that starts empty and grows, such as a decoder's key and value cache, must not be known to be
empty inside the loop.
"""

import numpy as np
import pytest

import corecast as cc

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")
from onnx_files import save_onnx  # noqa: E402

h, t = onnx.helper, onnx.TensorProto
node, info = h.make_node, h.make_tensor_value_info

F, I, B = t.FLOAT, t.INT64, t.BOOL


def const(name, values, dtype=np.int64):
    return onnx.numpy_helper.from_array(np.array(values, dtype), name)


def body_of(nodes, carried, name="body", keep_going=None):
    """A Loop's body. carried: {in: (out, type, shape)}."""
    inputs = [info(f"{name}_i", I, []), info(f"{name}_go", B, [])]
    inputs += [info(n, d, s) for n, (_, d, s) in carried.items()]
    outputs = [info(keep_going or f"{name}_go", B, [])] + [info(o, d, None) for o, d, _ in carried.values()]
    return h.make_graph(nodes, name, inputs, outputs)


def loop(body, inputs, outputs):
    return node("Loop", ["trips", "", *inputs], outputs, body=body)


ONES = [const("one", [1]), const("zero", [0]), const("far", [1 << 40])]

# The cache starts as [0, 4]; what is read of it is weighted by how long it is.
GROW = [
    node("Concat", ["cache", "x"], ["cache2"], axis=0),
    node("Shape", ["cache2"], ["shape"]),
    node("Gather", ["shape", "zero"], ["length"], axis=0),
    node("Cast", ["length"], ["weight"], to=F),
    node("ReduceSum", ["cache2"], ["total"], keepdims=1),
    node("Mul", ["total", "weight"], ["share"]),
    node("Add", ["sum", "share"], ["sum2"]),
]
GROWING = {"cache": ("cache2", F, [None, 4]), "sum": ("sum2", F, [1, 1])}


def growing():
    empty = const("empty", np.zeros((0, 4)), np.float32)
    start = const("start", np.zeros((1, 1)), np.float32)
    return (
        [loop(body_of(GROW, GROWING), ["empty", "start"], ["cache_out", "sum_out"])],
        {"trips": (I, []), "x": (F, [1, 4])},
        {"cache_out": (F, [None, 4]), "sum_out": (F, [1, 1])},
        [empty, start, *ONES],
    )


def shrinking():
    nodes = [
        node("ReduceMean", ["list"], ["mean"], keepdims=1),
        node("Add", ["sum", "mean"], ["sum2"]),
        node("Slice", ["list", "one", "far", "zero"], ["list2"]),
    ]
    carried = {"list": ("list2", F, [None, 4]), "sum": ("sum2", F, [1, 1])}
    start = const("start", np.zeros((1, 1)), np.float32)
    return (
        [loop(body_of(nodes, carried), ["x", "start"], ["list_out", "sum_out"])],
        {"trips": (I, []), "x": (F, [9, 4])},
        {"list_out": (F, [None, 4]), "sum_out": (F, [1, 1])},
        [start, *ONES],
    )


def several():
    """One grows by what another is long, one shrinks, one keeps its sizes, one is a scalar."""
    nodes = [
        node("Concat", ["a", "b"], ["a2"], axis=0),
        node("Slice", ["b", "one", "far", "zero"], ["b2"]),
        node("Mul", ["c", "x"], ["cx"]),
        node("Add", ["cx", "a_mean"], ["c2"]),
        node("ReduceMean", ["a2"], ["a_mean"], keepdims=1),
        node("Size", ["a2"], ["size"]),
        node("Cast", ["size"], ["size_f"], to=F),
        node("Add", ["d", "size_f"], ["d2"]),
    ]
    nodes[3], nodes[4] = nodes[4], nodes[3]
    carried = {
        "a": ("a2", F, [None, 4]),
        "b": ("b2", F, [None, 4]),
        "c": ("c2", F, [1, 4]),
        "d": ("d2", F, []),
    }
    inits = [const("a0", np.zeros((0, 4)), np.float32), const("b0", np.arange(20).reshape(5, 4) / 10, np.float32)]
    inits += [const("c0", np.ones((1, 4)), np.float32), const("d0", 0, np.float32)]
    return (
        [loop(body_of(nodes, carried), ["a0", "b0", "c0", "d0"], ["ao", "bo", "co", "do"])],
        {"trips": (I, []), "x": (F, [1, 4])},
        {"ao": (F, [None, 4]), "bo": (F, [None, 4]), "co": (F, [1, 4]), "do": (F, [])},
        [*inits, *ONES],
    )


def nested():
    """The inner loop doubles what it is given as often as the outer one has run."""
    inner = body_of(
        [node("Concat", ["v", "x"], ["v2"], axis=0)], {"v": ("v2", F, [None, 4])}, name="inner"
    )
    nodes = [
        node("Loop", ["body_i", "", "w"], ["w2"], body=inner),
        node("Shape", ["w2"], ["shape"]),
        node("Gather", ["shape", "zero"], ["length"], axis=0),
        node("Cast", ["length"], ["length_f"], to=F),
        node("Add", ["sum", "length_f"], ["sum2"]),
    ]
    carried = {"w": ("w2", F, [None, 4]), "sum": ("sum2", F, [1])}
    inits = [const("w0", np.zeros((0, 4)), np.float32), const("s0", [0], np.float32)]
    return (
        [loop(body_of(nodes, carried), ["w0", "s0"], ["wo", "so"])],
        {"trips": (I, []), "x": (F, [1, 4])},
        {"wo": (F, [None, 4]), "so": (F, [1])},
        [*inits, *ONES],
    )


def branching():
    """What grows does so in one branch only, and the loop may stop by itself."""
    branches = {}
    for name, nodes, out in (
        ("then", [node("Concat", ["cache", "x"], ["grown"], axis=0)], "grown"),
        ("else", [node("Identity", ["cache"], ["kept"])], "kept"),
    ):
        branches[f"{name}_branch"] = h.make_graph(nodes, name, [], [info(out, F, None)])
    nodes = [
        node("Mod", ["body_i", "two"], ["odd"]),
        node("Cast", ["odd"], ["is_odd"], to=B),
        node("If", ["is_odd"], ["cache2"], **branches),
        node("Size", ["cache2"], ["size"]),
        node("Less", ["size", "enough"], ["more"]),
    ]
    body = body_of(nodes, {"cache": ("cache2", F, [None, 4])}, keep_going="more")
    inits = [const("empty", np.zeros((0, 4)), np.float32), const("two", 2), const("enough", 12)]
    return (
        [loop(body, ["empty"], ["cache_out"])],
        {"trips": (I, []), "x": (F, [1, 4])},
        {"cache_out": (F, [None, 4])},
        inits,
    )


def flexible():
    """A cache whose other size is the model's, and is kept."""
    return (
        [
            node("Shape", ["x"], ["x_shape"]),
            node("Gather", ["x_shape", "one"], ["width"], axis=0),
            node("Concat", ["zero", "width"], ["empty_shape"], axis=0),
            node("ConstantOfShape", ["empty_shape"], ["empty"]),
            loop(body_of(GROW, GROWING), ["empty", "start"], ["cache_out", "sum_out"]),
        ],
        {"trips": (I, []), "x": (F, [1, "width"])},
        {"cache_out": (F, [None, None]), "sum_out": (F, [1, 1])},
        [const("start", np.zeros((1, 1)), np.float32), *ONES],
    )


MODELS = {f.__name__: f for f in (growing, shrinking, several, nested, branching, flexible)}


def saved(tmp_path, make):
    nodes, inputs, outputs, initializers = make()
    return save_onnx(tmp_path / "m.onnx", nodes, inputs, outputs, initializers)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_sizes_that_change(tmp_path, name, precision):
    path = saved(tmp_path, MODELS[name])
    cc.convert(path, precision=precision).save(str(tmp_path / "m.mlpackage"))
    source, package = cc.load(path), cc.load(str(tmp_path / "m.mlpackage"))
    reference = ort.InferenceSession(path)
    rows = 9 if name == "shrinking" else 1
    x = np.random.default_rng(0).standard_normal((rows, 4)).astype(np.float32)
    for trips in (0, 1, 2, 4):
        inputs = {"trips": np.array(trips, np.int64), "x": x}
        want = dict(zip([o.name for o in reference.get_outputs()], reference.run(None, inputs)))
        for model, tolerance in ((source, 1e-5), (package, 1e-5 if precision == "fp32" else 1e-2)):
            got = model.run(inputs)
            for out, value in want.items():
                assert got[out].shape == value.shape, (out, trips)
                np.testing.assert_allclose(got[out], value, rtol=tolerance, atol=tolerance, err_msg=f"{out} {trips}")


def test_sizes_that_stay_are_exact(tmp_path):
    nodes = [node("Add", ["v", "x"], ["v2"])]
    path = save_onnx(
        tmp_path / "m.onnx",
        [loop(body_of(nodes, {"v": ("v2", F, [1, 4])}), ["x"], ["y"])],
        {"trips": (I, []), "x": (F, [1, 4])},
        {"y": (F, [1, 4])},
    )
    model = cc.load(path)
    assert model.outputs[0].shape == (1, 4)


def test_ranks_that_change_are_refused(tmp_path):
    nodes = [node("Unsqueeze", ["v", "zero"], ["v2"])]
    body = body_of(nodes, {"v": ("v2", F, None)})

    def save(trips_input):
        return save_onnx(
            tmp_path / "m.onnx",
            [loop(body, ["x"], ["y"])],
            {**({"trips": (I, [])} if trips_input else {}), "x": (F, [1, 4])},
            {"y": (F, None)},
            [const("zero", [0]), *([] if trips_input else [const("trips", 3)])],
        )

    with pytest.raises(cc.UnsupportedError, match="keeps ranks") as error:
        cc.convert(save(True))
    assert error.value.code == "E3001"
    # With a trip count that is known the loop is unrolled, and every iteration has its own types.
    assert cc.load(save(False)).run({"x": np.ones((1, 4), np.float32)})["y"].shape == (1, 1, 1, 1, 4)


def test_a_scan_is_typed_element_by_element(tmp_path):
    nodes = [node("Concat", ["state", "row"], ["state2"], axis=0), node("ReduceSum", ["state2"], ["sum"], keepdims=0)]
    body = h.make_graph(
        nodes,
        "body",
        [info("state", F, [None]), info("row", F, [4])],
        [info("state2", F, [None]), info("sum", F, [])],
    )
    path = save_onnx(
        tmp_path / "m.onnx",
        [node("Scan", ["empty", "x"], ["all", "sums"], body=body, num_scan_inputs=1)],
        {"x": (F, [3, 4])},
        {"all": (F, [None]), "sums": (F, [3])},
        [const("empty", np.zeros(0), np.float32)],
    )
    cc.convert(path, precision="fp32").save(str(tmp_path / "m.mlpackage"))
    x = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    got = cc.load(str(tmp_path / "m.mlpackage")).run({"x": x})
    np.testing.assert_array_equal(got["all"], x.ravel())
    np.testing.assert_allclose(got["sums"], x.sum(1).cumsum(), rtol=1e-5, atol=1e-5)
