"""Packages whose compressed weights contradict themselves: refused with a reason, or read; never more."""

import random

import pytest

ct = pytest.importorskip("coremltools")

import compress_models as models  # noqa: E402
import corecast as cc  # noqa: E402
from coremltools.proto import Model_pb2  # noqa: E402
from corecast import Palettize, Prune, Quantize, Recipe, Rule  # noqa: E402

SCHEMES = {
    "palette": Palettize(4, granularity="group:4"),
    "vectors": Palettize(3, vector=2),
    "scaled palette": Palettize(3, scale="block:4"),
    "int8 table": Palettize(4, table="int8"),
    "offsets": Quantize("uint4", "block:4", False),
    "old quantized": Quantize("uint8", "channel", False),
    "pruned": Prune(0.5),
    "pruned palette": Prune(0.5) + Palettize(4),
    "pruned offsets": Prune(0.5) + Quantize("int8", "channel", False),
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A package of each scheme: the path and the bytes of its program."""
    folder, out = tmp_path_factory.mktemp("coded"), {}
    models.model(ct.target.iOS18, True).save(str(folder / "plain.mlpackage"))
    for name, scheme in SCHEMES.items():
        path = folder / f"{name}.mlpackage"
        cc.compress(folder / "plain.mlpackage", Recipe([Rule(scheme, min_elements=0)])).save(path)
        program = path / "Data/com.apple.CoreML/model.mlmodel"
        out[name] = (path, program, program.read_bytes())
    return out


def coded_ops(spec):
    """Every constexpr op, and the constants in front of them."""
    (block,) = spec.mlProgram.functions["main"].block_specializations.values()
    coded = [op for op in block.operations if op.type.startswith("constexpr_")]
    names = {a.name for op in coded for i in op.inputs.values() for a in i.arguments}
    return coded + [op for op in block.operations if op.type == "const" and op.outputs[0].name in names]


def value_types(op):
    """Every type that the op states: of literals, attributes and results."""
    for argument in op.inputs.values():
        yield from (a.value.type for a in argument.arguments if a.HasField("value"))
    yield from (v.type for v in op.attributes.values())
    yield from (o.type for o in op.outputs)


def damage(spec, rng):
    """One wrong size, element type, missing operand, or place in the file."""
    op = rng.choice(coded_ops(spec))
    tensors = [t.tensorType for t in value_types(op) if t.WhichOneof("type") == "tensorType"]
    kind = rng.randrange(5)
    if kind == 0 and (sized := [t for t in tensors if t.dimensions]):
        dimension = rng.choice(rng.choice(sized).dimensions).constant
        dimension.size = rng.choice([0, 1, dimension.size + 1, max(0, dimension.size - 1), dimension.size * 2, 2**40, 2**63])
    elif kind == 1:
        rng.choice(tensors).dataType = rng.choice([1, 10, 11, 12, 21, 23, 31, 33, 35, 36, 37, 38, 39, 40])
    elif kind == 2 and len(op.inputs):
        del op.inputs[rng.choice(sorted(op.inputs))]
    elif kind == 3 and len(op.inputs) > 1:
        a, b = rng.sample(sorted(op.inputs), 2)
        op.inputs[a].CopyFrom(op.inputs[b])
    else:
        files = [v for v in [*op.attributes.values(), *(a.value for i in op.inputs.values() for a in i.arguments)] if v.HasField("blobFileValue")]
        if files:
            blob = rng.choice(files).blobFileValue
            blob.offset = rng.choice([0, 1, blob.offset + 64, 2**40, 2**64 - 1])


def use(package):
    """Everything that decodes; the code of the error, or None."""
    try:
        model = cc.load(package)
        cc.decompress(model).run(models.inputs())
        model.run(models.inputs())
        cc.compress(model, Rule(Prune(0.5), min_elements=0))
    except cc.Error as error:
        return error.code
    return None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rounds", [25, pytest.param(400, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", SCHEMES)
def test_damaged(packages, name, rounds):
    path, program, whole = packages[name]
    rng, codes = random.Random(rounds), []
    try:
        assert use(path) is None
        for _ in range(rounds):
            spec = Model_pb2.Model.FromString(whole)
            damage(spec, rng)
            program.write_bytes(spec.SerializeToString())
            codes.append(use(path))
            assert codes[-1] is None or not codes[-1].startswith("E9"), f"{codes[-1]} in round {len(codes)}"
    finally:
        program.write_bytes(whole)
    assert sum(code is not None for code in codes) > rounds // 4, codes


def test_reasons(packages):
    """The commonest contradictions, and what is said of them."""
    path, program, whole = packages["offsets"]
    spec = Model_pb2.Model.FromString(whole)
    op = next(o for o in coded_ops(spec) if o.type == "constexpr_blockwise_shift_scale")
    del op.inputs["scale"]
    program.write_bytes(spec.SerializeToString())
    with pytest.raises(cc.InputError, match="scale"):
        cc.load(path)
    program.write_bytes(whole)
