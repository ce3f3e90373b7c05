"""Expressions that become ONNX nodes and are evaluated in float64 by numpy, which knows nothing of corecast."""
import numpy as np
import onnx
from onnx import helper

FLOAT, INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
OPSET = 18


# --- expressions -------------------------------------------------------------------------------------------------


class Tape:
    """The nodes of a model in the making, each with what it computes in float64."""

    def __init__(self):
        self.nodes, self.initializers, self.steps, self.names = [], [], [], 0

    def name(self):
        self.names += 1
        return f"v{self.names}"

    def constant(self, value):
        name = self.name()
        self.initializers.append(onnx.numpy_helper.from_array(value, name))
        wide = value.astype(np.float64) if value.dtype == np.float32 else value
        self.steps.append(([], [name], lambda: wide))
        return E(self, name)

    def node(self, op, operands, function, outputs=1, **attributes):
        operands = [o if isinstance(o, E) else self.constant(number(o)) for o in operands]
        names = [self.name() for _ in range(outputs)]
        inputs = [o.name for o in operands]
        self.nodes.append(helper.make_node(op, inputs, names, **attributes))
        self.steps.append((inputs, names, function))
        results = [E(self, n) for n in names]
        return results[0] if outputs == 1 else results

    def evaluate(self, inputs, results):
        values = dict(inputs)
        with np.errstate(all="ignore"):
            for operands, names, function in self.steps:
                value = function(*(values[n] for n in operands))
                values.update(zip(names, value if len(names) > 1 else [value]))
        return [values[r] for r in results]


def number(value):
    value = np.asarray(value)
    return value.astype(np.float32) if value.dtype.kind == "f" or value.ndim == 0 else value


class E:
    """A value; operators and the functions below make new ones."""

    def __init__(self, tape, name):
        self.tape, self.name = tape, name

    def _two(self, op, other, function, swapped=False):
        pair = [other, self] if swapped else [self, other]
        return self.tape.node(op, pair, function)

    def __add__(self, o):
        return self._two("Add", o, np.add)

    def __radd__(self, o):
        return self._two("Add", o, np.add, True)

    def __sub__(self, o):
        return self._two("Sub", o, np.subtract)

    def __rsub__(self, o):
        return self._two("Sub", o, np.subtract, True)

    def __mul__(self, o):
        return self._two("Mul", o, np.multiply)

    def __rmul__(self, o):
        return self._two("Mul", o, np.multiply, True)

    def __truediv__(self, o):
        return self._two("Div", o, np.divide)

    def __rtruediv__(self, o):
        return self._two("Div", o, np.divide, True)

    def __pow__(self, o):
        return self._two("Pow", o, np.power)

    def __gt__(self, o):
        return self._two("Greater", o, np.greater)

    def __matmul__(self, o):
        return self._two("MatMul", o, np.matmul)

    def __neg__(self):
        return self.tape.node("Neg", [self], np.negative)

    def slice(self, start, end, axis=-1):
        def cut(v, *_):
            at = [np.s_[:]] * v.ndim
            at[axis] = np.s_[start:end]
            return v[tuple(at)]

        ints = [self.tape.constant(np.array([i], np.int64)) for i in (start, end, axis)]
        return self.tape.node("Slice", [self, *ints], cut)

    def reshape(self, *shape):
        to = self.tape.constant(np.array(shape, np.int64))
        return self.tape.node("Reshape", [self, to], lambda v, _: v.reshape(shape))

    def t(self, *perm):
        return self.tape.node("Transpose", [self], lambda v: v.transpose(perm), perm=perm)


def unary(op, function):
    return lambda x: x.tape.node(op, [x], function)


exp, log, sqrt, floor = (unary(f.__name__.title(), f) for f in (np.exp, np.log, np.sqrt, np.floor))
sin, cos, tanh, sinh, cosh = (unary(f.__name__.title(), f) for f in (np.sin, np.cos, np.tanh, np.sinh, np.cosh))
abs_, sign, round_ = unary("Abs", np.abs), unary("Sign", np.sign), unary("Round", np.round)
relu = unary("Relu", lambda v: np.maximum(v, 0))
recip = unary("Reciprocal", lambda v: 1 / v)
sigmoid = unary("Sigmoid", lambda v: 1 / (1 + np.exp(-v)))
softplus = unary("Softplus", lambda v: np.logaddexp(v, 0))


def maximum(a, b):
    return a.tape.node("Max", [a, b], np.maximum)


def minimum(a, b):
    return a.tape.node("Min", [a, b], np.minimum)


def where(c, a, b):
    return c.tape.node("Where", [c, a, b], np.where)


def mod1(x):
    return x.tape.node("Mod", [x, 1.0], np.fmod, fmod=1)


def to_float(x):
    return x.tape.node("Cast", [x], lambda v: v.astype(np.float64), to=FLOAT)


def to_int(x):
    return x.tape.node("Cast", [x], lambda v: np.trunc(v).astype(np.int64), to=INT64)


def reduction(op, function):
    def make(x, axes=(-1,), keep=True):
        axes = tuple(axes) if isinstance(axes, (tuple, list)) else (axes,)
        operands = [x, x.tape.constant(np.array(axes, np.int64))]
        return x.tape.node(op, operands, lambda v, _: function(v, axes, keep), keepdims=int(keep))

    return make


sum_ = reduction("ReduceSum", lambda v, a, k: v.sum(axis=a, keepdims=k))
mean = reduction("ReduceMean", lambda v, a, k: v.mean(axis=a, keepdims=k))
max_ = reduction("ReduceMax", lambda v, a, k: v.max(axis=a, keepdims=k))
min_ = reduction("ReduceMin", lambda v, a, k: v.min(axis=a, keepdims=k))
prod = reduction("ReduceProd", lambda v, a, k: v.prod(axis=a, keepdims=k))
norm1 = reduction("ReduceL1", lambda v, a, k: np.abs(v).sum(axis=a, keepdims=k))
norm2 = reduction("ReduceL2", lambda v, a, k: np.sqrt((v * v).sum(axis=a, keepdims=k)))
sum_square = reduction("ReduceSumSquare", lambda v, a, k: (v * v).sum(axis=a, keepdims=k))
log_sum = reduction("ReduceLogSum", lambda v, a, k: np.log(v.sum(axis=a, keepdims=k)))


def cumsum(x, axis=-1):
    at = x.tape.constant(np.array(axis, np.int64))
    return x.tape.node("CumSum", [x, at], lambda v, _: np.cumsum(v, axis))


def softmax(x, axis=-1):
    def f(v):
        e = np.exp(v - v.max(axis, keepdims=True))
        return e / e.sum(axis, keepdims=True)

    return x.tape.node("Softmax", [x], f, axis=axis)


def dynamic_quantize(x):
    """To uint8, as ONNX's DynamicQuantizeLinear: values, scale, zero point."""

    def f(v):
        lo, hi = min(v.min(), 0.0), max(v.max(), 0.0)
        scale = (hi - lo) / 255
        zero = np.clip(np.rint(-lo / scale), 0, 255)
        return np.clip(np.rint(v / scale) + zero, 0, 255), scale, zero

    return x.tape.node("DynamicQuantizeLinear", [x], f, outputs=3)


def matmul_integer(x, zero, w):
    weights = x.tape.constant(w)
    return x.tape.node("MatMulInteger", [x, weights, zero], lambda a, b, z: (a - z) @ b.astype(np.float64))


def conv_integer_1x1(x, zero, w):
    weights = x.tape.constant(w)

    def f(a, b, z):
        return np.einsum("nchw,oc->nohw", a - z, b[:, :, 0, 0].astype(np.float64))

    return x.tape.node("ConvInteger", [x, weights, zero], f)
