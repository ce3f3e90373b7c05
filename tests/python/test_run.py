"""Model.run: which inputs it takes, whose memory the outputs are, threads."""

import ctypes
import os
import pathlib
import subprocess
import sys
import threading

import numpy as np
import pytest

import corecast as cc

onnx = pytest.importorskip("onnx")
from onnx_files import save_onnx  # noqa: E402

h, t = onnx.helper, onnx.TensorProto


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "int32", "int64", "uint64", "float16", "float32", "float64", ">f4"])
def test_inputs_convert(mlp, dtype):
    model = cc.load(mlp)
    x = np.array([[0, 1, 1, 0], [1, 1, 0, 1]])
    want = model.run({"x": x.astype(np.float32)})["p"]
    np.testing.assert_array_equal(model.run({"x": x.astype(dtype)})["p"], want)


def test_inputs_of_any_layout(mlp, x):
    model = cc.load(mlp)
    want = model.run({"x": x})["p"]
    np.testing.assert_array_equal(model.run({"x": np.asfortranarray(x)})["p"], want)
    np.testing.assert_array_equal(model.run({"x": np.repeat(x, 2, axis=1)[:, ::2]})["p"], want)
    np.testing.assert_array_equal(model.run({"x": x[::-1][::-1]})["p"], want)
    np.testing.assert_array_equal(model.run({"x": x.tolist()})["p"], want)
    read_only = x.copy()
    read_only.setflags(write=False)
    np.testing.assert_array_equal(model.run({"x": read_only})["p"], want)


class FakeTorch:
    """What run needs of a torch tensor: one that requires grad refuses numpy until detached."""

    dtype = "torch.float32"

    def __init__(self, array, detached=False):
        self.array, self.detached = array, detached

    def detach(self):
        return FakeTorch(self.array, True)

    def cpu(self):
        return self

    def __array__(self, dtype=None, copy=None):
        if not self.detached:
            raise RuntimeError("requires grad")
        return self.array


def test_torch_tensors(mlp, x):
    model = cc.load(mlp)
    np.testing.assert_array_equal(model.run({"x": FakeTorch(x)})["p"], model.run({"x": x})["p"])


def test_integers_are_checked(tmp_path):
    path = save_onnx(
        tmp_path / "m.onnx", [h.make_node("Add", ["i", "i"], ["o"])], {"i": (t.INT32, [2, 2])}, {"o": (t.INT32, [2, 2])}
    )
    model = cc.load(path)
    np.testing.assert_array_equal(model.run({"i": np.array([[1, 2], [3, 4]], np.int64)})["o"], [[2, 4], [6, 8]])
    np.testing.assert_array_equal(model.run({"i": np.array([[1.0, 2], [3, 4]])})["o"], [[2, 4], [6, 8]])
    with pytest.raises(cc.UsageError, match=r"\[1,0\]") as error:
        model.run({"i": np.array([[1, 2], [2**40, 4]], np.int64)})
    assert error.value.code == "E1007"
    with pytest.raises(cc.UsageError, match=r"\[0,1\]"):
        model.run({"i": np.array([[1, 2.5], [3, 4]])})


def test_wrong_inputs(mlp, x):
    model = cc.load(mlp)
    for inputs, message in (
        ({}, "missing"),
        ({"x": x, "y": x}, "y"),
        ({"x": x[0]}, "shape"),
        ({"x": x[:, :3]}, "shape"),
        ({"x": x.astype(np.complex64)}, "complex64"),
        ({"x": "text"}, "text"),
        ({"x": object()}, ""),
        ({3: x}, "name"),
    ):
        with pytest.raises((cc.InputError, cc.UsageError), match=message):
            model.run(inputs)


def test_outputs_are_ones_own(tmp_path):
    """What is passed through, and constants, may be written to without an effect on anything else."""
    path = save_onnx(
        tmp_path / "m.onnx",
        [h.make_node("Identity", ["x"], ["y"]), h.make_node("Identity", ["c"], ["z"])],
        {"x": (t.FLOAT, [3])},
        {"y": (t.FLOAT, [3]), "z": (t.FLOAT, [3])},
        [onnx.numpy_helper.from_array(np.float32([1, 2, 3]), "c")],
    )
    model = cc.load(path)
    x = np.float32([4, 5, 6])
    out = model.run({"x": x})
    out["y"][:] = 0
    out["z"][:] = 0
    np.testing.assert_array_equal(x, [4, 5, 6])
    np.testing.assert_array_equal(model.run({"x": x})["z"], [1, 2, 3])


def test_results_outlive_the_model(mlp, x):
    model = cc.load(mlp)
    out = model.run({"x": x})["p"]
    kept = out.copy()
    del model
    for _ in range(3):
        np.zeros((1000, 1000))
    np.testing.assert_array_equal(out, kept)
    assert out.flags.writeable


def test_threads(mlp, x):
    """Several Python threads may run one model; set_threads changes no number."""
    want = cc.load(mlp).run({"x": x})["p"]
    before = cc.get_threads()
    try:
        cc.set_threads(1)
        model = cc.load(mlp)
        results = [None] * 8

        def work(k):
            results[k] = model.run({"x": x})["p"]

        threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for result in results:
            np.testing.assert_array_equal(result, want)
    finally:
        cc.set_threads(before)
    with pytest.raises(cc.UsageError):
        cc.set_threads(-1)


def test_models_share_threads(mlp, x):
    """Different models may run at the same time: they share the threads, and compute what they do alone."""
    big = np.random.default_rng(1).standard_normal((512, 4)).astype(np.float32)
    before = cc.get_threads()
    try:
        cc.set_threads(3)
        models = [cc.load(mlp), cc.load(mlp, precision="fp16"), cc.load(mlp)]
        want = [model.run({"x": big})["p"] for model in models]
        different = []

        def work(k):
            for _ in range(50):
                if not np.array_equal(models[k].run({"x": big})["p"], want[k]):
                    different.append(k)

        threads = [threading.Thread(target=work, args=(k,)) for k in range(len(models))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not different
    finally:
        cc.set_threads(before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_after_fork(mlp):
    """A forked process has none of its parent's threads: models loaded in it get their own."""
    code = f"""
import os, time, numpy as np, corecast as cc
cc.set_threads(3)
def run(model):
    return model.run({{"x": np.ones((512, 4), np.float32)}})["p"]
here = cc.load({str(mlp)!r})
want = run(here)
child = os.fork()
if child == 0:
    there = cc.load({str(mlp)!r})
    same = np.array_equal(run(there), want)
    tasks = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 3
    os._exit(0 if same and tasks == 3 else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_without_threads(mlp, x, tmp_path):
    """Where the system grants no thread, everything runs on the caller's own."""
    code = f"""
import ctypes, numpy as np, corecast as cc
libc = ctypes.CDLL(None)
attributes = (ctypes.c_char * 256)()
libc.pthread_attr_init(attributes)
assert libc.pthread_attr_setstacksize(attributes, ctypes.c_size_t(1 << 47)) == 0
assert libc.pthread_setattr_default_np(attributes) == 0
cc.set_threads(8)
model = cc.convert({str(mlp)!r})
model.save({str(tmp_path / "m.mlpackage")!r})
np.save({str(tmp_path / "p.npy")!r}, model.run({{"x": np.array({x.tolist()}, np.float32)}})["p"])
"""
    if not hasattr(ctypes.CDLL(None), "pthread_setattr_default_np"):
        pytest.skip("only the GNU C library can be told to refuse threads")
    home = str(pathlib.Path(cc.__file__).parent.parent)
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": home, "OPENBLAS_NUM_THREADS": "1"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(np.load(tmp_path / "p.npy"), cc.convert(mlp).run({"x": x})["p"])
    assert (tmp_path / "m.mlpackage" / "Manifest.json").exists()
