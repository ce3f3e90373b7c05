"""Every op, on every engine, against numpy: the cases are tests/suites/ops/*.py.

op_skips.txt lists the cases that an engine is known to fail, with the reason; an entry whose case
passes fails the test, so that the list stays true.
"""

import functools
import importlib.util
import math
import pathlib

import numpy as np
import pytest

from corecast import _corecast

HERE = pathlib.Path(__file__).resolve().parent
SUITES = HERE.parent / "suites" / "ops"
# By name: what computes, and how. The cpu engine goes without its name.
ENGINES = {"reference": ("reference", "fp32")}
for _engine in _corecast.engines():
    if _engine["available"]:
        for _precision in ("fp32", "native"):
            _name = _precision if _engine["name"] == "cpu" else f"{_engine['name']} {_precision}"
            ENGINES[_name] = (_engine["name"], _precision)
# Relative, and absolute in units of the largest expected element, by the expected element type:
# a few roundings of that type. A case's own rtol and atol (absolute) take their place.
TOLERANCES = {"float16": (2e-3, 1e-3), "float32": (1e-5, 1e-6), "float64": (1e-12, 1e-13)}


def load_suite(path):
    spec = importlib.util.spec_from_file_location(f"op_suite_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    with np.errstate(all="ignore"):
        spec.loader.exec_module(module)
    return module.CASES


def all_cases():
    return [(path.stem, case) for path in sorted(SUITES.glob("*.py")) for case in load_suite(path)]


@functools.cache
def skips():
    """{(engine, suite, case): reason} of op_skips.txt: `engine | suite | case | reason`."""
    table = {}
    for line in (HERE / "op_skips.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            engine, suite, case, reason = (part.strip() for part in line.split("|", 3))
            table[engine, suite, case] = reason
    return table


CASES = all_cases()


def difference(got, want, case, engine):
    """Why the arrays do not agree; empty when they do."""
    fp32 = engine != "reference" and ENGINES[engine][1] == "fp32"  # then every float is one
    want = np.asarray(want)
    if got.shape != want.shape:
        return f"shape {got.shape}, expected {want.shape}"
    if want.dtype.kind in "USO":
        return "" if np.array_equal(got, want) else f"{got!r}, expected {want!r}"
    floating = want.dtype.kind == "f"
    if not (fp32 and floating) and got.dtype != want.dtype:
        return f"element type {got.dtype}, expected {want.dtype}"
    if not floating:
        bad = np.flatnonzero(got != want)
        return f"element {bad[0]} is {got.ravel()[bad[0]]}, expected {want.ravel()[bad[0]]}" if bad.size else ""
    name = "float32" if fp32 and want.dtype == np.float64 else want.dtype.name
    rtol, scaled = TOLERANCES[name]
    finite = np.abs(want[np.isfinite(want)])
    atol = scaled * max(1.0, float(finite.max())) if finite.size else 0.0
    rtol, atol = max(case.get("rtol", rtol), 0), max(case.get("atol", atol), 0)
    if name != want.dtype.name or (fp32 and name == "float16"):
        rtol, atol = max(rtol, TOLERANCES[name][0]), max(atol, TOLERANCES[name][1])
    if fp32 and name == "float16":  # computed in more range than the expected elements have
        with np.errstate(over="ignore"):
            got = got.astype(np.float16)
    with np.errstate(all="ignore"):
        close = np.isclose(got.astype(np.float64), want.astype(np.float64), rtol=rtol, atol=atol, equal_nan=True)
    bad = np.flatnonzero(~close)
    if not bad.size:
        return ""
    i = bad[0]
    return f"{bad.size} of {want.size} elements; element {i} is {got.ravel()[i]!r}, expected {want.ravel()[i]!r}"


def run_case(case, engine):
    """Why the case fails on the engine; empty when it passes."""
    with np.errstate(all="ignore"):
        wants = case["expect"](case["inputs"])
    try:
        gots = _corecast.evaluate(case["ir"], dict(case["inputs"]), *ENGINES[engine])
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if len(gots) != len(wants):
        return f"{len(gots)} outputs, expected {len(wants)}"
    for k, (got, want) in enumerate(zip(gots, wants)):
        if why := difference(got, want, case, engine):
            return f"output {k}: {why}"
    return ""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("suite", "case"), CASES, ids=[f"{s}-{c['name']}" for s, c in CASES])
def test_case(suite, case, engine):
    why = run_case(case, engine)
    reason = skips().get((engine, suite, case["name"]))
    if reason is None:
        assert not why, why
    elif why:
        pytest.skip(reason)
    else:
        pytest.fail(f"passes now: take '{engine} | {suite} | {case['name']}' out of op_skips.txt")


def test_skips_exist():
    known = {(engine, suite, case["name"]) for engine in ENGINES for suite, case in CASES}
    assert not set(skips()) - known


def test_case_names_are_unique():
    names = [(suite, case["name"]) for suite, case in CASES]
    assert len(set(names)) == len(names), sorted({n for n in names if names.count(n) > 1})


@pytest.mark.parametrize("row", _corecast.op_table(), ids=lambda row: row["name"])
def test_op_is_complete(row):
    """Every op is documented, can be evaluated, and has a case against numpy."""
    assert row["doc"].strip(), "no doc"
    undocumented = [p["name"] for p in row["operands"] + row["attributes"] if not p["doc"].strip()]
    assert not undocumented, f"no doc: {undocumented}"
    assert row["has_reference"], "no reference evaluation"
    assert any(case["op"] == row["name"] for _, case in CASES), "no case in tests/suites/ops"


def test_numbers_are_compared():
    """The comparison itself: it sees a wrong element, a NaN, a shape and a type."""
    case = {}
    want = np.array([1.0, np.nan, math.inf], np.float32)
    assert difference(want.copy(), want, case, "reference") == ""
    assert "element 0" in difference(np.array([1.1, np.nan, math.inf], np.float32), want, case, "reference")
    assert "element 1" in difference(np.array([1.0, 0, math.inf], np.float32), want, case, "reference")
    assert "shape" in difference(want[:2], want, case, "reference")
    assert "type" in difference(want.astype(np.float64), want, case, "reference")
