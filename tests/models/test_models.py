"""Every real model, end to end, as pytest cases.

Shipped models are fetched into the cache first; where that cannot be done they count as not
run: skipped with that reason, and failed where CI=true. Generated ones are tested where
generate.py has put them into the cache. Models that take long are marked `slow` (`-m "not slow"` leaves them out).
"""

import os

import pytest

np = pytest.importorskip("numpy", reason="not run: numpy is not here")
pytest.importorskip("onnxruntime", reason="not run: onnxruntime is not here")

import feeds  # noqa: E402
import fetch  # noqa: E402
from catalogue import generated_models, shipped_models  # noqa: E402
from check_model import Checker  # noqa: E402
from corecast_command import find_corecast  # noqa: E402
from compare import array_error, output_error  # noqa: E402

SLOW = {"picodet_layout", "ppocr4_det", "ppocr4_rec", "captcha_crnn", "dnsmos", "basic_pitch"}


def not_run(reason: str) -> None:
    """Skip, or fail in CI, where something that was not run must not look as if it had passed."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"not run: {reason}", pytrace=False)
    pytest.skip(f"not run: {reason}")


def cases():
    """One case a model; generated ones only as far as they were generated."""
    for model in shipped_models():
        yield pytest.param(model, id=model.name, marks=[pytest.mark.slow] if model.name in SLOW else [])
    for model in generated_models():
        if model.path.exists():
            yield pytest.param(model, id=model.name, marks=[] if model.quick else [pytest.mark.slow])


@pytest.fixture(scope="session")
def checker():
    corecast = find_corecast()
    if corecast is None:
        not_run("there is no corecast command")
    return Checker(corecast, timeout=600, fixed=False)


@pytest.mark.parametrize("model", cases())
def test_model(model, checker, tmp_path):
    try:
        if not model.generated:
            feeds.prepare(model)
    except fetch.NotRun as error:
        not_run(str(error))
    row = checker.check(model, tmp_path)
    if row.verdict == "SKIP":
        not_run(row.reason.removeprefix("not run: "))
    assert row.verdict == "PASS", row.reason


def test_error_is_relative_to_the_range():
    reference = np.array([10.0, 12.0])
    assert array_error(np.array([10.0, 12.02]), reference) == pytest.approx(0.01)
    assert array_error(np.array([4.04]), np.array([4.0])) == pytest.approx(0.01)


def test_specials_must_agree():
    assert array_error(np.array([np.nan, 1.0]), np.array([0.5, 1.0])) == float("inf")
    assert array_error(np.array([np.inf, 1.0]), np.array([np.inf, 1.0])) == 0.0
    assert array_error(np.array([np.inf, 1.0]), np.array([-np.inf, 1.0])) == float("inf")


def test_outputs_are_matched_by_name_and_shape():
    reference = {"a:0": np.zeros((1, 2)), "b": np.array(3.0)}
    assert output_error({"a_0": np.zeros((1, 2)), "b": np.array([3.0])}, reference) == 0.0
    with pytest.raises(ValueError, match="no output b"):
        output_error({"a_0": np.zeros((1, 2))}, reference)
    with pytest.raises(ValueError, match=r"\[2\], not \[1, 2\]"):
        output_error({"a_0": np.zeros(2), "b": np.array(3.0)}, reference)
