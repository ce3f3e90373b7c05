"""--data: what does not fit the model is said with the array, the size and the remedy."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx_files import save_onnx  # noqa: E402

CLI = os.environ.get("CORECAST_CLI", "")
pytestmark = pytest.mark.skipif(not CLI, reason="CORECAST_CLI names no command")

node, T = onnx.helper.make_node, onnx.TensorProto


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """x float[n,3] and a scale float[1], and a package of it with n from 1 to 8."""
    folder = tmp_path_factory.mktemp("given")
    model = save_onnx(
        folder / "m.onnx",
        [node("Mul", ["features", "scale"], ["y"])],
        {"features": (T.FLOAT, ["n", 3]), "scale": (T.FLOAT, [1])},
        {"y": (T.FLOAT, ["n", 3])},
    )
    package = folder / "M.mlpackage"
    subprocess.run(
        [CLI, "convert", model, "-o", package, "--no-validate", "--input", "n=1..8"], check=True, capture_output=True
    )
    return model, package


def validated(models, data):
    model, package = models
    environment = {**os.environ, "CORECAST_PYTHON": sys.executable}
    done = subprocess.run(
        [CLI, "validate", model, package, "--data", str(data), "--json"], env=environment, capture_output=True, text=True
    )
    return done.returncode, json.loads(done.stdout)["diagnostics"]


def data(tmp_path, **arrays):
    np.savez(tmp_path / "d.npz", **arrays)
    return tmp_path / "d.npz"


ONE = np.arange(1, 7, dtype=np.float32).reshape(2, 3)
SCALE = np.ones(1, np.float32)


def test_good_data_say_nothing(models, tmp_path):
    assert validated(models, data(tmp_path, features=ONE, scale=SCALE)) == (0, [])


def test_a_scalar_is_taken_where_one_element_is_wanted(models, tmp_path):
    assert validated(models, data(tmp_path, features=ONE, scale=np.float32(2)))[0] == 0


def test_one_element_is_taken_where_a_scalar_is_wanted(tmp_path):
    model = save_onnx(
        tmp_path / "s.onnx",
        [node("Mul", ["x", "s"], ["y"])],
        {"x": (T.FLOAT, [3]), "s": (T.FLOAT, [])},
        {"y": (T.FLOAT, [3])},
    )
    package = tmp_path / "S.mlpackage"
    subprocess.run([CLI, "convert", model, "-o", package, "--no-validate"], check=True, capture_output=True)
    given = data(tmp_path, x=np.arange(3, dtype=np.float32), s=np.ones(1, np.float32))
    assert validated((model, package), given)[0] == 0


def test_numbers_that_are_not_finite_are_counted(models, tmp_path):
    odd = ONE.copy()
    odd[1, 1:] = np.nan
    odd[0, 0] = np.inf
    _, diagnostics = validated(models, data(tmp_path, features=odd, scale=SCALE))
    warning = [d for d in diagnostics if d["code"] == "W4022"]
    assert len(warning) == 1
    assert 'array "features" has 2 NaN and 1 infinite of 6 elements' in warning[0]["message"]


def test_a_misspelt_name_is_recognised(models, tmp_path):
    code, diagnostics = validated(models, data(tmp_path, feature=ONE, scale=SCALE))
    assert code == 2
    assert 'no array for input "features", but one named "feature"' in diagnostics[-1]["message"]


def test_an_array_too_many_is_noted(models, tmp_path):
    code, diagnostics = validated(models, data(tmp_path, features=ONE, scale=SCALE, other=ONE))
    assert code == 0
    assert [d["code"] for d in diagnostics] == ["N4023"]


@pytest.mark.parametrize(
    "shape, dimension",
    [((2, 4), "in dimension 1 the model takes 3"), ((0, 3), "n=1")],
)
def test_a_wrong_size_is_named(models, tmp_path, shape, dimension):
    code, diagnostics = validated(models, data(tmp_path, features=np.ones(shape, np.float32), scale=SCALE))
    assert code == 2
    assert 'input "features" has shape [' in diagnostics[-1]["message"]
    assert dimension in diagnostics[-1]["message"]


def test_empty_files(models, tmp_path):
    (tmp_path / "e.npz").touch()
    code, diagnostics = validated(models, tmp_path / "e.npz")
    assert code == 2 and "the file is empty" in diagnostics[-1]["message"]
    code, diagnostics = validated(models, data(tmp_path))
    assert code == 2 and "holds no arrays" in diagnostics[-1]["message"]
    code, diagnostics = validated(models, data(tmp_path, features=np.ones((0, 2, 3), np.float32), scale=SCALE))
    assert code == 2 and "no sample" in diagnostics[-1]["message"]


def test_more_than_memory_is_refused_before_it_is_read(models, tmp_path):
    """A sparse .npy of a terabyte: nothing of it is read."""
    path = tmp_path / "huge.npy"
    header = np.lib.format
    with open(path, "wb") as f:
        header.write_array_header_1_0(f, {"descr": "<f4", "fortran_order": False, "shape": (1 << 36, 3)})
        f.truncate(f.tell() + (1 << 36) * 12)
    code, diagnostics = validated(models, path)
    assert code == 5
    assert "this machine has" in diagnostics[-1]["message"]
