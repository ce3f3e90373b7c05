"""docs/add_an_op.md, followed word by word in a copy of the tree, which is built and runs the new cases.

The page adds ops that exist, so the copy gets them under other names. It stays in build/new-op: only what differs
is copied again, and a second run builds next to nothing. The build makes everything that the Python module needs.
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "build" / "new-op"
PAGE = ROOT / "docs" / "add_an_op.md"
NAMES = {
    "cumsum": "cumsum_again", "Cumsum": "CumsumAgain", "CumSum": "CumSumAgain", "cum_sum": "cum_sum_again",
    "softsign": "softsign_again", "Softsign": "SoftsignAgain",
}  # fmt: skip
FENCE = re.compile(r"(?:<!-- (file|row): (\S+) -->\n)?```(\w+)\n(.*?)```\n", re.S)

MODEL = """
import numpy as np, onnx, corecast as cc
h, t = onnx.helper, onnx.TensorProto
nodes = [h.make_node("SoftsignAgain", ["x"], ["s"]), h.make_node("CumSumAgain", ["s", "axis"], ["y"], reverse=1)]
graph = h.make_graph(nodes, "g", [h.make_tensor_value_info("x", t.FLOAT, [2, 3])],
                     [h.make_tensor_value_info("y", t.FLOAT, [2, 3])], [h.make_tensor("axis", t.INT64, [], [1])])
onnx.save(h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8), "again.onnx")
x = np.array([[1, -2, 3], [0.5, 0, -4]], np.float32)
s = x / (1 + np.abs(x))
model = cc.convert("again.onnx", precision="fp32")
assert model.stats()["ops"] == {"softsign_again": 1, "cumsum_again": 1}, model.stats()
np.testing.assert_allclose(model.run({"x": x})["y"], np.flip(np.cumsum(np.flip(s, 1), 1), 1), rtol=1e-5)
"""


def renamed(text):
    return re.sub("|".join(rf"(?<!np\.)\b{name}(?=\b|_)" for name in NAMES), lambda m: NAMES[m.group(0)], text)


def run(*command, cwd, **extra):
    environment = {**os.environ, **extra}
    done = subprocess.run([str(c) for c in command], cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-6000:]}"
    return done.stdout


def put(path, content):
    """Writes a file where it differs, so that its time tells what to build again."""
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def copy_with_ops():
    """The tree, and in it what the page says, in COPY. The page's commands run in a copy of the scripts' own."""
    draft = COPY / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    wanted = [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    for name in wanted:
        (draft / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, draft / name)
    written = follow(draft)
    tree = COPY / "tree"
    kept = {draft / name for name in wanted} | {draft / name for name in written}
    for file in kept:
        put(tree / file.relative_to(draft), file.read_bytes())
    for file in tree.rglob("*"):
        if file.is_file() and "build" not in file.relative_to(tree).parts and draft / file.relative_to(tree) not in kept:
            file.unlink()
    for name in kept:
        shutil.copymode(name, tree / name.relative_to(draft))
    shutil.rmtree(draft)
    return tree, written


def follow(draft):
    """Does what the page says; the files that it names."""
    touched = set()
    for kind, path, language, text in FENCE.findall(PAGE.read_text(encoding="utf-8")):
        text = renamed(text)
        if language == "sh":
            done = subprocess.run([sys.executable, *shlex.split(text)], cwd=draft, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            touched |= set(re.findall(r"(?m)^(?:new|changed) +(\S+)", done.stdout))
        elif kind == "file":
            path = renamed(path)
            assert (draft / path).exists(), f"scripts/new-op made no {path}"
            (draft / path).write_text(text, encoding="utf-8")
        elif kind == "row":
            source = (draft / path).read_text(encoding="utf-8")
            name = re.search(r"Values (\w+)\(", text).group(1)
            source, count = re.subn(rf"Values {name}\(OnnxNode& n\) \{{\n.*?\n\}}\n", lambda _: text, source, flags=re.S)
            assert count == 1, f"scripts/new-op made no row {name}"
            (draft / path).write_text(source, encoding="utf-8")
    left = [path for path in touched if "DECIDE" in (draft / path).read_text(encoding="utf-8")]
    assert not left, f"the page decides nothing in {left}"
    return touched


def added_lines(tree, files):
    """Lines that were not there before, in the files that are no rooms."""
    count = 0
    for name in files:
        old = (ROOT / name).read_text().splitlines()
        count += len((tree / name).read_text().splitlines()) - len(old)
    return count


@pytest.mark.slow
def test_following_the_page():
    COPY.mkdir(parents=True, exist_ok=True)
    tree, written = copy_with_ops()
    elementwise = {name for name in written if "elementwise" in name or name.endswith(".def")}
    assert len(elementwise) == 5 and added_lines(tree, elementwise) <= 12 + 2, elementwise  # two lines of cumsum
    assert len(written - elementwise) == 4, written  # with ops.def and onnx_ops.def, six for a room
    cache = {"CCACHE_BASEDIR": str(tree), "CCACHE_NOHASHDIR": "1"}
    options = ["-DCORECAST_PYTHON=ON", "-DCORECAST_TESTS=OFF", f"-DPython3_EXECUTABLE={sys.executable}"]
    run("cmake", "--preset", "dev", *options, cwd=tree, **cache)
    run("cmake", "--build", "--preset", "dev", "--target", "_corecast", cwd=tree, **cache)
    module = {"PYTHONPATH": str(tree / "build/dev/python")}
    cases = ["-m", "pytest", "-q", "tests/python/test_ops_numeric.py", "-k", "cumsum_again or softsign_again"]
    out = run(sys.executable, *cases, cwd=tree, **module)
    assert re.search(r"\b\d\d passed", out), out
    run(sys.executable, "-c", MODEL, cwd=COPY, **module)
