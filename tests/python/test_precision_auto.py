"""--precision auto: what fp16 loses is found by running the model, and stays in fp32; the rest does not."""

import json
import pathlib

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

import corecast as cc  # noqa: E402


def write(path, nodes, shape, constants):
    """A model of one float input `x` and one output `y`."""
    def info(name, dims):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)

    graph = helper.make_graph(nodes, "g", [info("x", shape)], [info("y", None)],
                              [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, path)
    return str(path)


def node(text):
    """"y = Op(a, b)" as a node; attributes follow behind a semicolon."""
    text, _, attributes = text.partition(";")
    result, _, call = text.partition("=")
    kind, _, operands = call.strip().rstrip(")").partition("(")
    values = {k.strip(): json.loads(v) for k, v in (a.split("=") for a in attributes.split(",") if a)}
    return helper.make_node(kind, [o.strip() for o in operands.split(",")], [result.strip()], **values)


# name: nodes, shape, constants, the same in float64. Each loses its output in fp16, and no rule sees it coming.
W = np.ones((64, 8), np.float32) * 100 + np.arange(8, dtype=np.float32)
V = np.linspace(-1, 1, 64, dtype=np.float32).reshape(8, 8) * np.float32(1e-5)
LOST = {
    "a small part of a large sum": (
        ["a = Mul(x, c)", "b = Tanh(x)", "s = Mul(b, e)", "t = Add(a, s)", "y = Sub(t, a)"], [8, 64],
        {"c": np.float32(10), "e": np.float32(1e-3)},
        lambda x: np.tanh(x) * float(np.float32(1e-3))),
    "a large offset, squared and undone": (
        ["a = Add(x, c)", "b = Mul(a, a)", "d = Div(b, c)", "e = Sub(d, c)", "y = Tanh(e)"], [8, 64],
        {"c": np.float32(3000)},
        lambda x: np.tanh((x + 3000.0) ** 2 / 3000.0 - 3000.0)),
    "a stream beyond 65504 between products": (
        ["a = MatMul(x, w)", "b = Mul(a, c)", "r = Relu(b)", "y = MatMul(r, v)"], [8, 64],
        {"w": W, "c": np.float32(300), "v": V},
        lambda x: np.maximum(x @ W.astype(np.float64) * 300, 0) @ V.astype(np.float64)),
}


@pytest.fixture(params=LOST)
def lost(request, tmp_path):
    nodes, shape, constants, truth = LOST[request.param]
    return write(tmp_path / "m.onnx", [node(n) for n in nodes], shape, constants), shape, truth


def decibels(wanted, got):
    with np.errstate(divide="ignore"):
        return 10 * np.log10(np.sum(wanted**2) / np.sum((got - wanted) ** 2))


def dtypes(package):
    """How many multi-arrays of fp16 the program names."""
    return (pathlib.Path(package) / "Data/com.apple.CoreML/model.mlmodel").read_bytes().count(b"_to_fp16")


def test_what_fp16_loses_stays_in_fp32(lost):
    path, shape, truth = lost
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    wanted = truth(x.astype(np.float64))
    auto = cc.convert(path)  # the default
    assert decibels(wanted, auto.run({"x": x})["y"]) > 30
    narrow = cc.convert(path, precision="fp16").run({"x": x})["y"]
    assert not np.all(np.isfinite(narrow)) or decibels(wanted, narrow) < 20
    assert cc.validate(path, auto, runtime="embedded").passed


def test_fp16_is_not_called_ok(lost):
    path, _, _ = lost
    report = cc.validate(path, cc.convert(path, precision="fp16"), runtime="embedded")
    assert report.verdict == "unfit" and not report.passed and not report.acceptable
    assert report.outputs["y"].reason and report.first_lost.op
    taken = cc.validate(path, cc.convert(path, precision="fp16"), runtime="embedded", accept="unfit")
    assert taken.verdict == "unfit" and taken.acceptable and "UNFIT (accepted)" in str(taken)
    with pytest.raises(cc.UsageError):
        cc.validate(path, path, runtime="embedded", accept="failed")


def test_the_command_says_what_stays(lost, command, tmp_path):
    path, _, _ = lost
    done = command("convert", path, "-o", tmp_path / "p.mlpackage", "--reference", "embedded", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    precision = document["result"]["precision"]
    assert precision["measured"] and precision["kept_in_fp32"] > 0 and precision["lost"] and float(precision["sqnr"]) > 30
    kept = [d for d in document["diagnostics"] if d["code"] == "N3201" and "outputs need it" in d["message"]]
    assert len(kept) == precision["kept_in_fp32"]
    narrow = command("convert", path, "-o", tmp_path / "n.mlpackage", "--reference", "embedded", "--precision", "fp16")
    assert narrow.returncode == 1 and narrow.stdout.splitlines()[-1].startswith("UNFIT: ")
    assert "--precision auto" in narrow.stdout
    taken = command("convert", path, "-o", tmp_path / "n.mlpackage", "--reference", "embedded", "--precision", "fp16",
                    "--force", "--accept", "unfit")
    assert taken.returncode == 0
    blind = command("convert", path, "-o", tmp_path / "b.mlpackage", "--no-validate")
    assert blind.returncode == 0 and "not measured" in blind.stdout


def test_a_model_that_fp16_holds_is_all_fp16(command, tmp_path):
    random = np.random.default_rng(1)
    constants = {"w": random.standard_normal((64, 32)).astype(np.float32), "b": random.standard_normal(32).astype(np.float32)}
    path = write(tmp_path / "m.onnx", [node("h = MatMul(x, w)"), node("a = Add(h, b)"), node("y = Tanh(a)")], [4, 64], constants)
    for precision in ("auto", "fp16"):
        done = command("convert", path, "-o", tmp_path / f"{precision}.mlpackage", "--precision", precision, "--no-validate")
        assert done.returncode == 0
    measured = command("convert", path, "-o", tmp_path / "measured.mlpackage", "--reference", "embedded")
    assert measured.returncode == 0 and measured.stdout.startswith("fp16: ")
    assert dtypes(tmp_path / "fp16.mlpackage") > 0
    files = [(tmp_path / f"{n}.mlpackage/Data/com.apple.CoreML/model.mlmodel").read_bytes() for n in ("auto", "fp16", "measured")]
    assert files[0] == files[1] == files[2]


def test_what_was_not_compared_is_not_judged(command, tmp_path):
    path = write(tmp_path / "m.onnx", [node("a = Abs(x)"), node("n = Neg(a)"), node("y = Relu(n)")], [4, 8], {})
    done = command("convert", path, "-o", tmp_path / "p.mlpackage", "--reference", "embedded")
    assert done.returncode == 1 and done.stdout.splitlines()[-1].startswith("NOT JUDGED: ")
    taken = command("validate", path, tmp_path / "p.mlpackage", "--reference", "embedded", "--accept", "not-judged,unfit", "--json")
    validation = json.loads(taken.stdout)["result"]["validation"]
    assert taken.returncode == 0 and validation["verdict"] == "not-judged" and validation["accepted"] and not validation["passed"]
    assert validation["outputs"][0]["verdict"] == "not-judged"


def test_compression_that_leaves_nothing_is_unfit(command, tmp_path):
    random = np.random.default_rng(2)
    constants = {"w": random.standard_normal((256, 128)).astype(np.float32), "v": random.standard_normal((128, 16)).astype(np.float32)}
    path = write(tmp_path / "m.onnx", [node("h = MatMul(x, w)"), node("r = Relu(h)"), node("y = MatMul(r, v)")], [8, 256], constants)
    embedded = ("--reference", "embedded")
    gone = command("compress", path, "-o", tmp_path / "p.mlpackage", "--prune", "0.97", *embedded)
    assert gone.returncode == 1 and "UNFIT: " in gone.stdout and "--max-drop" in gone.stdout
    # The same in a plain validation, and as dense weights: those are another program.
    again = command("validate", path, tmp_path / "p.mlpackage", *embedded)
    assert again.returncode == 1 and "UNFIT: " in again.stdout
    assert command("decompress", tmp_path / "p.mlpackage", "-o", tmp_path / "d.mlpackage", *embedded).returncode == 0
    dense = command("validate", path, tmp_path / "d.mlpackage", *embedded)
    assert dense.returncode == 1 and "FAILED: " in dense.stdout
    # A goal has said how much may go.
    bounded = command("compress", path, "-o", tmp_path / "b.mlpackage", "--max-drop", "sqnr=5", *embedded)
    assert bounded.returncode == 0, bounded.stdout
    kept = command("compress", path, "-o", tmp_path / "k.mlpackage", "--quantize", "int8", *embedded)
    assert kept.returncode == 0 and "ok: " in kept.stdout
