"""Notes and warnings for people: a line for each kind, with a count; all of them with -v, --json and in .problems."""

import json
import warnings

import pytest

import corecast as cc

onnx = pytest.importorskip("onnx")
from onnx_files import save_onnx  # noqa: E402

h, t = onnx.helper, onnx.TensorProto
COUNT = 7


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    """COUNT random numbers (which stay in fp32) and COUNT inputs of 64 bits (which become 32)."""
    names = [f"n{i}" for i in range(COUNT)]
    nodes = [h.make_node("RandomNormalLike", ["x"], [f"r{i}"], name=f"random{i}", seed=1.0) for i in range(COUNT)]
    nodes += [h.make_node("Add", ["x", f"r{i}"], [f"y{i}"]) for i in range(COUNT)]
    nodes += [h.make_node("Identity", [n], [f"o_{n}"]) for n in names]
    inputs = {"x": (t.FLOAT, [4]), **{n: (t.INT64, [2]) for n in names}}
    outputs = {**{f"y{i}": (t.FLOAT, [4]) for i in range(COUNT)}, **{f"o_{n}": (t.INT64, [2]) for n in names}}
    return save_onnx(tmp_path_factory.mktemp("m") / "m.onnx", nodes, inputs, outputs)


def notes_of(text, code):
    return [line for line in text.splitlines() if line.startswith(f"note {code}")]


def convert(command, noisy, tmp_path, *flags):
    done = command("convert", noisy, "-o", tmp_path / "m.mlpackage", "--force", "--no-validate", "--precision", "fp16", *flags)
    assert done.returncode == 0, done.stderr
    return done


def test_a_kind_is_a_line(command, noisy, tmp_path):
    lines = notes_of(convert(command, noisy, tmp_path).stderr, "N3201")
    assert len(lines) == 1, lines
    assert f"{COUNT} ops stay in f32: random numbers" in lines[0] and 'first: node "random0"' in lines[0] and "-v" in lines[0]
    assert "random1" not in lines[0]
    [line] = notes_of(convert(command, noisy, tmp_path).stderr, "N3101")
    assert f"{2 * COUNT} times: i64 … became i32" in line


def test_verbose_and_json_have_all(command, noisy, tmp_path):
    text = convert(command, noisy, tmp_path, "-v").stderr
    assert all(f"random{i}" in text for i in range(COUNT))
    assert len(notes_of(text, "N3101")) == 2 * COUNT
    document = json.loads(convert(command, noisy, tmp_path, "--json").stdout)
    codes = [d["code"] for d in document["diagnostics"]]
    assert codes.count("N3201") == COUNT and codes.count("N3101") == 2 * COUNT


def test_quiet_has_none(command, noisy, tmp_path):
    assert convert(command, noisy, tmp_path, "-q").stderr == ""


def test_python(noisy):
    model = cc.convert(noisy, precision="fp16")
    assert sum(p.code == "N3201" for p in model.problems) == COUNT
    lines = [line for line in model.remarks if line.startswith("note N3201")]
    assert lines == [f'note N3201: {COUNT} ops stay in f32: random numbers (first: node "random0")']


@pytest.fixture(scope="module")
def unbounded(tmp_path_factory):
    """A model with as many flexible sizes without a bound as asked for."""

    def make(count):
        names = [f"x{i}" for i in range(count)]
        nodes = [h.make_node("Relu", [n], [f"y{n}"]) for n in names]
        inputs = {n: (t.FLOAT, [f"size{n}", 2]) for n in names}
        return save_onnx(tmp_path_factory.mktemp("m") / "m.onnx", nodes, inputs, {f"y{n}": (t.FLOAT, [f"size{n}", 2]) for n in names})

    return make


@pytest.mark.parametrize("count", [3, 6])
def test_few_warnings_are_shown_and_many_counted(command, unbounded, tmp_path, count):
    done = convert(command, unbounded(count), tmp_path)
    lines = [line for line in done.stderr.splitlines() if line.startswith("warning W2509")]
    assert len(lines) == (3 if count == 3 else 1)
    if count == 6:
        assert "6 times: size … of input … has no upper bound" in lines[0] and "--input" in done.stderr
    assert convert(command, unbounded(count), tmp_path, "-v").stderr.count("warning W2509") == count


def test_python_warns_once_of_many(tmp_path):
    """Constants that 32 bits cannot hold: a warning for each up to three, then one for all."""
    import numpy as np

    def caught(count):
        big = [onnx.numpy_helper.from_array(np.array([2**40 + i], np.int64), f"c{i}") for i in range(count)]
        nodes = [h.make_node("Add", ["n", f"c{i}"], [f"y{i}"]) for i in range(count)]
        path = save_onnx(tmp_path / f"{count}.onnx", nodes, {"n": (t.INT64, [1])}, {f"y{i}": (t.INT64, [1]) for i in range(count)}, big)
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            model = cc.convert(path)
        return [str(w.message) for w in seen if "W3102" in str(w.message)], model

    few, _ = caught(3)
    assert len(few) == 3
    many, model = caught(5)
    assert len(many) == 1 and "5 times" in many[0] and ".problems" in many[0]
    assert sum(p.code == "W3102" for p in model.problems) == 5
