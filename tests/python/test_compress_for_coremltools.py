"""Packages that corecast compressed: coremltools reads them, and decodes every weight to corecast's own bits."""

import pytest

ct = pytest.importorskip("coremltools")

import numpy as np  # noqa: E402

import compress_models as models  # noqa: E402
import corecast as cc  # noqa: E402
from corecast import Palettize, Prune, Quantize, Recipe, Rule  # noqa: E402
from test_written_packages import check as type_differences  # noqa: E402

SCHEMES = {}
for bits in (1, 2, 3, 4, 6, 8):
    SCHEMES[f"palettize {bits}"] = Palettize(bits)
    SCHEMES[f"palettize {bits} uniform channel"] = Palettize(bits, granularity="channel", mode="uniform")
    SCHEMES[f"palettize {bits} pruned"] = Prune(0.4) + Palettize(bits)
for vector in (2, 4):
    SCHEMES[f"vectors {vector}"] = Palettize(3, vector=vector)
    SCHEMES[f"vectors {vector} in groups, int8"] = Palettize(2, vector=vector, granularity="group:4", table="int8")
SCHEMES |= {
    "palettize groups": Palettize(4, granularity="group:4"),
    "palettize by input": Palettize(4, granularity="channel", axis="input"),
    "palettize int8 table": Palettize(4, table="int8"),
    "palettize int8 table pruned": Prune(0.5) + Palettize(4, table="int8"),
    "scale channel": Palettize(4, scale="channel"),
    "scale block": Palettize(3, scale="block:4"),
    "scale channel in groups": Palettize(2, granularity="group:2", scale="channel"),
    "scale channel pruned": Prune(0.5) + Palettize(4, scale="channel"),
    "prune 0.5": Prune(0.5),
    "prune 0": Prune(0.0),
    "prune 1": Prune(1.0),
    "prune threshold": Prune(threshold=0.05),
    "prune 2:4": Prune(n_m=(2, 4)),
    "prune 1:3": Prune(n_m="1:3"),
    "prune blocks": Prune(0.5, block=2),
}
for dtype in ("int8", "uint8", "int4", "uint4"):
    for symmetric in (True, False):
        offsets = "" if symmetric else " offsets"
        for granularity in ("tensor", "channel", "block:4"):
            SCHEMES[f"{dtype} {granularity}{offsets}"] = Quantize(dtype, granularity, symmetric)
        SCHEMES[f"{dtype} pruned{offsets}"] = Prune(0.5) + Quantize(dtype, "channel", symmetric)

# What a second compression makes of the first one's package.
AGAIN = {
    "pruned, then palettized": (Prune(0.5), Palettize(4)),
    "pruned 2:4, then int4": (Prune(n_m="2:4"), Quantize("int4", "channel")),
    "palettized, then pruned": (Palettize(4, granularity="channel"), Prune(0.5)),
    "int8 table, then pruned": (Palettize(4, table="int8"), Prune(0.3)),
    "int8, then pruned": (Quantize(), Prune(0.5)),
    "uint8 with offsets, then pruned": (Quantize("uint8", "channel", False), Prune(threshold=0.05)),
    "int4 blocks, then pruned": (Quantize("int4", "block:4"), Prune(0.5)),
}


def everything(scheme):
    return Recipe([Rule(scheme, min_elements=0)])


def save(model, path):
    model.save(path, force=True)
    return path


def check(model, at_least, tmp_path):
    """`at_least` weights are compressed; coremltools agrees with the package and with corecast's decoding."""
    package, expanded = save(model, tmp_path / "coded.mlpackage"), tmp_path / "expanded.mlpackage"
    assert sum(w.compressed for w in model.compression.weights) >= at_least, str(model.compression)
    assert not type_differences(package)
    plain = cc.decompress(cc.load(package))
    save(plain, expanded)
    dense = models.dense_weights(expanded)
    assert not models.same_bits(dense, models.decoded_weights(package))
    return dense


def base(target, half, odd, tmp_path):
    path = tmp_path / "plain.mlpackage"
    models.model(target, half, odd).save(str(path))
    return cc.load(path)


def even_cases():
    """Everyday: one width of what all widths share."""
    seldom = {n for n in SCHEMES if n.startswith("palettize") and n[10] in "268" and n[11:] != " pruned"}
    seldom |= {n for n in SCHEMES if n.startswith("palettize") and n[10] in "1348" and n[11:] == " pruned"}
    seldom |= {n for n in SCHEMES if n.startswith(("uint8", "int4")) and "pruned" not in n and "block" not in n}
    return [pytest.param(n, marks=pytest.mark.slow if n in seldom else ()) for n in SCHEMES]


@pytest.mark.parametrize("name", even_cases())
def test_even(name, tmp_path):
    check(cc.compress(base(ct.target.iOS18, True, False, tmp_path), everything(SCHEMES[name])), 5, tmp_path)


@pytest.mark.parametrize("name", AGAIN)
def test_again(name, tmp_path):
    model = base(ct.target.iOS18, True, False, tmp_path)
    for scheme in AGAIN[name]:
        model = cc.load(save(model, tmp_path / "step.mlpackage"))
        model = cc.compress(model, everything(scheme))
    dense = check(model, 5, tmp_path)
    for first, second in [AGAIN[name]]:
        pruned = [s for s in (first, second) if isinstance(s, Prune) and s.ratio]
        for share in [s.ratio for s in pruned]:
            assert all((w == 0).mean() >= share - 1 / w.size for w in dense.values())


# Of the widths that cross bytes, one of every form.
EVERYDAY_ODD = ("palettize 1", "palettize 3 uniform channel", "palettize 6", "palettize 3 pruned", "palettize int8 table pruned",
                "prune 1:3", "scale channel pruned", "int4 tensor", "uint4 channel offsets", "int8 channel")  # fmt: skip


def odd_cases():
    fits = ("palettize", "prune", "int8 tensor", "int4 tensor", "int8 channel", "int4 channel", "uint4 channel", "scale channel")
    need_divisors = ("palettize groups", "prune 2:4", "prune blocks", "scale channel in groups")
    for name in SCHEMES:
        if not name.startswith(fits) or name.startswith(need_divisors):
            continue
        for target in ("iOS16", "iOS18", "iOS26"):
            for half in (True, False):
                more = () if name in EVERYDAY_ODD and (target, half) == ("iOS18", True) else pytest.mark.slow
                yield pytest.param(name, target, half, id=f"{name}-{target}-{'half' if half else 'single'}", marks=more)


@pytest.mark.parametrize("name, target, half", odd_cases())
def test_odd(name, target, half, tmp_path):
    """Sizes that fill no byte and no word."""
    model = base(getattr(ct.target, target), half, True, tmp_path)
    if target == "iOS16":
        try:
            model = cc.compress(model, everything(SCHEMES[name]), target="ios16")
        except cc.UnsupportedError:
            pytest.skip("iOS 16 has no form for it")
    else:
        model = cc.compress(model, everything(SCHEMES[name]), target=target.lower())
    check(model, 4, tmp_path)


@pytest.mark.parametrize("name", ["palettize 4", "scale block", "int8 channel", "uint4 block:4 offsets", "int8 pruned", "palettize 3 pruned"])
def test_expanded_runs_alike(name, tmp_path):
    """decompress(compress(m)) computes what compress(m) does, and the report's error is that of the weights."""
    plain = models.weights(models.EVEN)
    path = tmp_path / "plain.mlpackage"
    models.model(ct.target.iOS18, False, False).save(str(path))
    model = cc.compress(path, everything(SCHEMES[name]))
    dense = check(model, 5, tmp_path)
    single = cc.load(tmp_path / "coded.mlpackage", precision="fp32")
    got, want = single.run(models.inputs()), cc.decompress(single).run(models.inputs())
    for output, value in want.items():
        np.testing.assert_allclose(got[output], value, rtol=1e-5, atol=1e-5)
    for w in (w for w in model.compression.weights if w.compressed):
        op = w.ops[0]
        was, now = plain[op].astype(np.float64), dense[op].astype(np.float64)
        sqnr = 10 * np.log10((was**2).sum() / ((was - now) ** 2).sum())
        assert w.sqnr == pytest.approx(sqnr, abs=1e-3), w.name
        assert w.relative_error == pytest.approx(10 ** (-sqnr / 20), rel=1e-3)
        assert w.bits_per_weight == pytest.approx(w.bytes_after * 8 / was.size)
