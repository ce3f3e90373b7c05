"""--range-of: inputs that are made up lie within it, and reach its ends."""

import json
import os
import subprocess

import numpy as np
import pytest

pytest.importorskip("onnx")

import corecast as cc  # noqa: E402
from test_precision_auto import node, write  # noqa: E402

CLI = os.environ.get("CORECAST_CLI")
# exp leaves fp16 beyond 11.09: what is said of the model tells which numbers it got.
NODES = ["e = Exp(x)", "y = Mul(e, s)"]
CONSTANTS = {"s": np.float32(1e-4)}


@pytest.fixture
def model(tmp_path):
    return write(tmp_path / "m.onnx", [node(n) for n in NODES], [4, 64], CONSTANTS)


@pytest.mark.parametrize("low, high", [(-3.0, 3.0), (8.0, 16.0), (0.5, 0.5)])
def test_numbers_reach_the_ends(model, low, high):
    report = cc.validate(model, cc.convert(model, measure=False), runtime="embedded", ranges={"x": (low, high)})
    assert f"stretched to {low:g}..{high:g}" in report.inputs_made["x"]
    first, last = np.exp([low, high]) * 1e-4
    # Of equal numbers the range is their size.
    assert report.outputs["y"].range == pytest.approx(last - first or last, rel=1e-2)


def test_auto_looks_at_the_range(model):
    wide = cc.convert(model, ranges={"x": (8, 16)}).run({"x": np.full((4, 64), 15, np.float32)})["y"]
    assert wide == pytest.approx(np.full((4, 64), np.exp(15.0) * 1e-4), rel=1e-2)


@pytest.mark.skipif(not CLI, reason="not run: CORECAST_CLI names no command")
@pytest.mark.parametrize("text, code", [("x=3..1", "E1031"), ("x=1", "E1031"), ("x=0..inf", "E1031"), ("z=0..1", "E1002")])
def test_ranges_that_say_nothing(model, text, code, tmp_path):
    done = subprocess.run([CLI, "convert", model, "-o", tmp_path / "p.mlpackage", "--reference", "embedded", "--range-of", text,
                           "--json"], capture_output=True, text=True)
    assert done.returncode == 2
    assert code in [d["code"] for d in json.loads(done.stdout)["diagnostics"]]
