"""Normalisations, against their formulas in double."""

import numpy as np

RNG = np.random.default_rng(7)


def moments(v, axes):
    return v.mean(axis=axes, keepdims=True), v.var(axis=axes, keepdims=True)


def lift(p, rank):
    return p.reshape([1, -1] + [1] * (rank - 2))


def case(op, shape, f, parameters, attrs="", name="", kind="f32", parameter_kind=None, x=None):
    dtypes = {"f32": np.float32, "f16": np.float16}
    values = {"x": (RNG.standard_normal(shape) * 2 + 1 if x is None else np.asarray(x)).astype(dtypes[kind])}
    for p, dims in parameters.items():
        v = RNG.uniform(0.5, 2.0, dims) if p == "variance" else RNG.standard_normal(dims)
        values[p] = v.astype(dtypes[parameter_kind or kind])
    name_of = {np.float32: "f32", np.float16: "f16"}
    types = ", ".join(f"%{k}: {name_of[v.dtype.type]}{list(v.shape)}" for k, v in values.items())
    operands = ", ".join(f"{k}=%{k}" for k in values)
    return {
        "name": name or f"{op} {kind} {list(shape)} {sorted(parameters)} {attrs}",
        "op": op,
        "ir": f"func @main({types}) {{\n  %y = {op}({operands}) {attrs}\n  return %y\n}}",
        "inputs": values,
        "expect": lambda i: [f(**{k: v.astype(np.float64) for k, v in i.items()}).astype(dtypes[kind])],
        "rtol": 1e-5 if kind == "f32" else 2e-3,
        "atol": 1e-5 if kind == "f32" else 2e-3,
    }


def batch(epsilon=1e-5):
    def f(x, mean, variance, gamma=np.ones(1), beta=np.zeros(1)):
        r = x.ndim
        return lift(gamma, r) * (x - lift(mean, r)) / np.sqrt(lift(variance, r) + epsilon) + lift(beta, r)

    return f


def instance(x, gamma=np.ones(1), beta=np.zeros(1), epsilon=1e-5):
    m, v = moments(x, tuple(range(2, x.ndim)))
    return lift(gamma, x.ndim) * (x - m) / np.sqrt(v + epsilon) + lift(beta, x.ndim)


def group(groups, epsilon=1e-5):
    def f(x, gamma=np.ones(1), beta=np.zeros(1)):
        g = x.reshape(x.shape[0], groups, -1)
        m, v = moments(g, (2,))
        return lift(gamma, x.ndim) * ((g - m) / np.sqrt(v + epsilon)).reshape(x.shape) + lift(beta, x.ndim)

    return f


def along(p, axes, shape):
    return p.reshape([n if a in axes else 1 for a, n in enumerate(shape)])


def layer(axes, epsilon=1e-5):
    def f(x, gamma=None, beta=None):
        m, v = moments(x, axes)
        y = (x - m) / np.sqrt(v + epsilon)
        y = y if gamma is None else y * along(gamma, axes, x.shape)
        return y if beta is None else y + along(beta, axes, x.shape)

    return f


def rms(axes, epsilon=1e-5):
    def f(x, gamma=None):
        y = x / np.sqrt((x * x).mean(axis=axes, keepdims=True) + epsilon)
        return y if gamma is None else y * along(gamma, axes, x.shape)

    return f


def l2(epsilon):
    return lambda x: x / np.sqrt((x * x).sum(axis=(-3, -2, -1), keepdims=True) + epsilon)


def local(size, alpha=1e-4, beta=0.75, k=1.0):
    def f(x):
        axis = x.ndim - 3
        s = np.moveaxis(x * x, axis, 0)
        total = np.zeros_like(s)
        for c in range(s.shape[0]):
            total[c] = s[max(0, c - size // 2) : c + (size - 1) // 2 + 1].sum(axis=0)
        return x / (k + alpha / size * np.moveaxis(total, 0, axis)) ** beta

    return f


BOTH = lambda c: {"gamma": [c], "beta": [c]}
STATISTICS = lambda c: {"mean": [c], "variance": [c]}
CASES = [
    case("batch_norm", [2, 3, 4, 5], batch(), {**STATISTICS(3), **BOTH(3)}),
    case("batch_norm", [2, 3], batch(), STATISTICS(3)),
    case("batch_norm", [1, 2, 2, 2, 2], batch(0.5), {**STATISTICS(2), "gamma": [2]}, "{epsilon=0.5}"),
    case("batch_norm", [2, 3, 4], batch(), {**STATISTICS(3), **BOTH(3)}, kind="f16", parameter_kind="f32", name="batch_norm with f32 parameters"),
    case("batch_norm", [0, 3, 4], batch(), STATISTICS(3)),
    case("instance_norm", [2, 3, 4], instance, BOTH(3)),
    case("instance_norm", [2, 3, 4, 5], instance, {}),
    case("instance_norm", [2, 3, 4, 5], instance, BOTH(3), kind="f16"),
    case("group_norm", [2, 6, 4, 3], group(3), BOTH(6), "{num_groups=3}"),
    case("group_norm", [2, 4], group(2), {}, "{num_groups=2}"),
    case("group_norm", [2, 4, 3], group(1), BOTH(4)),
    case("layer_norm", [2, 3, 4], layer((2,)), BOTH(4), "{axes=[-1]}"),
    case("layer_norm", [2, 3, 4], layer((1, 2)), {"gamma": [3, 4], "beta": [3, 4]}, "{axes=[2,1]}"),
    case("layer_norm", [2, 3, 4], layer((0, 2)), {"gamma": [2, 4]}, "{axes=[0,-1]}"),
    case("layer_norm", [2, 3], layer((0, 1)), {}),
    case("layer_norm", [2, 8], layer((1,), 1e-3), {"beta": [8]}, "{axes=[1], epsilon=0.001}"),
    case("layer_norm", [2, 8], layer((1,)), BOTH(8), "{axes=[1]}", kind="f16", parameter_kind="f32", name="layer_norm with f32 parameters"),
    case("layer_norm", [2, 3], layer((1,)), {}, "{axes=[1]}", x=[[1e4, 1e4 + 1, 1e4 + 2], [5, 5, 5]], name="layer_norm of a large mean"),
    case("rms_norm", [2, 3, 8], rms((2,)), {"gamma": [8]}),
    case("rms_norm", [2, 3, 4], rms((1, 2), 1e-2), {}, "{axes=[1,2], epsilon=0.01}"),
    case("rms_norm", [2, 8], rms((1,)), {"gamma": [8]}, kind="f16"),
    case("l2_norm", [2, 3, 4, 5], l2(1e-6), {}),
    case("l2_norm", [3, 2, 2], l2(1e-6), {}),
    case("l2_norm", [1, 2, 2], l2(1.0), {}, "{epsilon=1.0}"),
    case("local_response_norm", [2, 5, 3, 2], local(3), {}, "{size=3}"),
    case("local_response_norm", [1, 4, 2, 2], local(2, 1.0, 0.5, 2.0), {}, "{size=2, alpha=1.0, beta=0.5, k=2.0}"),
    case("local_response_norm", [4, 2, 3], local(5, 0.5), {}, "{size=5, alpha=0.5}"),
]
