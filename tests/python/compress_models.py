"""Small models with weights that are worth compressing, and the weights of a package as coremltools decodes them."""

import functools
import pathlib
import sys
import types as python_types

import coremltools as ct
import numpy as np
from coremltools.converters.mil import Builder as mb
from coremltools.converters.mil.frontend.milproto.load import load as load_mil
from coremltools.converters.mil.mil import types

# Shapes of the weights, by the op that reads them.
EVEN = {"conv": (16, 8, 3, 3), "conv_transpose": (8, 12, 2, 2), "linear": (24, 32), "matmul": (32, 20), "gather": (40, 16)}
ODD = {"conv": (5, 3, 3, 3), "conv_transpose": (3, 7, 2, 1), "linear": (7, 13), "matmul": (13, 5), "gather": (11, 7)}
PARAMETER = {"conv": "weight", "conv_transpose": "weight", "linear": "weight", "matmul": "y", "gather": "x"}


def weights(shapes, seed=0):
    """Normal weights with outliers and zeros, float32."""
    rng = np.random.default_rng(seed)
    out = {}
    for name, shape in shapes.items():
        w = rng.standard_normal(shape) * 0.1
        w.flat[:: 17] *= 5
        w.flat[3:: 23] = 0
        out[name] = w.astype(np.float32)
    return out


@functools.lru_cache
def model(target, half, odd=False, seed=0):
    """An MLModel with one output for each op of EVEN (or ODD)."""
    shapes = ODD if odd else EVEN
    w = weights(shapes, seed)
    channels, features = shapes["conv"][1], shapes["linear"][1]
    specs = [mb.TensorSpec(shape=(1, channels, 6, 6)), mb.TensorSpec(shape=(2, features)), mb.TensorSpec(shape=(3,), dtype=types.int32)]

    @mb.program(input_specs=specs, opset_version=target)
    def prog(image, rows, ids):
        return (
            mb.conv(x=image, weight=w["conv"], name="conv"),
            mb.conv_transpose(x=image, weight=w["conv_transpose"], name="conv_transpose"),
            mb.linear(x=rows, weight=w["linear"], name="linear"),
            mb.matmul(x=rows, y=w["matmul"], name="matmul"),
            mb.gather(x=w["gather"], indices=ids, axis=0, name="gather"),
        )

    precision = ct.precision.FLOAT16 if half else ct.precision.FLOAT32
    return ct.convert(prog, minimum_deployment_target=target, compute_precision=precision, skip_model_load=True)


def inputs(odd=False):
    shapes = ODD if odd else EVEN
    rng = np.random.default_rng(1)
    return {
        "image": rng.standard_normal((1, shapes["conv"][1], 6, 6)).astype(np.float32),
        "rows": rng.standard_normal((2, shapes["linear"][1])).astype(np.float32),
        "ids": np.array([2, 0, 5], np.int32),
    }


def program_of(package):
    """The program of an MLModel, or of the package at a path, as coremltools reads it."""
    if not isinstance(package, ct.models.MLModel):
        package = ct.models.MLModel(str(package), skip_model_load=True)
    spec = package.get_spec()
    return load_mil(spec, specification_version=spec.specificationVersion, file_weights_dir=package.weights_dir)


def op_types(package):
    """The types of all ops but const."""
    return [op.op_type for op in program_of(package).functions["main"].operations if op.op_type != "const"]


def dense_weights(package):
    """Weights by the type of the op that reads them, in a package without compressed ones."""
    found = {}
    for op in program_of(package).functions["main"].operations:
        if op.op_type in PARAMETER:
            found[op.op_type] = op.inputs[PARAMETER[op.op_type]].val
    assert all(isinstance(v, np.ndarray) for v in found.values())
    return found


def decoded_weights(package):
    """The same, decompressed by coremltools."""
    if isinstance(package, (str, pathlib.Path)):
        package = ct.models.MLModel(str(package), skip_model_load=True)
    return dense_weights(ct.optimize.coreml.decompress_weights(package))


def same_bits(got, want):
    """Where two sets of weights differ: the op, how many elements, the first of them."""
    problems = []
    assert sorted(got) == sorted(want)
    for name, a in got.items():
        b = want[name]
        if a.dtype != b.dtype or a.shape != b.shape:
            problems.append(f"{name}: {a.dtype}{a.shape}, not {b.dtype}{b.shape}")
            continue
        # Zeros of either sign are one value.
        bad = np.flatnonzero((a != b).ravel())
        if bad.size:
            problems.append(f"{name}: {bad.size} of {a.size}, {a.flat[bad[0]]!r} at {bad[0]}, not {b.flat[bad[0]]!r}")
    return problems


class SomeClusters:
    """In the place of scikit-learn's KMeans, which coremltools asks for clusters: any will do here."""

    def __init__(self, count, random_state=0, **_):
        self.count, self.seed = count, random_state

    def fit(self, points):
        points = np.asarray(points, np.float64)
        chosen = np.random.default_rng(self.seed).choice(len(points), self.count, replace=self.count > len(points))
        self.cluster_centers_ = points[np.sort(chosen)]
        distance = ((points[:, None] - self.cluster_centers_[None]) ** 2).sum(-1)
        self.labels_ = distance.argmin(1)
        return self


def with_clusters(monkeypatch):
    """Lets coremltools palettise by k-means without scikit-learn."""
    package, module = python_types.ModuleType("sklearn"), python_types.ModuleType("sklearn.cluster")
    module.KMeans = SomeClusters
    package.cluster = module
    monkeypatch.setitem(sys.modules, "sklearn", package)
    monkeypatch.setitem(sys.modules, "sklearn.cluster", module)
