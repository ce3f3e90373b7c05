"""Programs built with coremltools, with what they compute, in numpy.

CASES maps a name to (targets, make); make(target) gives (package, inputs, expected outputs, rtol).
"""

import coremltools as ct
import numpy as np
from coremltools.converters.mil import Builder as mb
from coremltools.converters.mil.mil import types

from coreml_programs import IOS15, IOS16, IOS17, IOS18, convert, mb_symbol, random, spec

CASES = {}


def case(*targets):
    def add(make):
        CASES[make.__name__] = (targets or (IOS15, IOS16, IOS17, IOS18), make)
        return make

    return add


def names(model):
    return [o.name for o in model.get_spec().description.output]


def finished(prog, target, feeds, expected, rtol=1e-4, **options):
    """As a case: outputs in the order of the program's."""
    model = convert(prog, target, **options)
    return model, feeds, dict(zip(names(model), expected, strict=True)), rtol


# --- numpy ----------------------------------------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def layer_norm(x, gamma, beta, epsilon=1e-5):
    centered = x - x.mean(-1, keepdims=True)
    return centered / np.sqrt((centered**2).mean(-1, keepdims=True) + epsilon) * gamma + beta


def windows(x, kernel, strides, pads, value=0.0):
    """[N, C, H', W', kh, kw] of x [N, C, H, W]; pads: top, bottom, left, right."""
    x = np.pad(x, ((0, 0), (0, 0), pads[:2], pads[2:]), constant_values=value)
    views = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(2, 3))
    return views[:, :, :: strides[0], :: strides[1]]


def conv(x, weight, bias=None, strides=(1, 1), pads=(0, 0, 0, 0), groups=1):
    views = windows(x, weight.shape[2:], strides, pads)
    parts = []
    for group, kernel in zip(np.split(views, groups, 1), np.split(weight, groups, 0)):
        parts.append(np.einsum("nchwij,ocij->nohw", group, kernel))
    y = np.concatenate(parts, 1)
    return y if bias is None else y + bias[:, None, None]


def gates(x, count):
    return np.split(x, count, axis=-1)


def lstm(x, h, c, w, r, b):
    """MIL's order of gates: input, forget, output, cell."""
    out = []
    for t in x:
        i, f, o, z = gates(t @ w.T + h @ r.T + b, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(z)
        h = sigmoid(o) * np.tanh(c)
        out.append(h)
    return np.stack(out), h, c


def gru(x, h, w, r, b):
    """MIL's order of gates: reset, new, update; the reset comes before the product."""
    out = []
    for t in x:
        n = h.shape[-1]
        a = t @ w.T + b
        reset, update = sigmoid(a[..., :n] + h @ r[:n].T), sigmoid(a[..., 2 * n :] + h @ r[2 * n :].T)
        new = np.tanh(a[..., n : 2 * n] + (reset * h) @ r[n : 2 * n].T)
        h = (1 - update) * new + update * h
        out.append(h)
    return np.stack(out), h


def rnn(x, h, w, r, b):
    out = []
    for t in x:
        h = np.tanh(t @ w.T + h @ r.T + b)
        out.append(h)
    return np.stack(out), h


# --- networks -------------------------------------------------------------------------------------


@case()
def conv_net(target):
    w1, b1, w2, w3 = random(8, 3, 3, 3), random(8), random(8, 1, 3, 3), random(10, 8)
    mean, variance, gamma, beta = random(8), np.abs(random(8)) + 0.5, random(8) + 2, random(8)

    @mb.program(input_specs=[spec(1, 3, 12, 12)], opset_version=target)
    def prog(x):
        y = mb.conv(x=x, weight=w1, bias=b1, pad_type="custom", pad=[1, 1, 1, 1], strides=[2, 2])
        y = mb.batch_norm(x=y, mean=mean, variance=variance, gamma=gamma, beta=beta, epsilon=1e-5)
        y = mb.relu(x=y)
        y = mb.conv(x=y, weight=w2, pad_type="same", groups=8)
        y = mb.max_pool(x=y, kernel_sizes=[2, 2], strides=[2, 2], pad_type="valid")
        y = mb.reduce_mean(x=y, axes=[2, 3], keep_dims=False)
        return mb.softmax(x=mb.linear(x=y, weight=w3), axis=-1)

    x = random(1, 3, 12, 12)
    y = conv(x, w1, b1, (2, 2), (1, 1, 1, 1))
    across = (slice(None), None, None)
    y = (y - mean[across]) / np.sqrt(variance[across] + 1e-5) * gamma[across] + beta[across]
    y = conv(np.maximum(y, 0), w2, None, (1, 1), (1, 1, 1, 1), 8)
    y = windows(y, (2, 2), (2, 2), (0, 0, 0, 0)).max((-1, -2)).mean((2, 3))
    return finished(prog, target, {"x": x}, [softmax(y @ w3.T)])


@case()
def transformer_block(target):
    hidden, heads = 16, 4
    wq, wk, wv, wo = (random(hidden, hidden) * s / 4 for s in (1, 1.1, 0.9, 1.2))
    w1, b1, w2, b2 = random(32, hidden) / 4, random(32), random(hidden, 32) / 4, random(hidden)
    gamma, beta = random(hidden) + 1, random(hidden)

    def split(v):
        return mb.transpose(x=mb.reshape(x=v, shape=[1, 6, heads, hidden // heads]), perm=[0, 2, 1, 3])

    @mb.program(input_specs=[spec(1, 6, hidden)], opset_version=target)
    def prog(x):
        y = mb.layer_norm(x=x, axes=[-1], gamma=gamma, beta=beta, epsilon=1e-5)
        q, k, v = (split(mb.linear(x=y, weight=w)) for w in (wq, wk, wv))
        scores = mb.softmax(x=mb.mul(x=mb.matmul(x=q, y=k, transpose_y=True), y=0.5), axis=-1)
        mixed = mb.reshape(x=mb.transpose(x=mb.matmul(x=scores, y=v), perm=[0, 2, 1, 3]), shape=[1, 6, hidden])
        x = mb.add(x=x, y=mb.linear(x=mixed, weight=wo))
        y = mb.gelu(x=mb.linear(x=x, weight=w1, bias=b1), mode="TANH_APPROXIMATION")
        return mb.add(x=x, y=mb.linear(x=y, weight=w2, bias=b2))

    x = random(1, 6, hidden)
    y = layer_norm(x, gamma, beta)
    q, k, v = ((y @ w.T).reshape(1, 6, heads, -1).transpose(0, 2, 1, 3) for w in (wq, wk, wv))
    mixed = (softmax(q @ k.transpose(0, 1, 3, 2) * 0.5) @ v).transpose(0, 2, 1, 3).reshape(1, 6, hidden)
    y = x + mixed @ wo.T
    a = y @ w1.T + b1
    a = 0.5 * a * (1 + np.tanh(np.sqrt(2 / np.pi) * (a + 0.044715 * a**3)))
    return finished(prog, target, {"x": x}, [y + a @ w2.T + b2])


@case()
def recurrent_nets(target):
    w, r, b = random(12, 4), random(12, 3), random(12)

    @mb.program(input_specs=[spec(5, 2, 4), spec(2, 3)], opset_version=target)
    def prog(x, h):
        a = mb.lstm(x=x, initial_h=h, initial_c=h, weight_ih=w, weight_hh=r, bias=b, output_sequence=True)
        g = mb.gru(x=x, initial_h=h, weight_ih=w[:9], weight_hh=r[:9], bias=b[:9], output_sequence=True)
        n = mb.rnn(x=x, initial_h=h, weight_ih=w[:3], weight_hh=r[:3], bias=b[:3], output_sequence=True)
        return (*a, *g, *n)

    x, h = random(5, 2, 4), random(2, 3)
    expected = [*lstm(x, h, h, w, r, b), *gru(x, h, w[:9], r[:9], b[:9]), *rnn(x, h, w[:3], r[:3], b[:3])]
    return finished(prog, target, {"x": x, "h": h}, expected)


# --- control flow, types, interfaces --------------------------------------------------------------


def control_flow(target, p):
    shift = random(3)

    @mb.program(input_specs=[spec(3), spec(1)], opset_version=target)
    def prog(x, p):
        positive = mb.squeeze(x=mb.greater(x=p, y=0.0))
        y = mb.cond(pred=positive, _true_fn=lambda: mb.add(x=x, y=shift), _false_fn=lambda: mb.exp(x=x))
        count, total = mb.while_loop(_cond=lambda i, a: mb.less(x=i, y=4),
                                     _body=lambda i, a: (mb.add(x=i, y=1), mb.mul(x=a, y=y)), loop_vars=(0, x))
        return total, y

    x = random(3)
    y = x + shift if p > 0 else np.exp(x)
    return finished(prog, target, {"x": x, "p": np.float32([p])}, [x * y**4, y])


@case()
def branch_taken(target):
    return control_flow(target, 1.0)


@case()
def branch_not_taken(target):
    return control_flow(target, -1.0)


@case()
def element_types(target):
    @mb.program(input_specs=[spec(2, 3), spec(2, 3, dtype=types.int32)], opset_version=target)
    def prog(x, i):
        whole = mb.cast(x=x, dtype="int32")
        half = mb.cast(x=mb.square(x=mb.cast(x=x, dtype="fp16")), dtype="fp32")
        both = mb.logical_and(x=mb.greater(x=x, y=0.0), y=mb.cast(x=i, dtype="bool"))
        return (mb.add(x=whole, y=i), half, mb.cast(x=both, dtype="int32"), mb.floor_div(x=i, y=3), mb.mod(x=i, y=3),
                mb.select(cond=both, a=whole, b=i))

    x, i = random(2, 3) * 10, np.int32([[-7, 0, 5], [9, -2, 4]])
    whole = x.astype(np.int32)
    both = (x > 0) & (i != 0)
    expected = [whole + i, (x.astype(np.float16) ** 2).astype(np.float32), both.astype(np.int32), i // 3, i % 3,
                np.where(both, whole, i)]
    return finished(prog, target, {"x": x, "i": i}, expected)


@case(IOS17, IOS18)
def small_integers(target):
    @mb.program(input_specs=[spec(4)], opset_version=target)
    def prog(x):
        q = mb.quantize(input=x, scale=np.float32(0.1), zero_point=np.int8(3), output_dtype="int8")
        picked = mb.gather(x=q, indices=np.uint16([3, 0]), axis=0)
        return mb.dequantize(input=q, scale=np.float32(0.1), zero_point=np.int8(3)), mb.cast(x=picked, dtype="int32")

    x = np.float32([-20, 0.24, 0.26, 9])
    q = np.clip(np.round(x / np.float32(0.1)) + 3, -128, 127)
    return finished(prog, target, {"x": x}, [(q - 3) * 0.1, q[[3, 0]].astype(np.int32)])


@case()
def half_precision(target):
    w = random(4, 8)

    @mb.program(input_specs=[spec(2, 8)], opset_version=target)
    def prog(x):
        return mb.softmax(x=mb.linear(x=x, weight=w), axis=-1)

    x = random(2, 8)
    return finished(prog, target, {"x": x}, [softmax(x @ w.T)], 2e-2, compute_precision=ct.precision.FLOAT16)


@case()
def image(target):
    @mb.program(input_specs=[spec(1, 3, 4, 6)], opset_version=target)
    def prog(x):
        return mb.mul(x=x, y=2.0)

    pixels = np.random.default_rng(0).integers(0, 256, (1, 3, 4, 6))
    options = {"inputs": [ct.ImageType(name="x", shape=(1, 3, 4, 6), scale=1 / 127.5, bias=[-1, -0.5, 0])]}
    shift = np.float32([-1, -0.5, 0])[:, None, None]
    return finished(prog, target, {"x": pixels.astype(np.uint8)}, [(pixels / 127.5 + shift) * 2], **options)


@case()
def ranged(target):
    w = random(3, 4)

    @mb.program(input_specs=[spec(1, mb_symbol(), 8)], opset_version=target)
    def prog(x):
        return mb.softmax(x=mb.linear(x=mb.reshape(x=x, shape=[-1, 4]), weight=w))

    x = random(1, 7, 8)
    inputs = [ct.TensorType(name="x", shape=(1, ct.RangeDim(2, 50), 8))]
    return finished(prog, target, {"x": x}, [softmax(x.reshape(-1, 4) @ w.T)], inputs=inputs)


@case()
def enumerated(target):
    @mb.program(input_specs=[spec(1, mb_symbol(), mb_symbol())], opset_version=target)
    def prog(x):
        return mb.reduce_sum(x=mb.relu(x=x), axes=[2], keep_dims=True)

    x = random(1, 6, 7)
    shapes = ct.EnumeratedShapes(shapes=[[1, 2, 3], [1, 4, 5], [1, 6, 7]], default=[1, 4, 5])
    return finished(prog, target, {"x": x}, [np.maximum(x, 0).sum(2, keepdims=True)],
                    inputs=[ct.TensorType(name="x", shape=shapes)])


@case()
def indices(target):
    table, rows = random(10, 4), np.int32([3, 1, 9])

    @mb.program(input_specs=[spec(3, dtype=types.int32), spec(3, 4)], opset_version=target)
    def prog(i, u):
        picked = mb.gather(x=table, indices=i, axis=0)
        added = mb.scatter(data=table, indices=i, updates=u, axis=0, mode="add")
        values, order = mb.topk(x=u, k=2, axis=1)
        return picked, added, values, order, mb.one_hot(indices=i, one_hot_vector_size=10), mb.cumsum(x=u, axis=0)

    u = random(3, 4)
    added = table.copy()
    np.add.at(added, rows, u)
    order = np.argsort(-u, 1, kind="stable")[:, :2]
    expected = [table[rows], added, np.take_along_axis(u, order, 1), order, np.eye(10)[rows], np.cumsum(u, 0)]
    return finished(prog, target, {"i": rows, "u": u}, expected)


@case(IOS18)
def attention_op(target):
    mask = random(5, 7)

    @mb.program(input_specs=[spec(1, 2, 5, 8), spec(1, 2, 7, 8)], opset_version=target)
    def prog(q, k):
        return mb.scaled_dot_product_attention(query=q, key=k, value=k, attn_mask=mask)

    q, k = random(1, 2, 5, 8), random(1, 2, 7, 8)
    expected = softmax(q @ k.transpose(0, 1, 3, 2) / np.sqrt(8) + mask) @ k
    return finished(prog, target, {"q": q, "k": k}, [expected])
