"""The command and Python do the same: the same bytes, and the same errors, for a matrix of options."""

import json
import pathlib
import re

import pytest

pytest.importorskip("onnx")

import corecast as cc  # noqa: E402
from compress_nets import net  # noqa: E402, F401
from corecast import Goal, Palettize, Prune, Quantize  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(package):
    return {p.relative_to(package).as_posix(): p.read_bytes() for p in sorted(pathlib.Path(package).rglob("*")) if p.is_file()}


# What the flags say, and what Python says for the same.
SCHEMES = {
    "--palettize 4": Palettize(4),
    "--palettize 3 --granularity channel": Palettize(3, granularity="channel"),
    "--palettize 6 --mode uniform": Palettize(6, mode="uniform"),
    "--palettize 4 --scale block:16": Palettize(4, scale="block:16"),
    "--palettize 8 --vector 4": Palettize(8, vector=4),
    "--quantize int8": Quantize(),
    "--quantize int4": Quantize("int4"),
    "--quantize uint4 --mode hqq": Quantize("uint4", scales="hqq"),
    "--quantize uint8 --granularity tensor --asymmetric": Quantize("uint8", "tensor", symmetric=False),
    "--prune 0.5": Prune(0.5),
    "--prune 2:4 --quantize int8": Prune(n_m="2:4") + Quantize(),
    "--palettize 5": Palettize(5),
    "--palettize 4 --granularity rows": Palettize(4, granularity="rows"),
    "--palettize 4 --quantize int8": Palettize(4) + Quantize(),
    "--palettize 4 --granularity block:4": Palettize(4, granularity="block:4"),
    "--prune 1.5": Prune(1.5),
    "--palettize 4 --granularity group:4 --target ios16": (Palettize(4, granularity="group:4"), {"target": "ios16"}),
    "--quantize int4 --target macos14": (Quantize("int4"), {"target": "macos14"}),
    "--palettize 4 --target ios3": (Palettize(4), {"target": "ios3"}),
    "--target-bpw 4.5": Goal(bpw=4.5),
    "--target-bpw 0.5": Goal(bpw=0.5),
    "--target-size 1": Goal(size=1),
    "--target-size 12parsec": Goal(size="12parsec"),
    "--max-drop psnr=30": Goal(max_drop="psnr=30"),
    "--max-drop psnr": Goal(max_drop="psnr"),
    "--recipe no/such/file.json": "no/such/file.json",
}


def in_python(source, wanted, package):
    rules, options = wanted if isinstance(wanted, tuple) else (wanted, {})
    how = {"goal": rules} if isinstance(rules, Goal) else {"rules": rules}
    return cc.compress(source, **how, **options).save(package)


@pytest.mark.parametrize("flags", SCHEMES)
def test_compression(net, flags, tmp_path, command):
    done = command("compress", net, "-o", tmp_path / "command.mlpackage", "--reference", "embedded", "--accept", "unfit", "--json", *flags.split())
    document = json.loads(done.stdout)
    try:
        saved = in_python(net, SCHEMES[flags], tmp_path / "python.mlpackage")
    except cc.Error as error:
        failed = document["diagnostics"][-1]
        assert (done.returncode, failed["code"], failed["help"]) == (error.exit_code, error.code, error.help)
        assert error.message.endswith(failed["message"].removeprefix("recipe: rules[0].scheme: ")), (error.message, failed["message"])
        assert not list(tmp_path.iterdir())
        return
    assert done.returncode == 0, done.stderr
    assert files(tmp_path / "command.mlpackage") == files(tmp_path / "python.mlpackage")
    result = document["result"]
    assert result["compressed_weights_read_back"] == saved.read_back > 0
    assert (result["target"], result["bytes"], result["ops"]) == (saved.target, saved.bytes, saved.ops)


CONVERSIONS = {
    "": {},
    "--precision fp32": {"precision": "fp32"},
    "--precision auto --target ios16": {"precision": "auto", "target": "ios16"},
    "--target macos15": {"target": "macos15"},
    "--target ios3": {"target": "ios3"},
    "--output nowhere": {"outputs": ["nowhere"]},
    "--input z[1,2]": {"inputs": ["z[1,2]"]},
    "--input x[1": {"inputs": ["x[1"]},
    "--labels no/such/file": {"labels": "no/such/file"},
}


@pytest.mark.parametrize("flags", CONVERSIONS)
def test_conversion(mlp, flags, tmp_path, command):
    done = command("convert", mlp, "-o", tmp_path / "command.mlpackage", "--no-validate", "--json", *flags.split())
    document = json.loads(done.stdout)
    try:
        cc.convert(mlp, **CONVERSIONS[flags]).save(tmp_path / "python.mlpackage")
    except cc.Error as error:
        failed = document["diagnostics"][-1]
        assert (done.returncode, failed["code"], failed["message"], failed["help"]) == (error.exit_code, error.code, error.message, error.help)
        return
    assert done.returncode == 0, done.stderr
    assert files(tmp_path / "command.mlpackage") == files(tmp_path / "python.mlpackage")


@pytest.fixture(scope="module")
def package(mlp, tmp_path_factory):
    path = tmp_path_factory.mktemp("surface") / "mlp.mlpackage"
    cc.convert(mlp).save(path)
    return path


ENGINES = {
    "run": lambda mlp, package, engine: cc.load(package, engine=engine),
    "validate": lambda mlp, package, engine: cc.validate(mlp, package, runtime="embedded", engine=engine),
}


@pytest.mark.parametrize("verb", ENGINES)
def test_engines(mlp, package, verb, command):
    """What is here computes, what is not is E4006, what nobody knows a usage error."""
    arguments = [mlp, package, "--reference", "embedded"] if verb == "validate" else [package]
    engines = json.loads(command("doctor", "--json").stdout)["result"]["engines"]
    assert [engine["available"] for engine in engines].count(True) >= 1
    for engine in engines:
        done = command(verb, *arguments, "--engine", engine["name"], "--json")
        if engine["available"]:
            assert done.returncode == 0
            ENGINES[verb](mlp, package, engine["name"])
            continue
        with pytest.raises(cc.AbsentError) as error:
            ENGINES[verb](mlp, package, engine["name"])
        failed = json.loads(done.stdout)["diagnostics"][-1]
        assert (done.returncode, failed["code"], failed["message"]) == (error.value.exit_code, error.value.code, error.value.message)
        assert error.value.code == "E4006"
    with pytest.raises(cc.UsageError, match="abacus") as error:
        ENGINES[verb](mlp, package, "abacus")
    assert error.value.code == "E1029"


def test_an_engine_goes_with_the_model(package):
    assert cc.load(package).engine == "cpu" == cc.load(package, engine="cpu").engine
    assert cc.decompress(cc.load(package)).engine == "cpu"


def test_a_goal_is_one(net):
    for goal in (Goal(bpw=4, size="1MB"), Goal(size=100, max_drop="psnr=30")):
        with pytest.raises(cc.UsageError) as error:
            cc.compress(net, goal=goal)
        assert error.value.code == "E1017"


# The register of codes.


@pytest.fixture(scope="session")
def register(command):
    return {row["code"]: row for row in json.loads(command("schema", "errors", "--json").stdout)["result"]}


def sources():
    for folder in ("api", "base", "cli", "compress", "converter", "executor", "ir", "ops", "passes", "python", "validator"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".cpp", ".h", ".def", ".py"):
                yield path, path.read_text(encoding="utf-8")


def test_codes_that_are_used_are_registered_and_the_other_way_round(register):
    used = set()
    for path, text in sources():
        found = set(re.findall(r'(?:Code::|code=")([EWN]\d{4})\b', text))
        assert found <= set(register), path
        used |= found
        # Comments and help texts name no code that there is not.
        named = set(re.findall(r"\b[EWN]\d{4}\b", text))
        assert named <= set(register), (path, named - set(register))
    assert used == set(register)


def test_exceptions_of_python_carry_the_codes_of_their_kind(register):
    raised = re.compile(r'raise (\w+)\((?:[^()]|\([^()]*\))*?code="(\w+)"', re.S)
    count = 0
    for path, text in sources():
        if path.suffix == ".py":
            for name, code in raised.findall(text):
                assert register[code]["exception"] == name, (path, code)
                count += 1
    assert count >= 8


def test_exit_codes_are_those_of_the_classes(register):
    for row in register.values():
        if row["exception"] not in (None, "KeyboardInterrupt"):
            assert getattr(cc.errors, row["exception"]).exit_code == row["exit_code"]


def test_explain(register):
    for code, row in register.items():
        assert cc.explain(code).startswith(f"{code}: {row['title']}\n\n")
    assert "iOS 18" in cc.explain("ios18")
    with pytest.raises(cc.UsageError, match="palettize") as error:
        cc.explain("palletize")
    assert error.value.code == "E1028"
