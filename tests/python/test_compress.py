"""Compression of models: rules, targets, goals, reports, and what fails."""

import json
import math
import os
import pathlib
import subprocess

import pytest

pytest.importorskip("onnx")

import numpy as np  # noqa: E402

import corecast as cc  # noqa: E402
from compress_nets import chain, model, net, normal, reports  # noqa: E402, F401
from corecast import Goal, Palettize, Prune, Quantize, Recipe, Rule  # noqa: E402


def files(package):
    return {p.relative_to(package).as_posix(): p.read_bytes() for p in sorted(pathlib.Path(package).rglob("*")) if p.is_file()}


def command(*arguments, **options):
    cli = os.environ.get("CORECAST_CLI")
    if not cli:
        pytest.skip("not run: CORECAST_CLI names no command")
    return subprocess.run([cli, *map(str, arguments)], capture_output=True, text=True, **options)


# Rules.


def test_the_last_rule_that_matches_decides(model):
    rules = [Rule(Palettize(4)), Rule(Quantize(), name="w1*"), Rule(None, name="w2"), Rule(Prune(0.5), name="w*", op="conv")]
    with pytest.warns(cc.ConversionWarning, match=r"W1312.*rules\[3\]"):
        w = reports(cc.compress(model, rules))
    assert [w[n].scheme.split()[0] for n in ("w0", "w1", "w2", "w3")] == ["palettize", "quantize", "none", "palettize"]
    assert "leaves it alone" in w["w2"].reason
    w = reports(cc.compress(model, Recipe([Rule(Palettize(4))], skip=["w0*", "?3"])))
    assert [w[f"w{i}"].compressed for i in range(4)] == [False, True, True, False]
    assert "skips" in w["w0"].reason


def test_sizes_bound_rules(model):
    w = reports(cc.compress(model, [Rule(Palettize(2), min_elements=5120, max_elements=7000)]))
    assert {n for n, r in w.items() if r.compressed} == {"w2"}
    assert "no rule" in w["w0"].reason


def test_rules_that_match_nothing(model):
    with pytest.raises(cc.UsageError, match="none of the model") as e:
        cc.compress(model, Rule(Palettize(4), name="nobody"))
    assert e.value.code == "E1312"


@pytest.mark.parametrize(
    "rules, code",
    [
        ("not a file", "E2001"),
        (Palettize(5), "E1302"),
        (Palettize(4) + Quantize(), "E1302"),
        (Prune(), "E1302"),
        (Prune(2.0), "E1302"),
        (Palettize(4, granularity="rows"), "E1301"),
        ([{"scheme": {"name": "palettize", "bitts": 4}}], "E1311"),
        ([{"scheme": {"name": "palettize", "bits": "4"}}], "E1310"),
        (3, "E1310"),
    ],
)
def test_rules_that_are_wrong(model, rules, code):
    with pytest.raises(cc.InputError if code == "E2001" else cc.UsageError) as e:
        cc.compress(model, rules)
    assert e.value.code == code


# Reports.


SCHEMES = [
    Palettize(1), Palettize(3, granularity="channel"), Palettize(4, granularity="group:16"), Palettize(6, mode="uniform"), Palettize(8),
    Palettize(4, vector=2), Palettize(4, vector=8), Palettize(4, scale="channel"), Palettize(3, scale="block:16"), Palettize(4, table="int8"),
    Palettize(4, axis="input", granularity="channel"), Quantize("int8", "tensor"), Quantize("uint8", "channel", False),
    Quantize("int4", "block:16"), Quantize("uint4", "channel", scales="hqq"), Quantize(scales="abs_max"), Prune(0.5), Prune(threshold=0.05),
    Prune(n_m="2:4"), Prune(0.5, block=4), Prune(0.5) + Palettize(4), Prune(0.5) + Quantize("int8", "channel", False),
    Prune(n_m=(2, 4)) + Palettize(4, scale="channel"),
]


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda s: cc.Rule(s).document()["scheme"].__repr__())
def test_the_same_bytes_from_one_thread_and_two(net, scheme, tmp_path):
    written = []
    before = cc.get_threads()
    try:
        for threads in (1, 2):
            cc.set_threads(threads)
            compressed = cc.compress(cc.convert(net, precision="fp32"), scheme)
            assert all(w.compressed for w in compressed.compression.weights), str(compressed.compression)
            saved = compressed.save(tmp_path / f"{threads}.mlpackage")
            written.append(files(tmp_path / f"{threads}.mlpackage"))
            # What the report says is stored is what the file grew to, but for one header and the small weights.
            total = compressed.compression.bytes_after
            assert abs(saved.weight_bytes - total) <= 64 + 16 * 4, (saved.weight_bytes, total)
    finally:
        cc.set_threads(before)
    assert written[0] == written[1]


def test_outputs_of_the_report(net, tmp_path):
    """The cost at the outputs against numpy: both models in fp32 on the same inputs."""
    plain = cc.convert(net, precision="fp32")
    x = normal(3, 48, seed=9) * 10
    np.savez(tmp_path / "x.npz", x=x)
    compressed = cc.compress(plain, Palettize(3), data=tmp_path / "x.npz")
    want, got = (m.run({"x": x})["y"].astype(np.float64) for m in (plain, compressed))
    cost = compressed.compression.outputs[0]
    assert cost.sqnr == pytest.approx(10 * np.log10((want**2).sum() / ((want - got) ** 2).sum()), abs=0.01)
    assert cost.max_abs == pytest.approx(np.abs(want - got).max(), rel=1e-3)
    assert cost.rmse == pytest.approx(np.sqrt(((want - got) ** 2).mean()), rel=1e-3)
    assert plain.compression is None


def test_bits_per_weight_over_all(model):
    c = cc.compress(model, Palettize(4)).compression
    count = sum(math.prod(w.shape) for w in c.weights)
    assert c.bits_per_weight == pytest.approx(c.bytes_after * 8 / count)
    assert c.bytes_before == sum(w.bytes_before for w in c.weights)
    assert 4 < c.bits_per_weight < 4.6


# Targets and goals.


@pytest.mark.parametrize(
    "scheme, lowest",
    [
        (Palettize(4), "ios16"), (Palettize(3), "ios18"), (Palettize(4, granularity="channel"), "ios18"), (Palettize(4, vector=2), "ios18"),
        (Palettize(4, scale="channel"), "ios18"), (Palettize(4, table="int8"), "ios18"), (Quantize(), "ios16"),
        (Quantize("int8", "block:16"), "ios18"), (Quantize("uint4", "channel"), "ios18"), (Prune(0.5), "ios16"),
        (Prune(0.5) + Palettize(4), "ios18"), (Prune(0.5) + Quantize(), "ios18"),
    ],
    ids=str,
)
def test_targets(net, scheme, lowest, tmp_path):
    model = cc.convert(net)
    saved = cc.compress(model, scheme).save(tmp_path / "free.mlpackage")
    assert saved.target == lowest
    for target in ("ios15", "ios16", "ios17", "ios18", "ios26"):
        if int(target[3:]) < int(lowest[3:]):
            with pytest.raises(cc.UnsupportedError) as e:
                cc.compress(model, scheme, target=target)
            assert e.value.code == "E3301" and lowest in str(e.value) and target in str(e.value)
        else:
            assert cc.compress(model, scheme, target=target).save(tmp_path / f"{target}.mlpackage").target == target


@pytest.mark.parametrize("bits", [3.0, 4.25, 6.0, 9.0])
def test_goal_bits(net, bits):
    got = cc.compress(cc.convert(net), goal=Goal(bpw=bits)).compression
    assert got.bits_per_weight <= bits
    assert got.goal.endswith(f"at most {bits:g} bits per weight")
    # One step of one weight of four: finer goals need more weights.
    assert got.bits_per_weight > bits * 0.8


@pytest.fixture(scope="module")
def deep(tmp_path_factory):
    sizes = [64 + 16 * (i % 5) for i in range(21)]
    return cc.convert(chain(tmp_path_factory.mktemp("deep") / "deep.onnx", sizes))


@pytest.mark.parametrize("bits", [4.5, pytest.param(3.5, marks=pytest.mark.slow), pytest.param(5.5, marks=pytest.mark.slow)])
def test_goal_bits_is_near_with_many_weights(deep, bits):
    got = cc.compress(deep, goal=Goal(bpw=bits)).compression
    assert 0.99 * bits <= got.bits_per_weight <= bits


@pytest.mark.slow
def test_goal_size_is_near_with_many_weights(deep, tmp_path):
    plain = sum(map(len, files_of(deep, tmp_path).values()))
    for size in (plain // 2, plain // 3, plain // 4):
        compressed = cc.compress(deep, goal=Goal(size=size))
        total = sum(map(len, files_of(compressed, tmp_path).values()))
        assert 0.99 * size <= total <= size, compressed.compression.goal


def files_of(model, tmp_path):
    model.save(tmp_path / "sized.mlpackage", force=True)
    return files(tmp_path / "sized.mlpackage")


def test_goal_out_of_reach(net):
    model = cc.convert(net)
    for goal in (Goal(bpw=0.5), Goal(size=2000), Goal(size="1kB")):
        with pytest.raises(cc.GateError) as e:
            cc.compress(model, goal=goal)
        assert e.value.code == "E4103" and any(c.isdigit() for c in str(e.value))
    with pytest.raises(cc.GateError) as e:
        cc.compress(model, goal=Goal(max_drop="psnr>=900"))
    assert "psnr" in str(e.value)


def test_goal_max_drop(net):
    model = cc.convert(net)
    sizes = []
    for psnr in (20, 35, 50):
        c = cc.compress(model, goal=Goal(max_drop=f"psnr>={psnr}")).compression
        assert all(o.psnr >= psnr for o in c.outputs)
        sizes.append(c.bytes_after)
    assert sizes == sorted(sizes) and sizes[0] < sizes[2]


def test_goals_and_rules_exclude_each_other(model):
    for arguments in ({}, {"rules": Palettize(4), "goal": Goal(bpw=4)}):
        with pytest.raises(cc.UsageError):
            cc.compress(model, **arguments)
    for text in ("", "12XB", "MB", "-3MB", "1e9"):
        with pytest.raises(cc.UsageError):
            cc.compress(model, goal=Goal(size=text))


# Compressing again, and back.


def test_what_does_not_join(net, tmp_path):
    first = cc.compress(cc.convert(net), Palettize(4))
    for again in (Palettize(2), Quantize(), Prune(0.5) + Palettize(4)):
        with pytest.warns(cc.ConversionWarning, match="W4102"):
            w = reports(cc.compress(first, again))
        assert all("palettised to 4 bits already" in r.reason and "decompress" in r.reason for r in w.values())
    assert all(w.compressed for w in cc.compress(cc.decompress(first), Palettize(2)).compression.weights)


def test_pruned_codes_keep_their_values(net):
    first = cc.compress(cc.convert(net, precision="fp32"), Quantize("uint8", "channel", False))
    second = cc.compress(first, Prune(0.0))
    x = {"x": normal(3, 48)}
    np.testing.assert_allclose(second.run(x)["y"], first.run(x)["y"], rtol=1e-5, atol=1e-6)
    c = second.compression
    coded = {w.name: w.bytes_after for w in first.compression.weights}
    for w in c.weights:
        assert w.bytes_before == coded[w.name]
        assert w.bytes_after <= w.bytes_before + math.prod(w.shape) // 8 + 128


def test_decompressing_gives_what_runs(net):
    model = cc.convert(net, precision="fp32", inputs=[])
    x = {"x": normal(3, 48)}
    for scheme in SCHEMES:
        compressed = cc.compress(model, scheme)
        got, want = compressed.run(x)["y"], cc.decompress(compressed).run(x)["y"]
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5 * np.abs(want).max(), err_msg=str(scheme))
    np.testing.assert_array_equal(cc.decompress(model).run(x)["y"], model.run(x)["y"])


# The command.


def test_nothing_is_written_when_it_fails(net, tmp_path):
    out = tmp_path / "out.mlpackage"
    recipe = tmp_path / "recipe.json"
    recipe.write_text('{"rules": [{"scheme": {"name": "palettize", "bits": 5}}]}')
    rows = [
        (["--palettize", "4", "--granularity", "group:4", "--target", "ios16"], 3, "E3301"),
        (["--palettize", "5"], None, "E1302"),
        (["--recipe", recipe], None, "E1302"),
        (["--recipe", tmp_path / "absent.json"], None, None),
        (["--palettize", "4", "--quantize", "int8"], None, "E1302"),
        (["--palettize", "4", "--target-bpw", "4"], None, "E1017"),
        (["--prune", "x"], None, "E1017"),
        (["--target-bpw", "0.5"], 1, "E4103"),
        ([], None, "E1017"),
    ]
    usage = command("compress", net, "-o", out).returncode
    for arguments, code, name in rows:
        done = command("compress", net, "-o", out, "--json", *arguments)
        assert done.returncode == (usage if code is None else code), (arguments, done.stdout, done.stderr)
        document = json.loads(done.stdout)
        assert name is None or name in {d["code"] for d in document["diagnostics"]}, document["diagnostics"]
        assert not out.exists() and not list(tmp_path.glob(".*")), arguments
    assert command("compress", net, "-o", out, "--palettize", "4", "--dry-run").returncode == 0
    assert not out.exists()


def test_the_command_writes_what_python_does(net, tmp_path):
    done = command("compress", net, "-o", tmp_path / "a.mlpackage", "--palettize", "4", "--json", "--no-validate")
    assert done.returncode == 0, done.stderr
    compressed = cc.compress(cc.convert(net), Palettize(4))
    compressed.save(tmp_path / "b.mlpackage")
    assert files(tmp_path / "a.mlpackage") == files(tmp_path / "b.mlpackage")
    result = json.loads(done.stdout)["result"]["compression"]
    assert result["bits_per_weight"] == pytest.approx(compressed.compression.bits_per_weight)
    assert [w["name"] for w in result["weights"]] == [w.name for w in compressed.compression.weights]


# Measuring, and what else there is.


def test_python_need_not_measure(net, model, tmp_path):
    small = cc.compress(model, Palettize(4), measure=False)
    assert small.compression.outputs == [] and small.compression.weights[0].sqnr > 10
    assert [p.code for p in small.problems if p.code == "N4104"] == ["N4104"]
    measured = cc.compress(model, Palettize(4))
    assert [o.name for o in measured.compression.outputs] == ["y"]
    small.save(tmp_path / "a.mlpackage")
    measured.save(tmp_path / "b.mlpackage")
    assert files(tmp_path / "a.mlpackage") == files(tmp_path / "b.mlpackage")
    with pytest.raises(cc.AbsentError) as e:
        cc.compress(model, goal=Goal(max_drop="psnr=40"), measure=False)
    assert e.value.code == "E4004"


def better_forms(compressed):
    return [p.message for p in compressed.problems if p.code == "N4105"]


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Enough weights that a table of pairs is a small part of them."""
    return cc.convert(chain(tmp_path_factory.mktemp("net") / "large.onnx", (1024, 1024, 32)))


@pytest.mark.parametrize("bits, vector", [(4, 2), (2, 4)])
def test_a_better_form_of_the_same_size_is_named(large, bits, vector):
    [message] = better_forms(cc.compress(large, Palettize(bits)))
    assert message.startswith(f"--palettize 8 --vector {vector}") and f"than --palettize {bits} in as many" in message
    gain = float(message.split(" dB")[0].split()[-1])
    plain = reports(cc.compress(large, Palettize(bits)))["w0"]
    words = message.split(" has ")[0].split()
    granularity = words[words.index("--granularity") + 1] if "--granularity" in words else "tensor"
    better = reports(cc.compress(large, Palettize(8, vector=vector, granularity=granularity)))["w0"]
    assert better.bytes_after <= 1.02 * plain.bytes_after
    assert better.sqnr - plain.sqnr >= gain - 0.06 > 0.4


def test_what_has_no_better_form_is_left_in_peace(large):
    for scheme in (Palettize(8, vector=2), Palettize(8), Quantize(), Palettize(4, scale="block:32"), Prune(0.5)):
        assert better_forms(cc.compress(large, scheme)) == [], scheme
    assert better_forms(cc.compress(large, Palettize(4), target="ios16")) == []  # has no tables of vectors
    assert len(better_forms(cc.compress(large, Palettize(4), target="ios18"))) == 1
