"""Packages that coremltools compressed: corecast reads and runs them, and decodes every weight to the same bits.

coremltools' own decompression is the reference. It computes float32 products where the results are
float16 too; so does corecast, and no tolerance is needed.
"""

import pytest

ct = pytest.importorskip("coremltools")

import numpy as np  # noqa: E402

import compress_models as models  # noqa: E402
import corecast as cc  # noqa: E402

opt = ct.optimize.coreml
IOS16, IOS18, IOS26 = ct.target.iOS16, ct.target.iOS18, ct.target.iOS26


def _apply(method, config, **options):
    return lambda model: method(model, opt.OptimizationConfig(global_config=config), **options)


def palettize(joint=False, **fields):
    return _apply(opt.palettize_weights, opt.OpPalettizerConfig(weight_threshold=0, **fields), joint_compression=joint)


def quantize(joint=False, **fields):
    return _apply(opt.linear_quantize_weights, opt.OpLinearQuantizerConfig(weight_threshold=0, **fields), joint_compression=joint)


def blocks_of_linear(*sizes):
    config = opt.OpLinearQuantizerConfig(dtype="int4", granularity="per_block", block_size=sizes, weight_threshold=0)
    return lambda model: opt.linear_quantize_weights(model, opt.OptimizationConfig(op_type_configs={"linear": config}))


def prune(joint=False, **fields):
    return _apply(opt.prune_weights, opt.OpMagnitudePrunerConfig(weight_threshold=0, **fields), joint_compression=joint)


def threshold(value):
    config = opt.OpThresholdPrunerConfig(threshold=value, minimum_sparsity_percentile=0.0, weight_threshold=0)
    return _apply(opt.prune_weights, config)


def own_table(weight):
    """Eight entries, of which seven are used."""
    flat = np.abs(weight.ravel().astype(np.float64))
    entries = [weight.dtype.type(v) for v in (0, 0.25, -0.5, 1, -2, 3.5, 0.125, 9)]
    return entries, list(np.minimum(flat * 20, 6).astype(int))


def few_values(model):
    """Weights of at most 8 values each, found again by mode unique."""
    return palettize(mode="unique")(opt.decompress_weights(palettize(mode="uniform", nbits=2)(model)))


GROUPS = {"granularity": "per_grouped_channel", "group_size": 4}
CASES = {}


def case(name, *steps, targets=(IOS18,)):
    CASES[name] = (steps, targets)


for bits in (1, 2, 4, 6, 8):
    case(f"palettize uniform {bits}", palettize(mode="uniform", nbits=bits), targets=(IOS16, IOS18))
case("palettize uniform 3", palettize(mode="uniform", nbits=3))
case("palettize kmeans 4", palettize(mode="kmeans", nbits=4), targets=(IOS16, IOS18, IOS26))
case("palettize unique", few_values, targets=(IOS16, IOS18))
case("palettize custom", palettize(mode="custom", lut_function=own_table), targets=(IOS18,))
for bits in (1, 3, 4, 8):
    case(f"palettize groups {bits}", palettize(mode="uniform", nbits=bits, **GROUPS))
case("palettize groups of one", palettize(mode="kmeans", nbits=2, granularity="per_grouped_channel", group_size=1))
case("palettize groups, other axis", palettize(mode="kmeans", nbits=3, channel_axis=1, **GROUPS))
case("palettize vectors 2", palettize(mode="kmeans", nbits=4, cluster_dim=2))
case("palettize vectors 4", palettize(mode="kmeans", nbits=3, cluster_dim=4))
case("palettize vectors 2, groups", palettize(mode="kmeans", nbits=2, cluster_dim=2, **GROUPS))
case("palettize vectors, other axis", palettize(mode="kmeans", nbits=2, cluster_dim=4, channel_axis=1))
case("palettize scale", palettize(mode="kmeans", nbits=4, enable_per_channel_scale=True, **GROUPS), targets=(IOS18, IOS26))
for dtype in ("int8", "uint8", "int4", "uint4"):
    for mode in ("linear_symmetric", "linear"):
        short = "" if mode == "linear_symmetric" else " offsets"
        old = (IOS16, IOS18) if dtype.endswith("8") else (IOS18,)
        for granularity in ("per_tensor", "per_channel"):
            case(f"quantize {dtype} {granularity}{short}", quantize(dtype=dtype, mode=mode, granularity=granularity), targets=old)
        case(f"quantize {dtype} blocks{short}", quantize(dtype=dtype, mode=mode, granularity="per_block", block_size=4))
case("quantize blocks of two axes", blocks_of_linear(4, 2))
case("prune magnitude 0.6", prune(target_sparsity=0.6), targets=(IOS16, IOS18))
case("prune nothing", prune(target_sparsity=0.0), targets=(IOS16, IOS18))
case("prune everything", prune(target_sparsity=1.0), targets=(IOS16, IOS18))
case("prune threshold", threshold(0.08), targets=(IOS16, IOS18))
case("prune 2:4", prune(n_m_ratio=(2, 4)), targets=(IOS16, IOS18))
case("prune 3:5 along outputs", prune(n_m_ratio=(3, 5), dim=0))
case("prune blocks", prune(target_sparsity=0.5, block_size=4), targets=(IOS16, IOS18))
case("prune + palettize", prune(target_sparsity=0.5), palettize(joint=True, mode="uniform", nbits=4))
case("prune + palettize groups", prune(target_sparsity=0.5), palettize(joint=True, mode="uniform", nbits=2, **GROUPS))
case("prune + quantize", prune(target_sparsity=0.5), quantize(joint=True), targets=(IOS18, IOS26))
case("prune + quantize offsets", prune(target_sparsity=0.5), quantize(joint=True, mode="linear", dtype="uint8"))
case("prune + quantize blocks", prune(target_sparsity=0.5), quantize(joint=True, dtype="int4", granularity="per_block", block_size=4))
case("palettize + int8 table", palettize(mode="uniform", nbits=4), quantize(joint=True, granularity="per_tensor"))
case("palettize vectors + int8 table", palettize(mode="kmeans", nbits=4, cluster_dim=2), quantize(joint=True, granularity="per_tensor"))
case("prune + palettize + int8 table", prune(target_sparsity=0.5), palettize(joint=True, mode="uniform", nbits=4),
     quantize(joint=True, granularity="per_tensor"))
case("palettize, then prune", palettize(mode="uniform", nbits=4), prune(joint=True, target_sparsity=0.5))
case("quantize, then prune", quantize(), prune(joint=True, target_sparsity=0.5))


# What another case covers nearly: run with the slow ones.
SELDOM = {
    "palettize uniform 2", "palettize uniform 4", "palettize uniform 8", "palettize groups 1", "palettize groups 4", "palettize groups 8",
    "palettize vectors 4", "quantize int8 per_tensor offsets", "quantize uint8 per_channel", "quantize uint8 per_tensor",
    "quantize int4 per_tensor", "quantize uint4 per_tensor offsets", "quantize int8 blocks", "quantize uint8 blocks offsets",
    "prune nothing", "prune + quantize offsets", "palettize, then prune",
}  # fmt: skip


def parameters():
    for name, (steps, targets) in CASES.items():
        for target in targets:
            once = () if target == targets[-1] and name not in SELDOM else pytest.mark.slow
            yield pytest.param(steps, target, id=f"{name}-{target.name}", marks=once)


def compressed(steps, target, half, odd):
    model = models.model(target, half, odd)
    for step in steps:
        model = step(model)
    return model


def check(model, odd, tmp_path):
    package, expanded = tmp_path / "coded.mlpackage", tmp_path / "expanded.mlpackage"
    model.save(str(package))
    assert any(t.startswith("constexpr_") for t in models.op_types(package)), "nothing was compressed"
    loaded = cc.load(package, precision="fp32")
    plain = cc.decompress(loaded)
    plain.save(expanded)
    assert not any(t.startswith("constexpr_") for t in models.op_types(expanded))
    assert not models.same_bits(models.dense_weights(expanded), models.decoded_weights(model))
    got, want = loaded.run(models.inputs(odd)), plain.run(models.inputs(odd))
    for name, value in want.items():
        np.testing.assert_allclose(got[name], value, rtol=1e-5, atol=1e-5 * max(1e-6, np.abs(value).max()), err_msg=name)


@pytest.mark.parametrize("steps, target", parameters())
def test_weights(steps, target, monkeypatch, tmp_path):
    models.with_clusters(monkeypatch)
    check(compressed(steps, target, True, False), False, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("half, odd", [(False, False), (True, True), (False, True)])
@pytest.mark.parametrize("steps, target", parameters())
def test_more_weights(steps, target, half, odd, monkeypatch, tmp_path):
    """In float32, and of sizes that no byte and no group divides: what coremltools then skips is skipped here."""
    models.with_clusters(monkeypatch)
    model = compressed(steps, target, half, odd)
    if odd and not any(t.startswith("constexpr_") for t in models.op_types(model)):
        pytest.skip("nothing of these sizes is compressed by coremltools")
    check(model, odd, tmp_path)
