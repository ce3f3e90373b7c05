"""run, bench and compress on packages with flexible sizes: which sizes they take, and what comes out."""

import json

import numpy as np
import pytest

import corecast as cc

onnx = pytest.importorskip("onnx")
from onnx_files import save_onnx  # noqa: E402

h, t = onnx.helper, onnx.TensorProto
WEIGHT = (np.random.default_rng(2).standard_normal((3, 1024)) * 0.1).astype(np.float32)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """y = mean over the picture of x, times a matrix: x f32[n,3,h,w], y f32[n,1024]."""
    nodes = [h.make_node("ReduceMean", ["x"], ["m"], axes=[2, 3], keepdims=0), h.make_node("MatMul", ["m", "w"], ["y"])]
    return save_onnx(tmp_path_factory.mktemp("m") / "m.onnx", nodes, {"x": (t.FLOAT, ["n", 3, "h", "w"])},
                     {"y": (t.FLOAT, ["n", 1024])}, [onnx.numpy_helper.from_array(WEIGHT, "w")])


@pytest.fixture(scope="module")
def ranges(source, tmp_path_factory):
    path = tmp_path_factory.mktemp("m") / "ranges.mlpackage"
    cc.convert(source, inputs=["x[n=1..4,3,h=8..64,w=8..64]"], precision="fp32").save(path)
    return path


@pytest.fixture(scope="module")
def listed(source, tmp_path_factory):
    path = tmp_path_factory.mktemp("m") / "listed.mlpackage"
    cc.convert(source, inputs=["x[1,3,h={16,32,48},16]"], precision="fp32").save(path)
    return path


def expected(x):
    return x.astype(np.float64).mean((2, 3)) @ WEIGHT


def refused(done):
    document = json.loads(done.stdout)
    assert done.returncode == 2, document
    return document["diagnostics"][-1]


def test_sizes_are_chosen_within_ranges(command, ranges, tmp_path):
    done = command("run", ranges, "--input", "x[2,3,40,50]", "-o", tmp_path / "y.npz", "--json")
    assert done.returncode == 0, done.stdout
    assert np.load(tmp_path / "y.npz")["y"].shape == (2, 1024)
    assert command("run", ranges, "--input", "n=3", "-o", tmp_path / "z.npz").returncode == 0
    assert np.load(tmp_path / "z.npz")["y"].shape == (3, 1024)


@pytest.mark.parametrize("text", ["x[5,3,16,16]", "x[1,3,7,16]", "x[1,3,16,65]", "x[1,4,16,16]", "x[3,16,16]", "n=5", "z[1]", "q=1"])
def test_other_sizes_are_refused_with_those_allowed(command, ranges, tmp_path, text):
    for verb in (["run"], ["bench", "--runs", 1], ["compress", "-o", tmp_path / "c.mlpackage", "--palettize", 4]):
        problem = refused(command(*verb, ranges, "--input", text, "--json"))
        assert problem["code"] == "E1002"
        if text.startswith("x"):
            assert "[n=1..4,3,h=8..64,w=8..64]" in problem["help"]
    assert not (tmp_path / "c.mlpackage").exists()


def test_enumerated_shapes(command, listed, tmp_path):
    assert command("run", listed, "--input", "x[1,3,32,16]", "-o", tmp_path / "y.npz").returncode == 0
    problem = refused(command("run", listed, "--input", "x[1,3,24,16]", "--json"))
    assert problem["code"] == "E1002"
    for shape in ("[1,3,16,16]", "[1,3,32,16]", "[1,3,48,16]"):
        assert shape in problem["help"]


def test_arrays_decide_unless_they_contradict(command, ranges, tmp_path):
    x = np.random.default_rng(0).standard_normal((2, 3, 20, 30)).astype(np.float32)
    np.savez(tmp_path / "x.npz", x=x)
    assert command("run", ranges, "--data", tmp_path / "x.npz", "-o", tmp_path / "y.npz").returncode == 0
    np.testing.assert_allclose(np.load(tmp_path / "y.npz")["y"], expected(x), rtol=1e-4, atol=1e-6)
    assert command("run", ranges, "--data", tmp_path / "x.npz", "--input", "x[2,3,20,30]").returncode == 0
    problem = refused(command("run", ranges, "--data", tmp_path / "x.npz", "--input", "h=21", "--json"))
    assert problem["code"] == "E1002" and "[2,3,20,30]" in problem["message"]


def test_bench_on_data_and_sizes(command, ranges, source, tmp_path):
    (tmp_path / "data").mkdir()
    for i, size in enumerate((16, 24, 32)):
        np.savez(tmp_path / "data" / f"{i}.npz", x=np.ones((1, 3, size, size), np.float32))
    done = command("bench", ranges, "--data", tmp_path / "data", "--runs", 6, "--json")
    assert done.returncode == 0, done.stdout
    model = json.loads(done.stdout)["result"]["models"][0]
    assert model["samples"] == 3 and model["runs"] == 6
    assert "over 3 samples" in command("bench", ranges, "--data", tmp_path / "data", "--runs", 3).stdout
    # A source model is read with the sizes, a package runs with them.
    done = command("bench", ranges, "--vs", source, "--input", "x[1,3,64,64]", "--runs", 2, "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["result"]["ratio"] > 0


def test_compress_measures_at_the_sizes(command, ranges, tmp_path):
    out = tmp_path / "c.mlpackage"
    done = command("compress", ranges, "-o", out, "--palettize", 4, "--input", "x[3,3,9,10]", "--json", "--no-validate")
    assert done.returncode == 0, done.stdout
    done = command("compress", ranges, "-o", out, "--palettize", 4, "--input", "x[3,3,9,10]", "--json", "--dry-run")
    assert json.loads(done.stdout)["result"]["compression"]["outputs"][0]["sqnr"] > 10
    x = np.random.default_rng(0).standard_normal((1, 3, 30, 30)).astype(np.float32)
    np.savez(tmp_path / "x.npz", x=x)
    done = command("compress", ranges, "-o", out, "--palettize", 4, "--data", tmp_path / "x.npz", "--json", "--dry-run")
    assert json.loads(done.stdout)["result"]["compression"]["outputs"][0]["sqnr"] > 10
    # The package stays flexible.
    assert cc.load(out).inputs[0].ranges == {"n": (1, 4), "h": (8, 64), "w": (8, 64)}


def test_sizes_differ_and_the_cost_with_them(command, ranges, tmp_path):
    def cost(size):
        words = ["compress", ranges, "-o", tmp_path / "c.mlpackage", "--palettize", 2, "--input", f"x[1,3,{size},8]", "--json", "--dry-run"]
        return json.loads(command(*words).stdout)["result"]["compression"]["outputs"][0]["max_abs"]

    assert cost(8) != cost(64)


def test_a_scalar_is_taken_for_a_vector_of_one(command, tmp_path):
    path = save_onnx(tmp_path / "s.onnx", [h.make_node("Mul", ["x", "s"], ["y"])],
                     {"x": (t.FLOAT, [2]), "s": (t.FLOAT, [])}, {"y": (t.FLOAT, [2])})
    package = tmp_path / "s.mlpackage"
    cc.convert(path, precision="fp32").save(package)
    x = np.array([1.5, -2], np.float32)
    for model in (path, package):
        for s in (np.float32(3), np.array([3], np.float32)):
            np.testing.assert_array_equal(cc.load(model).run({"x": x, "s": s})["y"], x * 3)
            np.savez(tmp_path / "in.npz", x=x, s=s)
            done = command("run", model, "--data", tmp_path / "in.npz", "-o", tmp_path / "y.npz", "--force")
            assert done.returncode == 0, done.stderr
            np.testing.assert_array_equal(np.load(tmp_path / "y.npz")["y"], x * 3)
        # Two samples, with a scalar each.
        np.savez(tmp_path / "in.npz", x=np.stack([x, x]), s=np.array([3, 4], np.float32))
        assert command("run", model, "--data", tmp_path / "in.npz", "-o", tmp_path / "y.npz", "--force").returncode == 0
        np.testing.assert_array_equal(np.load(tmp_path / "y.npz")["y"], [x * 3, x * 4])
