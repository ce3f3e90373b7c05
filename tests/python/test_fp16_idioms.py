"""Idioms of fp16_idioms.py through the default precision: no output is wrong in silence.

The truth is numpy in float64. An output passes when its SQNR is 20 dB or better and it has no NaN and no infinity
that float64 has not; what is beyond f16's largest number counts as that number.
"""

import sys

import numpy as np
import pytest

pytest.importorskip("onnx")
import corecast as cc
import fp16_idioms
import fp16_idioms_more  # noqa: F401  adds to the list

LARGEST = 65504.0
LIMIT_DB = 20.0
RANGES = ("small", "usual", "large")


def sqnr(truth, y):
    """dB; -inf for a NaN or an infinity of its own, inf for no error."""
    truth = np.clip(np.asarray(truth, np.float64), -LARGEST, LARGEST)
    y = np.clip(np.asarray(y, np.float64), -LARGEST, LARGEST).reshape(truth.shape)
    known = np.isfinite(truth)
    if np.isnan(y[known]).any() or np.isnan(y).sum() > np.isnan(truth).sum():
        return -np.inf
    noise = np.sum((truth - y)[known] ** 2)
    signal = np.sum(truth[known] ** 2)
    return np.inf if noise == 0 else float(10 * np.log10(max(signal, 1e-300) / noise))


def measure(idiom, precision=None):
    """{range: dB of the worst output}."""
    model, tape, results = idiom.build()
    converted = cc.convert(model, precision=precision) if precision else cc.convert(model)
    worst = {}
    for which, name in enumerate(RANGES):
        inputs = idiom.inputs(which)
        got = converted.run(inputs)
        wide = {k: v.astype(np.float64) for k, v in inputs.items()}
        truth = tape.evaluate(wide, results)
        worst[name] = min(sqnr(t, got[r]) for t, r in zip(truth, results))
    return worst


KNOWN = {
    ("stream-grows", "large"): "the stream itself is beyond f16 in front of a weighted layer: only measuring tells",
    ("sinkhorn", "large"): "columns of weights that all are below the smallest f16: only measuring tells",
}


@pytest.mark.parametrize("idiom", fp16_idioms.IDIOMS, ids=lambda i: i.name)
def test_idiom(idiom):
    wrong = {k: db for k, db in measure(idiom).items() if db < LIMIT_DB}
    known = {r for n, r in KNOWN if n == idiom.name}
    assert set(wrong) == known, wrong  # what has become right leaves KNOWN


@pytest.mark.parametrize("idiom", fp16_idioms.IDIOMS, ids=lambda i: i.name)
def test_idiom_in_fp32(idiom):
    """The rewrites are right by themselves."""
    assert min(measure(idiom, "fp32").values()) >= LIMIT_DB


def test_enough_idioms():
    names = [i.name for i in fp16_idioms.IDIOMS]
    assert len(names) >= 150
    assert len(set(names)) == len(names)
    assert {n for n, _ in KNOWN} <= set(names)


def test_measure_sees_damage():
    truth = np.linspace(-1, 1, 101)
    assert sqnr(truth, truth) == np.inf
    assert sqnr(truth, truth * 1.2) < LIMIT_DB < sqnr(truth, truth * 1.01)
    assert sqnr(truth, np.where(truth > 0.9, np.nan, truth)) == -np.inf
    assert sqnr(truth, np.where(truth > 0.9, np.inf, truth)) < 0
    assert sqnr(truth * 1e5, np.where(truth > 0.9, np.inf, truth * 1e5)) > LIMIT_DB


def main(precision="-", *parts):
    """python test_fp16_idioms.py [PRECISION|-] [PART OF A NAME...]: what is wrong, and how many."""
    chosen = [i for i in fp16_idioms.IDIOMS if not parts or any(p in i.name for p in parts)]
    wrong = [(i.name, k, db) for i in chosen
             for k, db in measure(i, None if precision == "-" else precision).items() if db < LIMIT_DB]  # fmt: skip
    for name, which, db in wrong:
        print(f"{name:34} {which:6} {db:8.1f} dB")
    print(f"{len(chosen)} idioms, {3 * len(chosen)} runs, {len(wrong)} wrong")


if __name__ == "__main__":
    main(*sys.argv[1:])
