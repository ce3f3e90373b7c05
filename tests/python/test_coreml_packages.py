"""Packages between coremltools and corecast.

Each program is built with coremltools, read and written again by corecast, and both packages are
loaded with coremltools: interface, ops, types and every constant must agree. Needs coremltools; the
C++ tests must be built ($CORECAST_COREML_TESTS names the program, default: that of any build).
"""

import os
import pathlib
import re
import subprocess

import pytest

ct = pytest.importorskip("coremltools")

import numpy as np  # noqa: E402
from coremltools.converters.mil.frontend.milproto.load import load as load_mil  # noqa: E402

from coreml_programs import PROGRAMS  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


def rewriter() -> str | None:
    given = os.environ.get("CORECAST_COREML_TESTS")
    built = sorted(ROOT.glob("build/*/tests/coreml_tests"), key=lambda p: p.stat().st_mtime)
    return given or (str(built[-1]) if built else None)


def rewrite(source: pathlib.Path, target: pathlib.Path) -> None:
    program = rewriter()
    if program is None:
        pytest.skip("the C++ tests are not built")
    environment = {**os.environ, "CORECAST_READ": str(source), "CORECAST_WRITE": str(target)}
    run = subprocess.run([program, "[.rewrite]"], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def load(package: pathlib.Path):
    """The model as coremltools sees it; fails where its own checks do."""
    model = ct.models.MLModel(str(package), skip_model_load=True)
    spec = model.get_spec()
    return spec, load_mil(spec, specification_version=spec.specificationVersion, file_weights_dir=model.weights_dir)


def value_text(value) -> str:
    if value is None:
        return "?"
    array = np.asarray(value)
    return f"{array.dtype}{array.shape}:{hash(array.tobytes())}" if array.dtype != object else str(value)


def described(operand, names) -> str:
    """A constant by its value, anything else by name and type; names of constants do not matter."""
    if isinstance(operand, (list, tuple)):
        return "(" + ", ".join(described(o, names) for o in operand) + ")"
    if operand is None:
        return "none"
    if operand.op is not None and operand.op.op_type == "const":
        return value_text(operand.val)
    name = names.get(operand, operand.name)
    return f"{name}: {operand.sym_type.__type_info__()}" if hasattr(operand.sym_type, "__type_info__") else name


def parameter(op, key, value, names) -> str:
    # MIL takes either type here.
    if key.startswith("scale_factor_") and value.val is not None:
        return f"{key}={float(value.val)}"
    return f"{key}={described(value, names)}"


# Defaults that coremltools documents, but does not list in default_inputs.
DEFAULTS = {"gru": {"reset_after": False}}


def given(op) -> list:
    """The operands, but for those that say what they would be anyway."""
    defaults = dict(op.default_inputs().items()) | DEFAULTS.get(op.op_type, {})
    return [(k, v) for k, v in sorted(op.inputs.items())
            if getattr(v, "val", None) is None or k not in defaults or value_text(v.val) != value_text(defaults[k])]


def block_lines(block, indent, names) -> list[str]:
    out = []
    for op in block.operations:
        if op.op_type == "const":
            continue
        operands = ", ".join(parameter(op, k, v, names) for k, v in given(op))
        results = ", ".join(f"{o.name}: {shape_text(o)}" for o in op.outputs)
        out.append(f"{indent}{results} = {op.op_type}({operands})")
        for nested in op.blocks:
            # What a block calls its arguments is its own affair.
            names.update({var: f"argument{len(names) + k}" for k, var in enumerate(nested.inputs)})
            out += [f"{indent}  block({', '.join(shape_text(i) for i in nested.inputs)})"]
            out += block_lines(nested, indent + "  ", names)
            out += [f"{indent}  -> {', '.join(described(o, names) for o in nested.outputs)}"]
    return out


def lines(block) -> list[str]:
    """The ops of a block, one line each, constants left out: they show where they are used.

    coremltools numbers flexible sizes anew for every model it reads: they are counted here.
    """
    sizes = {}
    return [re.sub(r"\bis\d+\b", lambda m: f"size{sizes.setdefault(m[0], len(sizes))}", line)
            for line in block_lines(block, "", {})]


def shape_text(var) -> str:
    shape = getattr(var, "shape", None)
    dims = "?" if shape is None else [d if isinstance(d, (int, np.integer)) else "?" for d in shape]
    return f"{getattr(var, 'dtype', var.sym_type)}{list(map(str, dims))}"


def interface(spec) -> dict:
    d = spec.description
    functions = d.functions or [d]
    return {
        "inputs": [[i.SerializeToString(deterministic=True) for i in f.input] for f in functions],
        "outputs": [[o.SerializeToString(deterministic=True) for o in f.output] for f in functions],
        "states": [[s.SerializeToString(deterministic=True) for s in f.state] for f in functions],
        "predicted": (d.predictedFeatureName, d.predictedProbabilitiesName),
        "metadata": d.metadata.SerializeToString(deterministic=True),
        "version": spec.specificationVersion,
    }


CASES = [pytest.param(build, target, id=f"{name}-{target.name}") for name, (build, targets) in PROGRAMS.items()
         for target in targets]


@pytest.mark.parametrize("build,target", CASES)
def test_rewritten_package_is_the_same_model(build, target, tmp_path):
    source, copy = tmp_path / "source.mlpackage", tmp_path / "copy.mlpackage"
    build(target).save(str(source))
    rewrite(source, copy)
    (old_spec, old), (new_spec, new) = load(source), load(copy)
    assert interface(new_spec) == interface(old_spec)
    assert sorted(new.functions) == sorted(old.functions)
    for name in old.functions:
        assert lines(new.functions[name]) == lines(old.functions[name])


def test_rewriting_twice_gives_the_same_bytes(tmp_path):
    source = tmp_path / "source.mlpackage"
    build, targets = PROGRAMS["convolutions"]
    build(targets[0]).save(str(source))
    contents = []
    for name in ("a", "b"):
        copy = tmp_path / f"{name}.mlpackage"
        rewrite(source, copy)
        contents.append({p.relative_to(copy): p.read_bytes() for p in sorted(copy.rglob("*")) if p.is_file()})
        source = copy
    assert contents[0] == contents[1]
