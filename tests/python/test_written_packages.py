"""Packages that corecast writes, as coremltools reads them: the same ops, element types and shapes.

coremltools builds every op anew while it reads, checks its parameters and infers its results, which
are compared with what the package says.
"""

import pathlib

import pytest

ct = pytest.importorskip("coremltools")
pytest.importorskip("onnx")

import numpy as np  # noqa: E402
from coremltools.converters.mil.frontend.milproto.load import load as load_mil  # noqa: E402
from coremltools.converters.mil.mil import types  # noqa: E402
from coremltools.proto import MIL_pb2  # noqa: E402

import corecast as cc  # noqa: E402
import onnx_node_suite  # noqa: E402

DTYPES = {
    MIL_pb2.DataType.BOOL: types.bool,
    MIL_pb2.DataType.FLOAT16: types.fp16,
    MIL_pb2.DataType.FLOAT32: types.fp32,
    MIL_pb2.DataType.INT32: types.int32,
    MIL_pb2.DataType.INT16: types.int16,
    MIL_pb2.DataType.UINT16: types.uint16,
    MIL_pb2.DataType.INT8: types.int8,
    MIL_pb2.DataType.UINT8: types.uint8,
    MIL_pb2.DataType.INT4: types.int4,
    MIL_pb2.DataType.UINT1: types.uint1,
}


def said(value_type):
    """(element type, sizes or None each) of a tensor as the file says; None for lists and states."""
    if value_type.WhichOneof("type") != "tensorType":
        return None
    t = value_type.tensorType
    sizes = [d.constant.size if d.WhichOneof("dimension") == "constant" else None for d in t.dimensions]
    return DTYPES[t.dataType], sizes


def inferred(var):
    """The same as coremltools infers it."""
    shape = getattr(var, "shape", None)
    if shape is None:
        return None
    return var.dtype, [int(d) if isinstance(d, (int, np.integer)) else None for d in shape]


def differences(said_block, read_block) -> list[str]:
    """Where the ops of the file and those that coremltools built of them part."""
    ours = [op for op in said_block.operations if op.type != "const"]
    theirs = [op for op in read_block.operations if op.op_type != "const"]
    if [op.type for op in ours] != [op.op_type for op in theirs]:
        return [f"ops {[op.type for op in ours]}, read as {[op.op_type for op in theirs]}"]
    out = []
    for op, read in zip(ours, theirs):
        for output, var in zip(op.outputs, read.outputs, strict=True):
            a, b = said(output.type), inferred(var)
            same = a is None or b is None or (
                a[0] == b[0] and len(a[1]) == len(b[1]) and all(x == y or None in (x, y) for x, y in zip(a[1], b[1])))
            if not same:
                out.append(f"{op.type} -> {output.name}: {a}, coremltools infers {b}")
        for inner, nested in zip(op.blocks, read.blocks, strict=True):
            out += differences(inner, nested)
    return out


def check(package: pathlib.Path) -> list[str]:
    model = ct.models.MLModel(str(package), skip_model_load=True)
    spec = model.get_spec()
    program = load_mil(spec, specification_version=spec.specificationVersion, file_weights_dir=model.weights_dir)
    out = []
    for name, function in spec.mlProgram.functions.items():
        block = function.block_specializations[function.opset]
        out += differences(block, program.functions[name])
        out += [f"no output {o}" for o in block.outputs if o not in {v.name for v in program.functions[name].outputs}]
    return out


def written(source, package, precision) -> bool:
    try:
        cc.convert(str(source), precision=precision).save(package, force=True)
    except cc.UnsupportedError:
        return False
    return True


def cases():
    from onnx_node_cases import NotRun, folder, names

    try:
        return [(name, folder() / name / "model.onnx") for name in names()]
    except NotRun as error:
        pytest.skip(str(error))


def check_all(chosen, tmp_path, precision):
    """Problems, one line each, and how many packages were written."""
    package, problems, count = tmp_path / "case.mlpackage", [], 0
    for name, source in chosen:
        if not written(source, package, precision):
            continue
        count += 1
        try:
            problems += [f"{name}: {problem}" for problem in check(package)]
        except Exception as error:
            problems.append(f"{name}: {type(error).__name__}: {error}")
    return problems, count


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_node_suite(tmp_path, precision):
    listed = {name for name, (outcome, _) in onnx_node_suite.expectations().items()}
    problems, count = check_all([c for c in cases() if c[0] not in listed], tmp_path, precision)
    assert not problems, f"{len(problems)} of {count}\n" + "\n".join(problems)
    assert count > 800


def test_node_suite_sample(tmp_path):
    problems, count = check_all(cases()[::40], tmp_path, "fp16")
    assert not problems, "\n".join(problems)
    assert count > 15


def test_model(mlp, tmp_path):
    package = tmp_path / "mlp.mlpackage"
    for precision in ("fp32", "fp16"):
        cc.convert(mlp, precision=precision, inputs=[cc.Dim("batch", 1, 8)]).save(package, force=True)
        assert check(package) == []


def real_models():
    """The downloads of tests/models that are in the cache."""
    from onnx_node_cases import cache_root

    return sorted((cache_root() / "models").glob("*.onnx"))


@pytest.mark.slow
def test_real_models(tmp_path):
    models = real_models()
    if not models:
        pytest.skip("not run: no models in the cache (tests/models)")
    problems, count = check_all([(m.stem, m) for m in models], tmp_path, "fp16")
    assert not problems, "\n".join(problems)
    assert count > len(models) // 2
