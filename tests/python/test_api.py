"""The package corecast: convert, load, run, save, validate, errors."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import corecast as cc

onnx = pytest.importorskip("onnx")
from onnx_files import save_onnx  # noqa: E402

h, t = onnx.helper, onnx.TensorProto


@pytest.fixture(scope="module")
def package(mlp, tmp_path_factory):
    path = tmp_path_factory.mktemp("package") / "mlp.mlpackage"
    cc.convert(mlp, inputs=[cc.Dim("batch", 1, 8)]).save(path)
    return path


# --- import ----------------------------------------------------------------------------------------


def test_import_is_light():
    """numpy, onnx and torch stay out. Of the processor's time, which other programs do not lengthen, the best of five."""
    code = (
        "import time, sys; a = time.process_time(); import corecast; b = time.process_time()\n"
        "heavy = {'numpy', 'onnx', 'torch'} & set(sys.modules)\n"
        "print(b - a, *heavy)"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    runs = [subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout.split() for _ in range(5)]
    assert runs[0][1:] == []
    assert min(float(r[0]) for r in runs) < 0.05


def test_version():
    assert cc.__version__.count(".") == 2


# --- convert, save, load ---------------------------------------------------------------------------


def test_convert_runs_like_the_source(mlp, mlp_expect, x):
    model = cc.convert(str(mlp))
    out = model.run({"x": x})
    assert list(out) == ["p"]
    np.testing.assert_allclose(out["p"], mlp_expect(x), atol=5e-3)
    exact = cc.convert(mlp, precision="fp32").run({"x": x})["p"]
    np.testing.assert_allclose(exact, mlp_expect(x), rtol=1e-5, atol=1e-7)


def test_convert_a_proto(mlp, mlp_expect, x):
    proto = onnx.load(mlp)
    before = proto.SerializeToString()
    out = cc.convert(proto, precision="fp32").run({"x": x})["p"]
    np.testing.assert_allclose(out, mlp_expect(x), rtol=1e-5, atol=1e-7)
    assert proto.SerializeToString() == before


def test_convert_a_proto_with_external_data(mlp, mlp_expect, x, tmp_path):
    onnx.save(onnx.load(mlp), tmp_path / "split.onnx", save_as_external_data=True, location="w.bin", size_threshold=0)
    proto = onnx.load(tmp_path / "split.onnx", load_external_data=False)
    with pytest.raises(cc.UsageError, match="base_dir"):
        cc.convert(proto)
    out = cc.convert(proto, precision="fp32", base_dir=tmp_path).run({"x": x})["p"]
    np.testing.assert_allclose(out, mlp_expect(x), rtol=1e-5, atol=1e-7)
    assert sorted(os.listdir(tmp_path)) == ["split.onnx", "w.bin"]


def test_convert_a_proto_beyond_the_limit_of_protobuf(mlp, mlp_expect, x, monkeypatch):
    from corecast import _source

    monkeypatch.setattr(_source, "_PROTO_LIMIT", 100)
    proto = onnx.load(mlp)
    before = proto.SerializeToString()
    out = cc.convert(proto, precision="fp32").run({"x": x})["p"]
    np.testing.assert_allclose(out, mlp_expect(x), rtol=1e-5, atol=1e-7)
    assert proto.SerializeToString() == before


def test_save_and_load(package, mlp_expect, x):
    model = cc.load(package)
    assert model.format == "coreml"
    np.testing.assert_allclose(model.run({"x": x})["p"], mlp_expect(x), atol=5e-3)
    for precision in ("fp32", "fp16"):
        np.testing.assert_allclose(cc.load(package, precision=precision).run({"x": x})["p"], mlp_expect(x), atol=5e-3)


def test_save_replaces_only_when_told(mlp, tmp_path):
    model = cc.convert(mlp, target="ios16")
    saved = model.save(tmp_path / "m.mlpackage")
    assert saved.path.endswith("m.mlpackage") and saved.target == "ios16" and saved.bytes > 0 and saved.ops > 0
    with pytest.raises(cc.Error, match="exists"):
        model.save(tmp_path / "m.mlpackage")
    model.save(tmp_path / "m.mlpackage", force=True)
    assert os.listdir(tmp_path) == ["m.mlpackage"]


def test_specs(mlp, x):
    flexible = cc.convert(mlp, inputs=[cc.TensorSpec("x", (cc.Dim("batch", 2, 6), 4), "float32")])
    assert flexible.inputs[0].shape == ("batch", 4)
    assert flexible.inputs[0].ranges == {"batch": (2, 6)}
    fixed = cc.convert(mlp, inputs=["x[3,4]"])
    assert fixed.inputs[0].shape == (3, 4)
    assert fixed.outputs[0].shape == (3, 5)
    listed = cc.convert(mlp, inputs=[cc.Dim("batch", values=(1, 3))])
    assert listed.inputs[0].enumerated == [[1, 4], [3, 4]]


def test_spec_texts():
    spec = cc.TensorSpec("x", (cc.Dim("n", 1, 8), "m", 3, cc.Dim("k", values=(1, 2)), cc.Dim("z")), np.float16)
    assert str(spec) == "x[n=1..8,m,3,k={1,2},z=1..]{f16}"
    assert str(cc.TensorSpec("x", dtype="int32")) == "x{i32}"
    assert str(cc.TensorSpec("x", (), "float32")) == "x[]{f32}"
    with pytest.raises(cc.UsageError):
        str(cc.TensorSpec("x", (1,), "complex64"))
    with pytest.raises(cc.UsageError):
        cc.Dim("n", 4, 2)


def test_outputs_and_bake(tmp_path):
    path = save_onnx(
        tmp_path / "m.onnx",
        [h.make_node("Mul", ["x", "s"], ["y"]), h.make_node("Neg", ["y"], ["z"])],
        {"x": (t.FLOAT, [2]), "s": (t.FLOAT, [])},
        {"z": (t.FLOAT, [2])},
    )
    model = cc.convert(path, precision="fp32", outputs=["y"], bake={"s": 3})
    assert [f.name for f in model.inputs] == ["x"]
    np.testing.assert_array_equal(model.run({"x": [1, 2]})["y"], np.float32([3, 6]))


# --- looking into a model --------------------------------------------------------------------------


def test_features(mlp, package):
    feature = cc.load(mlp).inputs[0]
    assert (feature.name, feature.dtype, feature.shape) == ("x", "float32", ("batch", 4))
    model = cc.load(package)
    assert [f.name for f in model.outputs] == ["p"]
    assert model.states == [] and model.functions == ["main"] and model.function == "main"


def test_stats_and_text(mlp):
    model = cc.load(mlp)
    stats = model.stats()
    assert stats["parameters"] == 4 * 64 + 64 + 64 * 5
    assert stats["op_count"] == sum(stats["ops"].values()) > 0
    assert "softmax" in model.text() and "func @main" in model.text()


def test_metadata(mlp, tmp_path):
    model = cc.convert(mlp)
    with pytest.raises(TypeError):
        model.metadata["author"] = "Ada"
    model.metadata = {**model.metadata, "author": "Ada", "note": "1"}
    model.save(tmp_path / "m.mlpackage")
    read = cc.load(tmp_path / "m.mlpackage").metadata
    assert read["author"] == "Ada" and read["note"] == "1"


# --- validate --------------------------------------------------------------------------------------


def test_validate(mlp, package, x):
    report = cc.validate(mlp, package, runtime="embedded")
    assert report.passed and report.generated
    assert report.outputs["p"].psnr > 40 and report.outputs["p"].cosine > 0.999
    assert report.first_divergence is None
    assert "ok: " in str(report) and "sqnr" in str(report)
    given = cc.validate(mlp, package, data={"x": np.stack([x, x + 1])}, runtime="embedded")
    assert given.samples == 2 and not given.generated


def test_validate_models(mlp):
    assert cc.validate(mlp, cc.convert(mlp), runtime="embedded").passed
    assert cc.validate(onnx.load(mlp), cc.convert(mlp), runtime="embedded").passed


def test_validate_against_onnxruntime(mlp, package):
    pytest.importorskip("onnxruntime")
    report = cc.validate(mlp, package, runtime="onnxruntime")
    assert report.passed and "onnxruntime" in report.reference


def test_assert_parity(mlp, package):
    cc.testing.assert_parity(mlp, package, runtime="embedded")
    with pytest.raises(AssertionError) as failure:
        cc.testing.assert_parity(mlp, package, runtime="embedded", expect="psnr>=500")
    assert isinstance(failure.value, cc.GateError)
    assert not failure.value.report.passed and "psnr" in str(failure.value)


# --- errors ----------------------------------------------------------------------------------------


def test_unreadable(tmp_path):
    with pytest.raises(cc.InputError) as error:
        cc.load(tmp_path / "none.onnx")
    assert error.value.code == "E2001" and "none.onnx" in str(error.value) and error.value.exit_code == 2
    (tmp_path / "bad.onnx").write_bytes(b"\xff" * 100)
    with pytest.raises(cc.InputError):
        cc.load(tmp_path / "bad.onnx")
    with pytest.raises(cc.UsageError, match="dict"):
        cc.load({})


def test_unsupported_lists_everything(tmp_path):
    path = save_onnx(
        tmp_path / "m.onnx",
        [h.make_node("Det", ["x"], ["a"], name="one"), h.make_node("Det", ["x"], ["b"], name="two")],
        {"x": (t.FLOAT, [2, 2])},
        {"a": (t.FLOAT, []), "b": (t.FLOAT, [])},
    )
    with pytest.raises(cc.UnsupportedError) as error:
        cc.convert(path)
    assert error.value.exit_code == 3
    assert {p.node for p in error.value.problems} == {"one", "two"}
    assert {p.op for p in error.value.problems} == {"Det"}


def test_usage(mlp):
    for arguments in ({"target": "ios3"}, {"precision": "fp8"}, {"inputs": ["x["]}, {"inputs": ["nothing[1]"]}, {"bake": {"nothing": 1}}):
        with pytest.raises(cc.UsageError) as error:
            cc.convert(mlp, **arguments)
        assert error.value.code.startswith("E1")
    with pytest.raises(cc.UsageError, match="precision"):
        cc.load(mlp, precision="fp64")
    with pytest.raises(cc.UsageError, match="function"):
        cc.load(mlp, function="nothing")


def test_exit_codes_are_one_to_one():
    codes = {cls.exit_code for cls in (cc.GateError, cc.UsageError, cc.UnsupportedError, cc.AbsentError, cc.LimitError, cc.InternalError)}
    assert codes == {1, 2, 3, 4, 5, 70}
    assert cc.InputError.exit_code == cc.UsageError.exit_code


def test_interrupt():
    """Ctrl-C during work without end in sight raises KeyboardInterrupt."""
    code = (
        "import os, signal, threading, sys, numpy as np, onnx, corecast as cc\n"
        "h, t = onnx.helper, onnx.TensorProto\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a parent in the background ignores it\n"
        "n = 20000\n"
        "nodes = [h.make_node('Sin', [f'v{i}'], [f'v{i+1}']) for i in range(n)]\n"
        "g = h.make_graph(nodes, 'g', [h.make_tensor_value_info('v0', t.FLOAT, [4])], [h.make_tensor_value_info(f'v{n}', t.FLOAT, [4])])\n"
        "m = h.make_model(g, opset_imports=[h.make_opsetid('', 17)], ir_version=8)\n"
        "threading.Timer(0.02, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
        "try:\n"
        "    while True: cc.convert(m)\n"
        "except KeyboardInterrupt: print('interrupted')\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "interrupted", done.stderr


# --- the command -----------------------------------------------------------------------------------


def test_module_runs_the_command(package):
    from corecast.__main__ import command

    if command() is None:
        pytest.skip("the command is not built")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    version = subprocess.run([sys.executable, "-m", "corecast", "--version"], env=env, capture_output=True, text=True)
    assert version.stdout.strip() == f"corecast {cc.__version__}"
    inspected = subprocess.run([sys.executable, "-m", "corecast", "inspect", str(package), "--json"], env=env, capture_output=True, text=True)
    assert json.loads(inspected.stdout)["status"] == "ok"


def test_stubs_name_what_is_there():
    """Every name of the private module's stub exists, and the other way round."""
    import ast

    from corecast import _corecast

    stub = ast.parse((pathlib.Path(cc.__file__).parent / "_corecast.pyi").read_text())
    names = {}
    for node in stub.body:
        if isinstance(node, ast.ClassDef):
            names[node.name] = {m.name if isinstance(m, ast.FunctionDef) else m.target.id for m in node.body}
        elif isinstance(node, ast.FunctionDef):
            names[node.name] = set()
        elif isinstance(node, ast.AnnAssign):
            names[node.target.id] = set()
    assert {n for n in dir(_corecast) if not n.startswith("__")} <= set(names)
    for name, members in names.items():
        there = getattr(_corecast, name)
        for member in members:
            assert hasattr(there, member), f"{name}.{member}"
        if members:
            public = {m for m in vars(there) if not m.startswith("_")}
            assert public <= members, f"{name}: {public - members}"
