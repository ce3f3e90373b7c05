"""Packages of coremltools, executed: outputs agree with numpy, and so do those of the package that
corecast writes of what it read."""

import pytest

ct = pytest.importorskip("coremltools")

import numpy as np  # noqa: E402
from coremltools.converters.mil import Builder as mb  # noqa: E402

import corecast as cc  # noqa: E402
from coreml_numeric import CASES, IOS18, convert, random, spec  # noqa: E402
from coreml_programs import PROGRAMS  # noqa: E402

ALL = [pytest.param(make, target, id=f"{name}-{target.name}") for name, (targets, make) in CASES.items() for target in targets]


def agree(got, want, rtol):
    assert sorted(got) == sorted(want)
    for name, expected in want.items():
        expected = np.asarray(expected)
        assert got[name].shape == expected.shape, name
        scale = max(float(np.abs(expected).max()), 1e-6)
        np.testing.assert_allclose(got[name].astype(np.float64), expected, rtol=rtol, atol=rtol * scale, err_msg=name)


@pytest.mark.parametrize(("make", "target"), ALL)
def test_agrees_with_numpy(make, target, tmp_path):
    package, inputs, expected, rtol = make(target)
    source, copy = tmp_path / "source.mlpackage", tmp_path / "copy.mlpackage"
    package.save(str(source))
    model = cc.load(source)
    agree(model.run(inputs), expected, rtol)
    text = model.text()
    assert all(op in text for op in model.stats()["ops"])
    model.save(copy)
    agree(cc.load(copy).run(inputs), expected, rtol)
    # fp32 leaves out the roundings that the program's own casts ask for.
    agree(cc.load(source, precision="fp32").run(inputs), expected, max(rtol, 2e-3) if "f16" in text else rtol)


def test_features_of_an_image(tmp_path):
    package, inputs, _, _ = CASES["image"][1](IOS18)
    package.save(str(tmp_path / "image.mlpackage"))
    (feature,) = cc.load(tmp_path / "image.mlpackage").inputs
    assert feature.image == "rgb" and feature.shape == (1, 3, 4, 6)


def test_flexible_shapes(tmp_path):
    package = CASES["enumerated"][1](IOS18)[0]
    package.save(str(tmp_path / "a.mlpackage"))
    model = cc.load(tmp_path / "a.mlpackage")
    assert sorted(model.inputs[0].enumerated) == [[1, 2, 3], [1, 4, 5], [1, 6, 7]]
    with pytest.raises(cc.InputError, match="x"):
        model.run({"x": np.zeros((1, 2, 5), np.float32)})
    package = CASES["ranged"][1](IOS18)[0]
    package.save(str(tmp_path / "b.mlpackage"))
    model = cc.load(tmp_path / "b.mlpackage")
    assert list(model.inputs[0].ranges.values()) == [(2, 50)]
    with pytest.raises(cc.InputError, match="x"):
        model.run({"x": np.zeros((1, 51, 8), np.float32)})


def test_classifier(tmp_path):
    PROGRAMS["classifier"][0](IOS18).save(str(tmp_path / "c.mlpackage"))
    model = cc.load(tmp_path / "c.mlpackage")
    x = random(1, 8)
    scores = random(3, 8) @ x[0]
    out = model.run({"x": x})["scores"][0]
    np.testing.assert_allclose(out, np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum(), rtol=1e-4)
    assert 'labels "scores" ["cat","dog","cow"]' in model.text()


def test_states(tmp_path):
    PROGRAMS["state"][0](IOS18).save(str(tmp_path / "s.mlpackage"))
    model = cc.load(tmp_path / "s.mlpackage")
    state = model.make_state()
    (name,) = state.keys()
    x = np.float16([[1, 2, 3], [4, 5, 6]])
    for count in (1, 2, 3):
        (out,) = model.run({model.inputs[0].name: x}, state=state).values()
        np.testing.assert_array_equal(state[name], count * x)
        np.testing.assert_array_equal(out, 2 * count * x)
    state[name] = np.zeros((2, 3))
    (out,) = model.run({model.inputs[0].name: x}, state=state).values()
    np.testing.assert_array_equal(out, 2 * x)


def test_functions(tmp_path):
    """A package with two functions that share a weight."""
    w = random(4, 4)

    @mb.program(input_specs=[spec(2, 4)], opset_version=IOS18)
    def first(x):
        return mb.relu(x=mb.linear(x=x, weight=w))

    @mb.program(input_specs=[spec(2, 4)], opset_version=IOS18)
    def second(x):
        return mb.tanh(x=mb.linear(x=x, weight=w))

    convert(first, IOS18).save(str(tmp_path / "first.mlpackage"))
    convert(second, IOS18).save(str(tmp_path / "second.mlpackage"))
    both = ct.utils.MultiFunctionDescriptor()
    both.add_function(str(tmp_path / "first.mlpackage"), "main", "relu")
    both.add_function(str(tmp_path / "second.mlpackage"), "main", "tanh")
    both.default_function_name = "relu"
    ct.utils.save_multifunction(both, str(tmp_path / "both.mlpackage"))
    x = random(2, 4)
    model = cc.load(tmp_path / "both.mlpackage")
    assert sorted(model.functions) == ["relu", "tanh"] and model.function == "relu"
    (out,) = model.run({"x": x}).values()
    np.testing.assert_allclose(out, np.maximum(x @ w.T, 0), rtol=1e-5, atol=1e-5)
    (out,) = cc.load(tmp_path / "both.mlpackage", function="tanh").run({"x": x}).values()
    np.testing.assert_allclose(out, np.tanh(x @ w.T), rtol=1e-5, atol=1e-5)
    with pytest.raises(cc.UsageError, match="tanh"):
        cc.load(tmp_path / "both.mlpackage", function="tan")


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_every_program_runs(name, tmp_path):
    """Reading, and running on made-up inputs, twice the same."""
    build, targets = PROGRAMS[name]
    build(targets[-1]).save(str(tmp_path / "p.mlpackage"))
    model = cc.load(tmp_path / "p.mlpackage")
    rng = np.random.default_rng(0)
    inputs = {}
    for f in model.inputs:
        shape = f.enumerated[0] if f.enumerated else [d if isinstance(d, int) else f.ranges[d][0] * 2 for d in f.shape]
        inputs[f.name] = rng.integers(1, 3, shape).astype(f.dtype) if f.dtype != "float32" else rng.standard_normal(shape).astype(np.float32)
    a, b = ({k: v.tobytes() for k, v in model.run(inputs, **({"state": model.make_state()} if model.states else {})).items()} for _ in range(2))
    assert a == b and a
