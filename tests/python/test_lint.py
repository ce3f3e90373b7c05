"""`check` foresees: seeded faults are all found, sound models and models of users are left alone."""

import json
import os
import subprocess

import numpy as np
import onnx
import onnxruntime
import pytest
from lint_cases import FAULTS, SOUND, Graph, T

import corecast as cc

CLI = os.environ.get("CORECAST_CLI")


def fired(report):
    return [(f.code, f.node) for f in report.warnings]


def test_there_are_enough_faults():
    assert len(FAULTS) >= 40
    assert len({case.name for case in FAULTS + SOUND}) == len(FAULTS) + len(SOUND)


@pytest.mark.parametrize("case", FAULTS, ids=str)
def test_fault_is_found(case):
    report = cc.check(case.model, ranges=case.ranges)
    hits = [f for f in report.warnings if f.code in case.codes and (not case.nodes or f.node in case.nodes)]
    assert hits, fired(report)
    for hit in hits:
        assert hit.message and hit.remedy and hit.low <= hit.high
        assert set(hit.inputs) <= set(case.ranges) | {"turns"}
        assert hit.inputs


@pytest.mark.parametrize("case", SOUND, ids=str)
def test_sound_model_is_left_alone(case):
    report = cc.check(case.model, ranges=case.ranges)
    assert not report.warnings, report.warnings


def sample(value, low, high, random, corner):
    """An array for an input: numbers within the range, or one of its ends."""
    dtype = onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
    shape = [d.dim_value or 4 for d in value.type.tensor_type.shape.dim]
    x = random.uniform(low, high, shape) if corner is None else np.full(shape, [low, high][corner], np.float64)
    return (np.round(x) if dtype.kind in "iu" else x).astype(dtype)


def observed(case, names):
    """{value: (smallest, largest)} of what ONNX Runtime computes, on numbers within the ranges and on their ends."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=n) for n in names)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    out = {}
    random = np.random.default_rng(0)
    for corner in (None, None, 0, 1):
        feeds = {v.name: sample(v, *case.ranges[v.name], random, corner) for v in case.model.graph.input}
        for name, array in zip(names, session.run(None, feeds)):
            numbers = array.astype(np.float64)[~np.isnan(array.astype(np.float64))]
            if numbers.size:
                low, high = out.get(name, (np.inf, -np.inf))
                out[name] = (min(low, numbers.min()), max(high, numbers.max()))
    return out


# Big pictures, and inputs whose numbers an operator refuses.
NOT_RUN = {
    "flexible_resize",
    "samples_of_a_large_picture",
    "tokens_beyond_the_table",
    "elements_beyond_the_axis",
    "scattered_beyond_the_axis",
    "integer_quotient",
    "index_of_a_bucket",
    "exp_in_a_loop",
}


@pytest.mark.parametrize("case", [c for c in FAULTS if c.name not in NOT_RUN], ids=str)
def test_ranges_hold_what_onnxruntime_computes(case):
    """The range that a finding names holds every number of that value."""
    made = {name for node in case.model.graph.node for name in node.output}
    findings = [f for f in cc.check(case.model, ranges=case.ranges).findings if f.value in made]
    if not findings:
        pytest.skip("the findings are about inputs")
    seen = observed(case, sorted({f.value for f in findings}))
    for f in findings:
        low, high = seen[f.value]
        slack = 1e-4 * max(abs(f.low), abs(f.high), 1e-30)
        if np.isfinite(f.low):
            assert f.low <= low + slack, (f, low)
        if np.isfinite(f.high):
            assert f.high >= high - slack, (f, high)


def test_fp16_hazards_are_none_in_fp32():
    case = next(c for c in FAULTS if c.name == "sum_of_pixels")
    assert not cc.check(case.model, precision="fp32", ranges=case.ranges).warnings
    beyond = next(c for c in FAULTS if c.name == "exp_beyond_fp32")
    assert cc.check(beyond.model, precision="fp32", ranges=beyond.ranges).warnings


def test_a_smaller_range_ends_the_warning():
    case = next(c for c in FAULTS if c.name == "exp_alone")
    assert not cc.check(case.model, ranges={"x": (-1, 1)}).warnings


def test_ranges_that_are_assumed_are_said_to_be():
    case = next(c for c in SOUND if c.name == "tokens_within_the_table")
    low, high, reason = cc.check(case.model).ranges["x"]
    assert (low, high) == (0, 299) and "assumed" in reason and "300 rows" in reason
    assert cc.check(case.model, ranges={"x": (0, 5)}).ranges["x"] == (0, 5, "given")


def test_without_runs_only_bounds_speak():
    deep = next(c for c in FAULTS if c.name == "exp_after_layers")
    assert cc.check(deep.model, ranges=deep.ranges).measured
    assert not cc.check(deep.model, ranges=deep.ranges, measure=False).measured


def test_a_model_that_cannot_be_converted_is_a_report():
    g = Graph()
    y = g.add("Exp", g.add("NoSuchOperator", g.input("x", [4])))
    report = cc.check(g.model(y))
    assert not report.convertible
    assert any("NoSuchOperator" in p.message for p in report.problems)


@pytest.mark.parametrize("ranges", [{"y": (0, 1)}, {"x": (2, 1)}, {"x": (0, float("inf"))}, {"x": (float("nan"), 1)}])
def test_ranges_that_cannot_be(ranges):
    case = next(c for c in FAULTS if c.name == "exp_alone")
    with pytest.raises(cc.UsageError) as error:
        cc.check(case.model, ranges=ranges)
    assert error.value.code in ("E1002", "E1031") and error.value.help


# --- the command


def corecast(*arguments):
    return subprocess.run([CLI, *map(str, arguments)], capture_output=True, text=True, timeout=120)


@pytest.fixture
def file(tmp_path):
    def write(name):
        path = tmp_path / f"{name}.onnx"
        onnx.save(next(c for c in FAULTS + SOUND if c.name == name).model, path)
        return path

    return write


@pytest.mark.skipif(not CLI, reason="there is no corecast command")
def test_command_gates_only_where_asked(file):
    bad, good = file("exp_alone"), file("softmax")
    assert corecast("check", bad, "--range-of", "x=-20..20").returncode == 0
    failed = corecast("check", bad, "--range-of", "x=-20..20", "--fail-on", "warning", "--json")
    assert failed.returncode == 1
    document = json.loads(failed.stdout)
    assert document["status"] == "failed"
    assert [d["code"] for d in document["diagnostics"] if d["severity"] == "warning"] == ["W4201"]
    assert [f["node"] for f in document["result"]["findings"]] == ["e"]
    assert corecast("check", good, "--range-of", "x=-20..20", "--fail-on", "warning").returncode == 0
    assert corecast("check", bad, "--range-of", "x=20").returncode == 2
    assert corecast("check", bad, "--range-of", "z=0..1").returncode == 2


@pytest.mark.skipif(not CLI, reason="there is no corecast command")
def test_command_says_a_kind_once(file):
    path = file("tanh_spelled_out")
    short = corecast("check", path, "--range-of", "x=-20..20").stdout
    assert short.count("W4201") == 1 and "2 ops" in short and "-v lists them" in short
    long = corecast("check", path, "--range-of", "x=-20..20", "-v").stdout
    assert "node up" in long and "node down" in long


@pytest.mark.skipif(not CLI, reason="there is no corecast command")
def test_conversion_says_what_it_narrows(file, tmp_path):
    out = corecast("convert", file("hash_by_product"), "-o", tmp_path / "a.mlpackage", "--json", "--no-validate")
    codes = [d["code"] for d in json.loads(out.stdout)["diagnostics"]]
    assert "N3106" in codes and "W4208" in codes
    out = corecast("convert", file("tokens_within_the_table"), "-o", tmp_path / "b.mlpackage", "--json", "--no-validate")
    assert "W4208" not in [d["code"] for d in json.loads(out.stdout)["diagnostics"]]
