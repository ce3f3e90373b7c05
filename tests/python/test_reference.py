"""Which interpreter the command asks for ONNX Runtime, and what a report says when none has it."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

pytest.importorskip("onnxruntime")
CLI = os.environ.get("CORECAST_CLI", "")
pytestmark = pytest.mark.skipif(not CLI, reason="CORECAST_CLI names no command")

HAS_ONE = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
HAS_NONE = "#!/bin/sh\nexit 1\n"


def interpreter(folder: pathlib.Path, script: str) -> pathlib.Path:
    """A `python3` in `folder` that runs `script`."""
    folder.mkdir(exist_ok=True)
    path = folder / "python3"
    path.write_text(script)
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def installed(tmp_path_factory, mlp):
    """A folder with the command in it, as pip makes one, and a package of the model."""
    folder = tmp_path_factory.mktemp("scripts")
    shutil.copy(CLI, folder / "corecast")
    package = folder / "M.mlpackage"
    subprocess.run([CLI, "convert", mlp, "-o", package, "--no-validate"], check=True, capture_output=True)
    return folder


def validation(installed, mlp, beside: str | None, on_path: str | None, *options: str, named: str = ""):
    """The report as JSON and as text, with such interpreters beside the command and on the PATH."""
    (installed / "python3").unlink(missing_ok=True)
    if beside:
        interpreter(installed, beside)
    path = installed / "path"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    if on_path:
        interpreter(path, on_path)
    environment = {k: v for k, v in os.environ.items() if k not in ("CORECAST_PYTHON", "PYTHONPATH")}
    environment |= {"PATH": str(path)} | ({"CORECAST_PYTHON": named} if named else {})
    command = [installed / "corecast", "validate", mlp, installed / "M.mlpackage", *options]
    text = subprocess.run(command, env=environment, capture_output=True, text=True)
    document = subprocess.run([*command, "--json"], env=environment, capture_output=True, text=True)
    return json.loads(document.stdout), text


@pytest.mark.parametrize("beside, on_path", [(HAS_ONE, None), (HAS_ONE, HAS_NONE), (None, HAS_ONE), (HAS_NONE, HAS_ONE)])
def test_the_first_interpreter_that_has_it_is_asked(installed, mlp, beside, on_path):
    document, text = validation(installed, mlp, beside, on_path)
    result = document["result"]["validation"]
    assert result["passed"] and result["reference"].startswith("onnxruntime ") and result["self_checked"] == ""
    assert "checked itself" not in text.stdout and "no independent reference" not in text.stdout


def test_a_named_interpreter_is_the_only_one_asked(installed, mlp):
    none = interpreter(installed / "elsewhere", HAS_NONE)
    document, _ = validation(installed, mlp, HAS_ONE, HAS_ONE, named=str(none))
    assert document["result"]["validation"]["reference"] == "corecast fp32"
    assert str(none) in document["result"]["validation"]["self_checked"]


@pytest.mark.parametrize("beside", [None, HAS_NONE])
def test_a_report_says_that_corecast_checked_itself(installed, mlp, beside):
    document, text = validation(installed, mlp, beside, None)
    result = document["result"]["validation"]
    assert text.returncode == 0 and result["passed"] and result["reference"] == "corecast fp32"
    assert "python3" in result["self_checked"] and "pip install onnxruntime" in result["self_checked"]
    said, last = text.stdout.splitlines()[-2:]
    assert said == f"corecast checked itself: {result['self_checked']}"
    assert last.startswith("ok: ") and last.endswith(", no independent reference")


def test_who_asks_for_corecast_is_not_told(installed, mlp):
    document, text = validation(installed, mlp, None, None, "--reference", "embedded")
    assert document["result"]["validation"]["self_checked"] == ""
    assert "checked itself" not in text.stdout


def test_who_asks_for_the_runtime_gets_it_or_an_error(installed, mlp):
    document, text = validation(installed, mlp, HAS_NONE, None, "--reference", "onnxruntime")
    assert text.returncode == 4 and "E4001" in text.stderr and str(installed / "python3") in text.stderr
