"""Which weights are compressed and along which channels; weights that resist."""

import pytest

pytest.importorskip("onnx")

import numpy as np  # noqa: E402

import corecast as cc  # noqa: E402
from compress_nets import chain, graph, H, model, net, normal, reports  # noqa: E402, F401
from corecast import Palettize, Prune, Quantize, Rule  # noqa: E402


# Channels: what the readers of a weight take as its outputs and inputs.


def channels(compressed):
    """(outputs, inputs) of each weight, as the reasons for groups of 9999 name them."""
    import re

    return {w.name: int(re.search(r"its (\d+) \w+ channels", w.reason).group(1)) for w in compressed.compression.weights if w.reason}


def with_axes(path):
    model = cc.convert(path)

    def side(axis):
        rule = Rule(Palettize(4, granularity="group:9999", axis=axis), min_elements=0)
        with pytest.warns(cc.ConversionWarning, match="W4102"):
            return channels(cc.compress(model, rule))

    outputs, inputs = side("output"), side("input")
    return {name: (outputs[name], inputs[name]) for name in outputs}


def test_channels_of_every_reader(tmp_path):
    nodes = [
        H.make_node("Conv", ["image", "conv"], ["a"]),
        H.make_node("Conv", ["image", "depthwise"], ["b"], group=6),
        H.make_node("ConvTranspose", ["image", "transposed"], ["c"]),
        H.make_node("MatMul", ["rows", "right"], ["d"], name="right"),
        H.make_node("MatMul", ["left", "columns"], ["e"]),
        H.make_node("Gemm", ["rows", "gemm"], ["f"], transB=1),
        H.make_node("Gather", ["table", "ids"], ["g"], axis=0),
    ]
    weights = {
        "conv": normal(12, 6, 3, 3),
        "depthwise": normal(18, 1, 3, 3),
        "transposed": normal(6, 14, 3, 3),
        "right": normal(10, 22),
        "left": normal(26, 8),
        "gemm": normal(28, 10),
        "table": normal(30, 34),
    }
    inputs = {"image": (1, 6, 8, 8), "rows": (2, 10), "columns": (8, 4), "ids": (5,)}
    outputs = {"a": (1, 12, 6, 6), "b": (1, 18, 6, 6), "c": (1, 14, 10, 10), "d": (2, 22), "e": (26, 4), "f": (2, 28), "g": (5, 34)}
    seen = with_axes(graph(nodes, weights, inputs, outputs, tmp_path / "m.onnx"))
    names = {n.replace(".weight", ""): v for n, v in seen.items()}
    assert names == {
        "conv": (12, 6),
        "depthwise": (18, 1),
        "transposed": (14, 6),
        "right": (22, 10),
        "left": (26, 8),
        "gemm": (28, 10),
        "table": (30, 34),
    }


def shared(path):
    """An embedding that is the head too, and a weight that a convolution and its transpose share."""
    nodes = [
        H.make_node("Gather", ["table", "ids"], ["e"], axis=0),
        H.make_node("Gemm", ["e", "table"], ["scores"], transB=1),
        H.make_node("Conv", ["x", "square"], ["a"]),
        H.make_node("ConvTranspose", ["x", "square"], ["b"]),
    ]
    weights = {"table": normal(64, 40), "square": normal(24, 24, 2, 2)}
    return graph(nodes, weights, {"ids": (5,), "x": (1, 24, 4, 4)}, {"scores": (5, 64), "a": (1, 24, 3, 3), "b": (1, 24, 5, 5)}, path)


def test_shared_weights(tmp_path):
    model = cc.convert(shared(tmp_path / "m.onnx"))
    w = reports(cc.compress(model, Quantize()))
    tables = [r for n, r in w.items() if n.startswith("table")]
    assert all(r.compressed for r in tables)
    square = next(r for n, r in w.items() if n.startswith("square"))
    assert not square.compressed and "different axes" in square.reason
    w = reports(cc.compress(model, Quantize(granularity="tensor")))
    assert all(r.compressed for r in w.values())


def test_readers_with_different_rules(tmp_path):
    model = cc.convert(shared(tmp_path / "m.onnx"))
    table = next(w for w in cc.compress(model, Palettize(4)).compression.weights if "gather" in w.ops)
    if len(table.ops) < 2:
        pytest.fail(f"the head has a table of its own: {table.ops}")
    other = next(op for op in table.ops if op != "gather")
    rules = [Rule(Palettize(4), op="gather"), Rule(Palettize(8), op=other)]
    with pytest.warns(cc.ConversionWarning, match="W4102"):
        w = reports(cc.compress(model, rules))
    assert not w[table.name].compressed and "different rules" in w[table.name].reason


# Weights that resist.


def test_weights_that_resist(tmp_path):
    bad = normal(48, 96, seed=1)
    bad[3, 5] = np.inf
    weights = {"w0": bad, "w1": normal(96, 45), "w2": np.full((45, 64), np.nan, np.float32), "w3": normal(64, 32)}
    path = chain(tmp_path / "m.onnx", (48, 96, 45, 64, 32), weights)
    model = cc.convert(path, precision="fp32")
    w = reports(cc.compress(model, Palettize(4, granularity="group:16")))
    assert not w["w0"].compressed and "element 243 is inf" in w["w0"].reason
    assert not w["w1"].compressed and "16 do not divide its 45 output channels; 15 or 45 do" in w["w1"].reason
    assert not w["w2"].compressed and "nan" in w["w2"].reason.lower()
    assert w["w3"].compressed
    for scheme in (Quantize(), Prune(0.5), Palettize(2, vector=2), Palettize(4, scale="channel"), Prune(0.5) + Quantize()):
        w = reports(cc.compress(model, scheme))
        assert not w["w0"].compressed and "inf" in w["w0"].reason, scheme
        assert w["w3"].compressed


def test_vectors_scalars_and_nothing(tmp_path):
    nodes = [
        H.make_node("Add", ["x", "bias"], ["a"]),
        H.make_node("Mul", ["a", "one"], ["b"]),
        H.make_node("Concat", ["b", "empty"], ["y"], axis=0),
    ]
    weights = {"bias": normal(3000), "one": np.float32(2) * np.ones((), np.float32), "empty": np.zeros((0, 3000), np.float32)}
    path = graph(nodes, weights, {"x": (2, 3000)}, {"y": (2, 3000)}, tmp_path / "m.onnx")
    model = cc.convert(path)
    for scheme in (Palettize(4), Quantize(), Prune(0.5), Palettize(4, granularity="channel")):
        with pytest.warns(cc.ConversionWarning, match="W4102"):
            w = cc.compress(model, Rule(scheme, min_elements=0)).compression.weights
        assert all(not r.compressed and r.reason for r in w)
        assert any("vector" in r.reason for r in w)


def test_too_many_values_for_unique(model):
    with pytest.warns(cc.ConversionWarning, match="W4102"):
        w = reports(cc.compress(model, Palettize(None, mode="unique")))
    assert all("256 different values" in r.reason for r in w.values())


def test_constant_weights(tmp_path):
    """All weights equal, or zero: no scheme divides by their range."""
    for value in (0.0, -0.25):
        weights = {"w0": np.full((48, 64), value, np.float32), "w1": normal(64, 32)}
        model = cc.convert(chain(tmp_path / "m.onnx", (48, 64, 32), weights))
        for scheme in (Palettize(4), Palettize(2, mode="uniform"), Palettize(4, scale="channel"), Palettize(2, vector=4), Quantize(),
                       Quantize("uint8", "channel", False), Quantize("int4", "block:16", scales="hqq"), Prune(0.5), Palettize(4, table="int8"),
                       Prune(0.5) + Palettize(2), Prune(1.0) + Quantize()):
            compressed = cc.compress(model, Rule(scheme, name="w0*"))
            w = reports(compressed)["w0"]
            assert w.compressed, w.reason
            pruned = value != 0 and "prune" in w.scheme
            assert pruned or w.relative_error < 0.01, (value, w)
            assert all(np.isfinite(v).all() for v in compressed.run({"x": normal(3, 48)}).values())
