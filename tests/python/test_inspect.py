"""What inspect says of an interface: ranges, enumerations, images, states, labels."""

import json
import os
import subprocess

import numpy as np
import pytest

import corecast as cc

ct = pytest.importorskip("coremltools", reason="not run: coremltools is not here")
import coreml_programs  # noqa: E402
from coreml_programs import IOS18, PROGRAMS  # noqa: E402

CLI = os.environ.get("CORECAST_CLI", "")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The path of a program of coreml_programs as a package; `change` edits its description first."""
    folder = tmp_path_factory.mktemp("packages")

    def save(name, change=None):
        model = PROGRAMS[name][0](IOS18)
        if change:
            spec = model.get_spec()
            change(spec.description)
            model = ct.models.MLModel(spec, weights_dir=model.weights_dir, skip_model_load=True)
        path = folder / f"{name}{len(os.listdir(folder))}.mlpackage"
        model.save(str(path))
        return path

    return save


def inspected(path):
    """The command's JSON result, and its text."""
    if not CLI:
        pytest.skip("not run: CORECAST_CLI names no command")
    done = subprocess.run([CLI, "inspect", path, "--json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    text = subprocess.run([CLI, "inspect", path], capture_output=True, text=True).stdout
    return json.loads(done.stdout)["result"], text


def test_ranges(mlp, tmp_path):
    cc.convert(mlp, inputs=["x[batch=2..6,4]"]).save(tmp_path / "m.mlpackage")
    result, text = inspected(tmp_path / "m.mlpackage")
    assert result["inputs"][0]["ranges"] == {"batch": [2, 6]} and result["inputs"][0]["enumerated"] == []
    assert result["inputs"][0]["shape"] == "[batch,4]" and "batch 2..6" in text
    assert not result["inputs"][0]["optional"] and result["inputs"][0]["image"] is None
    assert result["states"] == [] and result["classifier"] is None and result["functions"] == ["main"]
    unbounded, text = inspected(mlp)
    assert unbounded["inputs"][0]["ranges"] == {"batch": [1, None]} and "batch 1..\n" in text


def test_enumerations(saved):
    package = saved("flexible_enumerated")
    result, text = inspected(package)
    shapes = [[1, 2, 3], [1, 4, 5], [1, 6, 7]]
    assert sorted(result["inputs"][0]["enumerated"]) == shapes
    assert result["inputs"][0]["default_shape"] == [1, 4, 5]
    assert all(str(shape).replace(" ", "") in text for shape in shapes)
    assert sorted(cc.load(package).inputs[0].enumerated) == shapes


def test_images(saved):
    package = saved("image_input")
    result, text = inspected(package)
    image = result["inputs"][0]["image"]
    assert image["color"] == "bgr"
    np.testing.assert_allclose(image["scale"], [1 / 127.5], rtol=1e-6)
    assert np.ravel(image["bias"]).tolist() in ([-1.0], [-1.0, -1.0, -1.0])
    assert "image bgr, pixel * 0.00784" in text
    x = cc.load(package).inputs[0]
    assert x.image == "bgr" and x.image_scale == image["scale"] and x.image_bias == image["bias"]


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_scales_of_images_that_were_converted(tmp_path, precision):
    onnx = pytest.importorskip("onnx")
    from onnx_files import save_onnx

    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    nodes = [onnx.helper.make_node("ReduceMax", ["x"], ["y"], axes=[2, 3])]
    path = save_onnx(tmp_path / "m.onnx", nodes, {"x": (1, [1, 3, 8, 8])}, {"y": (1, [1, 3, 1, 1])})
    cc.convert(path, inputs=cc.ImageSpec("x", mean=mean, std=std), precision=precision).save(tmp_path / "m.mlpackage")
    x = cc.load(tmp_path / "m.mlpackage").inputs[0]
    assert x.image == "rgb"
    np.testing.assert_allclose(x.image_scale, 1 / 255 / np.array(std), rtol=1e-3)
    np.testing.assert_allclose(x.image_bias, -np.array(mean) / std, rtol=1e-3)
    plain = cc.convert(path, inputs=cc.ImageSpec("x"), precision=precision).inputs[0]
    assert (plain.image_scale, plain.image_bias) == ([1], [0])
    assert cc.load(path).inputs[0].image_scale == []


def test_labels(saved):
    package = saved("classifier")
    result, text = inspected(package)
    assert result["classifier"] == {"output": "scores", "labels": 3} and "output scores, 3 labels" in text
    assert cc.load(package).labels == ["cat", "dog", "cow"]
    assert cc.load(saved("image_input")).labels is None


def test_states(saved):
    package = saved("state")
    result, text = inspected(package)
    assert [s["name"] for s in result["states"]] == ["cache"] and [x["name"] for x in result["inputs"]] == ["x"]
    assert result["states"][0]["shape"] == "[2,3]" and "states\n  cache  f16[2,3]" in text
    assert [s.name for s in cc.load(package).states] == ["cache"]


def test_optional_inputs(saved):
    def change(description):
        description.input[0].type.isOptional = True

    package = saved("classifier", change)
    result, text = inspected(package)
    assert result["inputs"][0]["optional"] and "  optional\n" in text
    assert cc.load(package).inputs[0].optional
