"""Inputs that become images, and class labels."""

import json
import os
import pathlib
import subprocess
import sys

import corecast as cc
import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="not run: onnx is not here")

h, t = onnx.helper, onnx.TensorProto
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
RNG = np.random.default_rng(5)


def save_model(path, last: bool, channels: int = 3):
    """y = softmax(mean over the picture of x * w): x f32[1,C,8,6] or f32[1,8,6,C], y f32[1,4]."""
    shape = [1, 8, 6, channels] if last else [1, channels, 8, 6]
    weights = {"w": RNG.standard_normal((channels, 4)).astype(np.float32), "axes": np.array([1, 2] if last else [2, 3])}
    graph = h.make_graph(
        [
            h.make_node("ReduceMean", ["x", "axes"], ["m"], keepdims=0),
            h.make_node("MatMul", ["m", "w"], ["s"]),
            h.make_node("Softmax", ["s"], ["y"], axis=-1),
        ],
        "g",
        [h.make_tensor_value_info("x", t.FLOAT, shape)],
        [h.make_tensor_value_info("y", t.FLOAT, [1, 4])],
        [onnx.numpy_helper.from_array(v, k) for k, v in weights.items()],
    )
    onnx.save(h.make_model(graph, opset_imports=[h.make_opsetid("", 18)], ir_version=8), path)
    return weights["w"].astype(np.float64)


def expected(pixels, weights, low, high, mean, std):
    """What the source computes, in double, from pixels [1,C,H,W]."""
    x = pixels * ((high - low) / 255) + low
    x = (x - np.reshape(mean, (1, -1, 1, 1))) / np.reshape(std, (1, -1, 1, 1))
    s = x.mean((2, 3)) @ weights
    e = np.exp(s - s.max())
    return e / e.sum()


@pytest.mark.parametrize("last", [False, True], ids=["nchw", "nhwc"])
@pytest.mark.parametrize(
    ("options", "meaning"),
    [
        ({}, (0, 255, 0, 1)),
        ({"mean": MEAN, "std": STD}, (0, 1, MEAN, STD)),
        ({"range": (-1, 1)}, (-1, 1, 0, 1)),
        ({"mean": 127.5, "std": 127.5, "range": (0, 255)}, (0, 255, 127.5, 127.5)),
    ],
    ids=["raw", "mean and std", "range", "all"],
)
def test_pixels_are_scaled_as_in_training(tmp_path, last, options, meaning):
    weights = save_model(tmp_path / "m.onnx", last)
    model = cc.convert(tmp_path / "m.onnx", precision="fp32", inputs=[cc.ImageSpec("x", **options)])
    model.save(tmp_path / "m.mlpackage")
    package = cc.load(tmp_path / "m.mlpackage")
    pixels = RNG.integers(0, 256, (1, 3, 8, 6)).astype(np.float32)
    for runner in (model, package):
        np.testing.assert_allclose(
            runner.run({"x": pixels})["y"], expected(pixels, weights, *meaning), rtol=1e-4, atol=1e-5
        )


def test_the_package_says_image(tmp_path):
    coremltools = pytest.importorskip("coremltools", reason="not run: coremltools is not here")
    save_model(tmp_path / "m.onnx", last=True)
    cc.convert(tmp_path / "m.onnx", inputs=cc.ImageSpec("x", mean=0.5, std=0.5)).save(tmp_path / "m.mlpackage")
    (described,) = coremltools.utils.load_spec(str(tmp_path / "m.mlpackage")).description.input
    image = described.type.imageType
    assert (image.height, image.width) == (8, 6)
    assert image.colorSpace == image.RGB
    save_model(tmp_path / "g.onnx", last=False, channels=1)
    cc.convert(tmp_path / "g.onnx", inputs=cc.ImageSpec("x")).save(tmp_path / "g.mlpackage")
    image = coremltools.utils.load_spec(str(tmp_path / "g.mlpackage")).description.input[0].type.imageType
    assert image.colorSpace == image.GRAYSCALE


@pytest.mark.parametrize("reference", ["embedded", "onnxruntime"])
def test_validation_gives_each_side_its_own_input(tmp_path, reference):
    if reference == "onnxruntime":
        pytest.importorskip("onnxruntime", reason="not run: onnxruntime is not here")
    save_model(tmp_path / "m.onnx", last=True)
    cc.convert(tmp_path / "m.onnx", precision="fp32", inputs=cc.ImageSpec("x", mean=MEAN, std=STD)).save(
        tmp_path / "m.mlpackage"
    )
    report = cc.validate(tmp_path / "m.onnx", tmp_path / "m.mlpackage", runtime=reference)
    assert report.passed, str(report)


@pytest.mark.parametrize(
    ("image", "part"),
    [
        (cc.ImageSpec("z"), "no such input"),
        (cc.ImageSpec("x", std=0), "above 0"),
        (cc.ImageSpec("x", mean=(1, 2)), "2 numbers"),
        (cc.ImageSpec("x", layout="chwn"), "chwn"),
        (cc.ImageSpec("x", layout="nhwc"), "the input is"),
    ],
)
def test_what_is_no_image(tmp_path, image, part):
    save_model(tmp_path / "m.onnx", last=False)
    with pytest.raises(cc.UsageError, match=part) as error:
        cc.convert(tmp_path / "m.onnx", inputs=image)
    assert error.value.code == "E1014"


def test_labels_make_a_classifier(tmp_path):
    coremltools = pytest.importorskip("coremltools", reason="not run: coremltools is not here")
    save_model(tmp_path / "m.onnx", last=False)
    (tmp_path / "lines.txt").write_text("cat\ndog\nred fox\nowl\n")
    (tmp_path / "array.json").write_text(json.dumps(["cat", "dog", "red fox", "owl"]))
    for name in ("lines.txt", "array.json"):
        package = tmp_path / f"{name}.mlpackage"
        cc.convert(tmp_path / "m.onnx", labels=tmp_path / name).save(package)
        spec = coremltools.utils.load_spec(str(package))
        assert spec.description.predictedFeatureName
        assert list(spec.mlProgram.functions["main"].block_specializations)
        assert cc.load(package).run({"x": np.ones((1, 3, 8, 6), np.float32)})["y"].shape == (1, 4)


@pytest.mark.parametrize("text", ["a\nb\nc\n", "", "a\na\nb\nc\n", "a\n\nb\nc\n", '["a", 1, "b", "c"]', '["a", '])
def test_labels_that_do_not_fit(tmp_path, text):
    save_model(tmp_path / "m.onnx", last=False)
    (tmp_path / "labels").write_text(text)
    with pytest.raises(cc.UsageError) as error:
        cc.convert(tmp_path / "m.onnx", labels=tmp_path / "labels")
    assert error.value.code == "E1015"


def test_the_command_takes_the_same(tmp_path):
    save_model(tmp_path / "m.onnx", last=False)
    (tmp_path / "labels.txt").write_text("a\nb\nc\nd\n")
    command = [sys.executable, "-m", "corecast", "convert", "m.onnx", "-o", "m.mlpackage", "--image", "x",
               "--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225", "--labels", "labels.txt"]
    environment = {**os.environ, "PYTHONPATH": str(pathlib.Path(cc.__file__).parents[1])}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = subprocess.run(
        [*command[:-6], "--mean", "a"], cwd=tmp_path, capture_output=True, text=True, env=environment
    )
    assert wrong.returncode == 2
    assert "E1014" in wrong.stderr
