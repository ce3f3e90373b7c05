"""conv_transpose against a direct numpy scatter over kernel taps."""

import itertools

import numpy as np

R = np.random.default_rng(4)


def full_transpose(x, w, strides, dilations, groups):
    x, w = x.astype(np.float64), w.astype(np.float64)
    n, dims, kernel = x.shape[0], x.shape[2:], w.shape[2:]
    size = [(d - 1) * s + (k - 1) * dil + 1 for d, s, k, dil in zip(dims, strides, kernel, dilations)]
    y = np.zeros((n, w.shape[1] * groups, *size))
    inputs, outputs = x.shape[1] // groups, w.shape[1]
    for g in range(groups):
        xg, wg = x[:, g * inputs : (g + 1) * inputs], w[g * inputs : (g + 1) * inputs]
        for tap in itertools.product(*map(range, kernel)):
            to = tuple(slice(t * dil, t * dil + (d - 1) * s + 1, s) for t, dil, d, s in zip(tap, dilations, dims, strides))
            part = np.einsum("ni...,io->no...", xg, wg[(slice(None), slice(None), *tap)])
            y[(slice(None), slice(g * outputs, (g + 1) * outputs), *to)] += part
    return y


def fit(y, skip, size):
    """y without its first `skip` elements per dim, cut or extended by zeros to `size`."""
    for axis, (s, n) in enumerate(zip(skip, size), start=2):
        y = np.take(y, range(min(s, y.shape[axis]), y.shape[axis]), axis)
        y = np.take(y, range(min(n, y.shape[axis])), axis)
        y = np.pad(y, [(0, n - y.shape[axis] if a == axis else 0) for a in range(y.ndim)])
    return y


def case(name, x, w, bias=False, strides=None, pad_type="valid", pad=None, dilations=None, groups=1, output_shape=None,
         output_padding=None):
    n = len(x) - 2
    s, d = strides or [1] * n, dilations or [1] * n
    outputs = w[1] * groups
    attrs = [f'pad_type="{pad_type}"', f"groups={groups}"]
    lists = {"strides": strides, "pad": pad, "dilations": dilations, "output_shape": output_shape,
             "output_padding": output_padding}
    attrs += [f"{key}={list(value)}" for key, value in lists.items() if value is not None]
    inputs = {"x": R.normal(size=x).astype(np.float32), "w": R.normal(size=w).astype(np.float32)}
    args, extra = f"%x: f32{list(x)}, %w: f32{list(w)}", ""
    if bias:
        inputs["b"] = R.normal(size=outputs).astype(np.float32)
        args, extra = args + f", %b: f32[{outputs}]", ", bias=%b"

    def expect(i):
        y = full_transpose(i["x"], i["w"], s, d, groups)
        pads = pad if pad_type == "custom" else [0] * 2 * n
        size = [y.shape[2 + k] - pads[2 * k] - pads[2 * k + 1] for k in range(n)]
        if pad_type == "same":
            size = [x[2 + k] * s[k] for k in range(n)]
        if output_padding:
            size = [a + b for a, b in zip(size, output_padding)]
        if output_shape:
            size = list(output_shape[2:])
        skip = [pads[2 * k] for k in range(n)]
        if pad_type == "same":
            skip = [max(0, y.shape[2 + k] - size[k]) // 2 for k in range(n)]
        y = fit(y, skip, size)
        if "b" in i:
            y = y + i["b"].reshape(1, -1, *[1] * n)
        return [y.astype(np.float32)]

    return {
        "name": name,
        "op": "conv_transpose",
        "ir": f"func @main({args}) {{\n  %y = conv_transpose(x=%x, weight=%w{extra}) {{{', '.join(attrs)}}}\n"
        "  return %y\n}",
        "inputs": inputs,
        "expect": expect,
        "rtol": 1e-5,
        "atol": 1e-5,
    }


CASES = [
    case("1-D", (2, 3, 5), (3, 4, 3)),
    case("2-D, strided, bias", (1, 3, 4, 5), (3, 2, 3, 2), True, strides=(2, 3)),
    case("3-D", (1, 2, 2, 3, 2), (2, 3, 2, 2, 3), True, strides=(1, 2, 1)),
    case("custom padding", (1, 2, 5, 5), (2, 2, 4, 4), strides=(2, 2), pad_type="custom", pad=(1, 1, 1, 2)),
    case("dilated", (1, 2, 6), (2, 2, 3), dilations=(2,), strides=(2,)),
    case("groups", (1, 4, 5), (4, 3, 3), True, groups=2, strides=(2,)),
    case("depthwise", (1, 3, 5, 5), (3, 1, 4, 4), strides=(2, 2), groups=3, pad_type="custom", pad=(1, 1, 1, 1)),
    case("same", (1, 2, 5, 4), (2, 2, 3, 4), True, strides=(2, 3), pad_type="same"),
    case("same, stride beyond the kernel", (1, 1, 4), (1, 1, 2), True, strides=(3,), pad_type="same"),
    case("output padding", (1, 2, 4, 4), (2, 2, 3, 3), True, (2, 2), "custom", (1, 1, 1, 1), output_padding=(1, 0)),
    case("output shape cuts", (1, 2, 5), (2, 2, 4), strides=(2,), output_shape=(1, 2, 9)),
    case("output shape extends", (1, 2, 5), (2, 2, 2), True, strides=(3,), output_shape=(1, 2, 16)),
    case("output shape with same", (1, 1, 5), (1, 1, 4), strides=(2,), pad_type="same", output_shape=(1, 1, 9)),
]
