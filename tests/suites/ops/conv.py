"""conv against a direct numpy sum over kernel taps."""

import itertools

import numpy as np

R = np.random.default_rng(3)


def pads_of(pad_type, pad, dims, kernel, strides, dilations):
    out = []
    for k, size in enumerate(dims):
        extent = (kernel[k] - 1) * dilations[k] + 1
        if pad_type == "custom":
            out.append((pad[2 * k], pad[2 * k + 1]))
        elif pad_type == "valid":
            out.append((0, 0))
        else:
            total = max(0, (-(-size // strides[k]) - 1) * strides[k] + extent - size)
            low = total // 2 if pad_type == "same" else total - total // 2
            out.append((low, total - low))
    return out


def conv(x, w, b, strides, pads, dilations, groups):
    x = np.pad(x.astype(np.float64), [(0, 0), (0, 0), *pads])
    n, spatial, kernel = x.shape[0], x.shape[2:], w.shape[2:]
    out = [(s - ((k - 1) * d + 1)) // t + 1 for s, k, d, t in zip(spatial, kernel, dilations, strides)]
    y = np.zeros((n, w.shape[0], *out))
    inputs, outputs = w.shape[1], w.shape[0] // groups
    for g in range(groups):
        xg = x[:, g * inputs : (g + 1) * inputs]
        wg = w[g * outputs : (g + 1) * outputs].astype(np.float64)
        for tap in itertools.product(*map(range, kernel)):
            window = tuple(slice(t * d, t * d + (o - 1) * s + 1, s) for t, d, o, s in zip(tap, dilations, out, strides))
            part = xg[(slice(None), slice(None), *window)]
            y[:, g * outputs : (g + 1) * outputs] += np.einsum("ni...,oi->no...", part, wg[(slice(None), slice(None), *tap)])
    return y if b is None else y + b.reshape(1, -1, *[1] * len(out))


def case(name, x, w, bias=False, strides=None, pad_type="valid", pad=None, dilations=None, groups=1, dtype="f32"):
    np_dtype = {"f16": np.float16, "f32": np.float32}[dtype]
    n = len(x) - 2
    attrs = [f'pad_type="{pad_type}"', f"groups={groups}"]
    for key, value in (("strides", strides), ("pad", pad), ("dilations", dilations)):
        if value is not None:
            attrs.append(f"{key}={list(value)}")
    inputs = {"x": R.normal(size=x).astype(np_dtype), "w": R.normal(size=w).astype(np_dtype)}
    args, extra = f"%x: {dtype}{list(x)}, %w: {dtype}{list(w)}", ""
    if bias:
        inputs["b"] = R.normal(size=w[0]).astype(np_dtype)
        args, extra = args + f", %b: {dtype}[{w[0]}]", ", bias=%b"
    s, d = strides or [1] * n, dilations or [1] * n

    def expect(i):
        pads = pads_of(pad_type, pad or [0] * 2 * n, x[2:], w[2:], s, d)
        return [conv(i["x"], i["w"], i.get("b"), s, pads, d, groups).astype(np_dtype)]

    tolerance = 1e-5 if dtype == "f32" else 4e-3
    return {
        "name": name,
        "op": "conv",
        "ir": f"func @main({args}) {{\n  %y = conv(x=%x, weight=%w{extra}) {{{', '.join(attrs)}}}\n  return %y\n}}",
        "inputs": inputs,
        "expect": expect,
        "rtol": tolerance,
        "atol": tolerance,
    }


CASES = [
    case("1-D", (2, 3, 9), (4, 3, 3)),
    case("2-D with bias", (1, 3, 8, 7), (5, 3, 3, 2), True),
    case("3-D, strided", (1, 2, 5, 6, 7), (3, 2, 2, 3, 2), True, strides=(2, 1, 3)),
    case("pointwise", (2, 6, 4, 4), (3, 6, 1, 1), True),
    case("asymmetric padding", (1, 2, 5, 5), (2, 2, 3, 3), pad_type="custom", pad=(0, 2, 3, 1)),
    case("pad is ignored unless custom", (1, 1, 5), (1, 1, 3), pad=(1, 1)),
    case("same, strides 2 and 3", (1, 2, 8, 10), (2, 2, 3, 4), strides=(2, 3), pad_type="same"),
    case("same_lower, even kernel", (1, 2, 8, 9), (2, 2, 2, 4), pad_type="same_lower"),
    case("same, stride beyond the kernel", (1, 1, 10), (1, 1, 2), strides=(4,), pad_type="same"),
    case("dilated", (1, 2, 12, 11), (3, 2, 3, 2), dilations=(3, 2)),
    case("dilated, same", (1, 1, 9), (1, 1, 3), dilations=(2,), pad_type="same"),
    case("two groups", (2, 4, 6, 6), (6, 2, 3, 3), True, groups=2),
    case("depthwise, strided", (1, 5, 9, 9), (5, 1, 3, 3), True, (2, 2), "custom", (1, 1, 1, 1), groups=5),
    case("depthwise with multiplier", (1, 3, 7), (6, 1, 3), groups=3),
    case("half precision", (1, 8, 6, 6), (4, 8, 3, 3), True, dtype="f16"),
    case("no batch", (0, 2, 5, 5), (3, 2, 3, 3)),
]
