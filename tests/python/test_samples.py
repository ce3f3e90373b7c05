"""Inputs that are made up: sizes that fit the graph, fixed and tied ones in the interface, remedies that can be typed."""

import json
import os
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")

from onnx_files import save_onnx  # noqa: E402

CLI = os.environ.get("CORECAST_CLI", "")
pytestmark = pytest.mark.skipif(not CLI, reason="CORECAST_CLI names no command")

node, T = onnx.helper.make_node, onnx.TensorProto
RNG = np.random.default_rng(0)


def weight(*shape):
    return (RNG.standard_normal(shape) * 0.2).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


LSTM = {"W": weight(1, 64, 12), "R": weight(1, 64, 16), "B": weight(1, 128)}
X = {"x": ["N", "F"]}
PICTURE = {"x": ["N", "C", "H", "W"]}

# name: (nodes, {input: shape}, {weight: value}, what the interface must say)
FREE = {
    "matmul": ([node("MatMul", ["x", "w"], ["y"])], X, {"w": weight(40, 8)}, {"F": 40}),
    "gemm": ([node("Gemm", ["x", "w", "b"], ["y"])], X, {"w": weight(40, 8), "b": weight(8)}, {"F": 40}),
    "conv": ([node("Conv", ["x", "w"], ["y"])], PICTURE, {"w": weight(8, 3, 3, 3)}, {"C": 3}),
    "conv_transpose": ([node("ConvTranspose", ["x", "w"], ["y"])], PICTURE, {"w": weight(5, 3, 3, 3)}, {"C": 5}),
    "batch_norm": (
        [node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"])],
        {"x": ["N", "C", "T"]},
        {"s": weight(6), "b": weight(6), "m": weight(6), "v": np.ones(6, np.float32)},
        {"C": 6},
    ),
    "split": ([node("Split", ["x", "s"], ["a", "y"], axis=1)], X, {"s": ints(10, 14)}, {"F": 24}),
    "lstm": (
        [node("LSTM", ["x", "W", "R", "B", "", "h", "c"], ["", "y", "z"], hidden_size=16)],
        {"x": ["T", "N", "F"], "h": ["D", "M", "H"], "c": ["E", "K", "G"]},
        LSTM,
        {"F": 12, "D": 1, "H": 16, "E": 1, "G": 16, "M": "N", "K": "N"},
    ),
    "concat": (
        [node("Concat", ["x", "b"], ["c"], axis=1), node("MatMul", ["c", "w"], ["y"])],
        {"x": ["N", "A"], "b": ["M", 8]},
        {"w": weight(48, 8)},
        {"A": 40, "M": "N"},
    ),
    "squeeze": (
        [node("Squeeze", ["x", "one"], ["s"]), node("Relu", ["s"], ["y"])],
        {"x": ["N", "C", "T"]},
        {"one": ints(1)},
        {"C": 1},
    ),
    # The height is 16 to 31: a number that no equation gives.
    "text_line": (
        [node("Conv", ["x", "w"], ["c"], strides=[16, 2]), node("Squeeze", ["c", "two"], ["y"])],
        PICTURE,
        {"w": weight(8, 3, 16, 2), "two": ints(2)},
        {"C": 3},
    ),
    "channels_last": (
        [node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]), node("Conv", ["t", "w"], ["y"])],
        {"x": ["N", "H", "W", "C"]},
        {"w": weight(8, 3, 3, 3)},
        {"C": 3},
    ),
    "heads": (
        [node("Reshape", ["x", "s"], ["r"]), node("MatMul", ["r", "w"], ["y"])],
        {"x": ["N", "S", "D"]},
        {"s": ints(0, -1, 4, 12), "w": weight(12, 5)},
        {},
    ),
    # A mask over a cache and what is new.
    "cache": (
        [node("Concat", ["x", "past"], ["k"], axis=1), node("Mul", ["k", "m"], ["y"])],
        {"x": ["N", "S", 16], "past": ["N", "P", 16], "m": ["N", "Q", 1]},
        {},
        {},
    ),
    "reshape": (
        [node("Reshape", ["x", "s"], ["r"]), node("MatMul", ["r", "w"], ["y"])],
        {"x": ["N", "T", "F"]},
        {"s": ints(-1, 48), "w": weight(48, 4)},
        {},
    ),
    "broadcast": ([node("Add", ["x", "p"], ["y"])], X, {"p": weight(77)}, {}),
    "sum": ([node("Add", ["x", "b"], ["y"])], {"x": ["N", "A"], "b": ["M", "B"]}, {}, {}),
    "slice": (
        [node("Slice", ["x", "from", "to", "axis"], ["a"]), node("MatMul", ["a", "w"], ["y"])],
        X,
        {"from": ints(100), "to": ints(150), "axis": ints(1), "w": weight(50, 3)},
        {},
    ),
    "reflect": ([node("Pad", ["x", "p"], ["y"], mode="reflect")], X, {"p": ints(0, 100, 0, 100)}, {}),
    "windows": (
        [node("Conv", ["x", "k"], ["a"], strides=[160]), node("Conv", ["a", "l"], ["y"])],
        {"x": ["N", 1, "T"]},
        {"k": weight(4, 1, 400), "l": weight(4, 4, 9)},
        {},
    ),
}


def saved(folder, name):
    nodes, inputs, weights, says = FREE[name]
    path = save_onnx(
        folder / f"{name}.onnx",
        nodes,
        {k: (T.FLOAT, v) for k, v in inputs.items()},
        {"y": (T.FLOAT, None)},
        [onnx.numpy_helper.from_array(v, k) for k, v in weights.items()],
    )
    return path, inputs, says


def corecast(*arguments):
    environment = {**os.environ, "CORECAST_PYTHON": sys.executable}
    return subprocess.run([CLI, *map(str, arguments)], env=environment, capture_output=True, text=True)


def converted(model, folder, *options):
    """Exit code and the JSON document."""
    done = corecast("convert", model, "-o", folder / "M.mlpackage", "--force", "--json", *options)
    return done.returncode, json.loads(done.stdout)


def said(document, code):
    return [d for d in document["diagnostics"] if d["code"] == code]


def shapes_of(package):
    text = corecast("inspect", package).stdout.split("outputs")[0]
    return {m[0]: m[1].split(",") for m in re.findall(r"(\w+)  \w+\[(.*?)\]", text)}


@pytest.mark.parametrize("name", FREE)
def test_sizes_that_fit_are_found(tmp_path, name):
    model, inputs, says = saved(tmp_path, name)
    code, document = converted(model, tmp_path)
    assert code == 0, document["diagnostics"]
    assert document["result"]["validation"]["reference"].startswith("onnxruntime")
    assert document["result"]["validation"]["samples"] >= 2
    assert not said(document, "W4021")
    # What is decided is decided in the package as well.
    written = shapes_of(tmp_path / "M.mlpackage")
    for key, shape in inputs.items():
        for declared, size in zip(shape, written[key]):
            if isinstance(says.get(declared), int):
                assert size == str(says[declared]), (key, declared)
            elif isinstance(declared, str):
                assert not size.isdigit(), (key, declared)


@pytest.mark.parametrize("name", [n for n, m in FREE.items() if m[3]])
def test_what_is_decided_is_refused_otherwise(tmp_path, name):
    """ONNX Runtime takes the sizes that corecast says are the only ones, and no others."""
    model, inputs, says = saved(tmp_path, name)
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])

    def run(sizes):
        values = {"N": 2, "T": 5, "H": 20, "W": 20} | sizes
        size = lambda d: d if isinstance(d, int) else size(values[d])  # noqa: E731
        session.run(None, {k: np.ones([size(d) for d in shape], np.float32) for k, shape in inputs.items()})

    run(says)
    for symbol, value in says.items():
        other = 3 if isinstance(value, str) else value + 1
        with pytest.raises(Exception):  # noqa: B017 (onnxruntime's own classes)
            run(says | {symbol: other})


def test_a_range_that_only_the_tied_name_has_is_kept(tmp_path):
    model, _, _ = saved(tmp_path, "concat")
    code, document = converted(model, tmp_path, "--input", "M=2..5")
    assert code == 0, document["diagnostics"]
    note = said(document, "N4024")[0]["message"]
    assert "N=2" in note and "N=5" in note  # both ends were run
    code, document = converted(model, tmp_path, "--input", "M=2..5", "--input", "N=6..9")
    assert code == 2 and said(document, "E1002")
    code, document = converted(model, tmp_path, "--input", "A=2..5")
    assert code == 2 and "A" in said(document, "E1002")[0]["message"]
    assert converted(model, tmp_path, "--input", "A=2..50")[0] == 0


# --- kinds of values ----------------------------------------------------------------------------


def test_the_report_says_how_inputs_were_made(tmp_path):
    nodes = [
        node("Gather", ["E", "ids"], ["e"]),
        node("Unsqueeze", ["mask", "two"], ["m"]),
        node("Where", ["m", "e", "zero"], ["y"]),
    ]
    weights = {"E": weight(100, 16), "two": ints(2), "zero": np.float32(0)}
    model = save_onnx(
        tmp_path / "m.onnx",
        nodes,
        {"ids": (T.INT64, ["b", "s"]), "mask": (T.BOOL, ["b", "s"])},
        {"y": (T.FLOAT, None)},
        [onnx.numpy_helper.from_array(np.asarray(v), k) for k, v in weights.items()],
    )
    code, document = converted(model, tmp_path)
    assert code == 0, document["diagnostics"]
    note = said(document, "N4024")[0]["message"]
    assert 'whole numbers below 100, the rows of table "E"' in note
    assert '"mask": false and true mixed' in note
    assert "b=1, s=64 (4 samples)" in note


# --- sizes that the reference refuses ------------------------------------------------------------

LIMITED = [
    # The number of elements, as a sum over them: no shape inference sees it.
    node("Greater", ["x", "low"], ["all"]),
    node("Cast", ["all"], ["ones"], to=T.INT64),
    node("ReduceSum", ["ones"], ["count"], keepdims=0),
    node("Sub", ["count", "seven"], ["at"]),
    node("Gather", ["table", "at"], ["row"]),
    node("Add", ["x", "row"], ["y"]),
]


@pytest.fixture
def limited(tmp_path):
    """A model that runs with 4 to 9 elements only."""
    weights = {"low": np.float32(-1e30), "seven": np.int64(7), "table": weight(3)}
    values = [onnx.numpy_helper.from_array(np.asarray(v), k) for k, v in weights.items()]
    return save_onnx(tmp_path / "limited.onnx", LIMITED, {"x": (T.FLOAT, ["n"])}, {"y": (T.FLOAT, None)}, values)


def test_a_refusal_names_input_and_size_and_what_to_type(limited, tmp_path):
    code, document = converted(limited, tmp_path)
    assert code == 4
    error = said(document, "E4002")[0]
    assert 'input "x"[64] (n=64)' in error["message"]
    assert "--reference embedded" not in error["help"]
    # The line for the sizes works as it stands once it has a size that the model takes.
    line = re.search(r"--input \"(n)=64\"", error["help"])
    assert line and converted(limited, tmp_path, "--input", f"{line[1]}=8")[0] == 0
    # So does the one for arrays.
    command = re.search(r"python3 -c \".*?\"(?=,)", error["help"])[0].replace("(64,)", "(8,)")
    subprocess.run([sys.executable, *shlex.split(command)[1:]], check=True, cwd=tmp_path)
    code, document = converted(limited, tmp_path, "--data", tmp_path / "inputs.npz")
    assert code == 0, document["diagnostics"]


def test_a_corner_that_the_reference_refuses_is_left_out_aloud(limited, tmp_path):
    code, document = converted(limited, tmp_path, "--input", "n=2..9")
    assert code == 0, document["diagnostics"]
    warning = said(document, "W4021")
    assert len(warning) == 1 and '"x"[2] (n=2)' in warning[0]["message"]
    assert "n=2, the least (refused by the reference)" in said(document, "N4024")[0]["message"]


def test_other_sizes_are_tried(tmp_path):
    """Between 10 and 20 elements: the first choice of 64 fails, a later one does not."""
    weights = {"low": np.float32(-1e30), "seven": np.int64(10), "table": weight(10)}
    values = [onnx.numpy_helper.from_array(np.asarray(v), k) for k, v in weights.items()]
    model = save_onnx(tmp_path / "m.onnx", LIMITED, {"x": (T.FLOAT, ["n"])}, {"y": (T.FLOAT, None)}, values)
    code, document = converted(model, tmp_path)
    assert code == 0, document["diagnostics"]
    assert "n=16" in said(document, "N4024")[0]["message"]


def test_every_listed_shape_is_run(tmp_path):
    model, _, _ = saved(tmp_path, "matmul")
    code, document = converted(model, tmp_path, "--input", "N={1,3,6}")
    assert code == 0, document["diagnostics"]
    note = said(document, "N4024")[0]["message"]
    assert "N=3, enumerated" in note and "N=6, enumerated" in note
