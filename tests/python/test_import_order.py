"""corecast beside torch, onnx and coremltools, which bring protobuf and thread pools of their own.

Every order of importing them, each in a process of its own; then each has to do some work. torch is
only in the environment `peers` of tests/models/environments.py; without it the rest is tried here.
"""

import importlib.util
import itertools
import os
import pathlib
import subprocess
import sys

import pytest

import corecast

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = {
    "torch": "assert torch.ones(2, 3).matmul(torch.ones(3, 2)).sum() == 12",
    "onnx": "onnx.checker.check_model(onnx.ModelProto.FromString(onnx.load(MODEL).SerializeToString()))",
    "coremltools": "assert coremltools.utils.load_spec(PACKAGE).WhichOneof('Type') == 'mlProgram'",
    "corecast": "assert corecast.convert(MODEL).run({'x': [[1, 2, 3, 4]]})['p'].shape == (1, 5)",
}


def peers() -> pathlib.Path:
    """A python with all of them; skips where there is none."""
    spec = importlib.util.spec_from_file_location("environments", ROOT / "tests" / "models" / "environments.py")
    environments = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(ROOT / "tests" / "models"))
    try:
        spec.loader.exec_module(environments)
    finally:
        sys.path.pop(0)
    if not environments.is_here("peers") and not environments.is_ready("peers"):
        pytest.skip("not run: no environment with torch (tests/models/environments.py peers)")
    python = environments.ensure("peers")
    version = subprocess.run([python, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, text=True)
    if version.stdout.strip() != str(sys.version_info[:2]):
        pytest.skip(f"not run: the environment with torch has another Python, {version.stdout.strip()}")
    return python


@pytest.fixture(scope="module")
def package(mlp, tmp_path_factory):
    path = tmp_path_factory.mktemp("order") / "mlp.mlpackage"
    corecast.convert(mlp).save(path)
    return path


def run_in_order(python, order, model, package):
    """Imports, then lets each do its work, first imported first."""
    lines = ["import warnings; warnings.simplefilter('ignore')"]
    lines += [f"import {name}" for name in order]
    lines += [f"MODEL, PACKAGE = {str(model)!r}, {str(package)!r}"]
    lines += [WORK[name] for name in order]
    home = str(pathlib.Path(corecast.__file__).parent.parent)
    done = subprocess.run([python, "-c", "\n".join(lines)], env={**os.environ, "PYTHONPATH": home}, capture_output=True, text=True)
    assert done.returncode == 0, f"import {', '.join(order)}: exit code {done.returncode}\n{done.stderr[-2000:]}"


@pytest.mark.slow
@pytest.mark.parametrize("order", list(itertools.permutations(WORK)), ids="-".join)
def test_beside_torch(order, mlp, package):
    run_in_order(peers(), order, mlp, package)


@pytest.mark.parametrize("order", list(itertools.permutations(["onnx", "coremltools", "corecast"])), ids="-".join)
def test_beside_others(order, mlp, package):
    for name in order:
        pytest.importorskip(name)
    run_in_order(sys.executable, order, mlp, package)
