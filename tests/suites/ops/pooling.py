"""avg_pool, max_pool and l2_pool against numpy windows."""

import itertools

import numpy as np

R = np.random.default_rng(5)


def geometry(dims, kernel, strides, dilations, pad_type, pad, ceil_mode):
    """Per dim: output size, padding before and after."""
    out = []
    for k, size in enumerate(dims):
        extent = (kernel[k] - 1) * dilations[k] + 1
        low, high = (pad[2 * k], pad[2 * k + 1]) if pad_type == "custom" else (0, 0)
        if pad_type in ("same", "same_lower"):
            total = max(0, (-(-size // strides[k]) - 1) * strides[k] + extent - size)
            low = total // 2 if pad_type == "same" else total - total // 2
            high = total - low
        room = size + low + high - extent
        n = (-(-room // strides[k]) if ceil_mode else room // strides[k]) + 1
        if ceil_mode and low + high > 0 and (n - 1) * strides[k] >= size + low:
            n -= 1
        out.append((n, low, high))
    return out


def pool(x, kernel, strides, dilations, shape, reduce):
    y = np.zeros((*x.shape[:2], *[s[0] for s in shape]))
    dims = x.shape[2:]
    for at in np.ndindex(*y.shape[2:]):
        real, padded = [], 0
        for tap in itertools.product(*map(range, kernel)):
            i = [a * s + t * d - g[1] for a, s, t, d, g in zip(at, strides, tap, dilations, shape)]
            padded += all(p < n + g[2] for p, n, g in zip(i, dims, shape))
            if all(0 <= p < n for p, n in zip(i, dims)):
                real.append(tuple(i))
        values = np.stack([x[(..., *i)] for i in real], -1) if real else np.zeros((*x.shape[:2], 0))
        y[(..., *at)] = reduce(values, padded)
    return y


def case(op, name, x, kernel, strides=None, pad_type="valid", pad=None, dilations=None, ceil_mode=False, exclude=False,
         data=None):
    n = len(x) - 2
    attrs = [f"kernel_sizes={list(kernel)}", f'pad_type="{pad_type}"']
    for key, value in (("strides", strides), ("pad", pad), ("dilations", dilations)):
        if value is not None:
            attrs.append(f"{key}={list(value)}")
    if ceil_mode:
        attrs.append("ceil_mode=true")
    if exclude:
        attrs.append("exclude_padding_from_average=true")
    s, d = strides or [1] * n, dilations or [1] * n
    reduce = {
        "max_pool": lambda v, _: v.max(-1, initial=-np.inf),
        "avg_pool": lambda v, padded: v.sum(-1) / max(1, v.shape[-1] if exclude else padded),
        "l2_pool": lambda v, _: np.sqrt((v * v).sum(-1)),
    }[op]

    def expect(i):
        shape = geometry(x[2:], kernel, s, d, pad_type, pad or [0] * 2 * n, ceil_mode)
        with np.errstate(invalid="ignore"):  # inf - inf
            return [pool(i["x"].astype(np.float64), kernel, s, d, shape, reduce).astype(np.float32)]

    return {
        "name": f"{op}: {name}",
        "op": op,
        "ir": f"func @main(%x: f32{list(x)}) {{\n  %y = {op}(x=%x) {{{', '.join(attrs)}}}\n  return %y\n}}",
        "inputs": {"x": (R.normal(size=x) if data is None else data).astype(np.float32)},
        "expect": expect,
        "rtol": 1e-6,
        "atol": 1e-6,
    }


def common(op):
    return [
        case(op, "1-D", (2, 3, 9), (3,), (2,)),
        case(op, "2-D, stride 1", (1, 2, 5, 6), (2, 3)),
        case(op, "3-D", (1, 2, 4, 5, 6), (2, 2, 3), (2, 1, 2)),
        case(op, "padded", (1, 2, 7, 8), (3, 3), (2, 2), "custom", (1, 1, 1, 1)),
        case(op, "asymmetric padding", (1, 1, 6), (3,), (2,), "custom", (0, 2)),
        case(op, "same", (1, 2, 7, 8), (3, 2), (2, 3), "same"),
        case(op, "same_lower", (1, 2, 7, 8), (2, 4), (2, 3), "same_lower"),
        case(op, "ceil", (1, 1, 6, 7), (2, 3), (3, 2), ceil_mode=True),
        case(op, "ceil and padding", (1, 1, 6, 8), (3, 3), (2, 2), "custom", (1, 1, 1, 1), ceil_mode=True),
        case(op, "dilated", (1, 1, 9, 9), (2, 3), dilations=(3, 2)),
    ]


NAN = np.array([[[1, np.nan, 3, -np.inf, np.inf, 2]]])
CASES = [
    *common("max_pool"),
    *common("avg_pool"),
    *common("l2_pool"),
    case("avg_pool", "real elements only", (1, 2, 7, 8), (3, 3), (2, 2), "custom", (1, 1, 1, 1), exclude=True),
    case("avg_pool", "real elements only, ceil", (1, 1, 6, 8), (3, 3), (2, 2), "custom", (1, 1, 1, 1), None, True, True),
    case("avg_pool", "same, real elements only", (1, 1, 7), (4,), (2,), "same", exclude=True),
    case("max_pool", "NaN and infinities", (1, 1, 6), (2,), data=NAN),
    case("avg_pool", "NaN and infinities", (1, 1, 6), (2,), data=NAN),
]
