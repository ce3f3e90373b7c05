"""Models with nothing wrong, though some look like it."""

import numpy as np
from lint_graph import T, helper, sound, weights


@sound(x=(-1000, 1000))
def softmax(g):
    return g.add("Softmax", g.input("x", [2, 8]), axis=-1)


@sound(x=(-100, 100))
def softmax_with_maximum(g):
    x, axes = g.input("x", [2, 8]), g.const("axes", [1], np.int64)
    e = g.add("Exp", g.add("Sub", x, g.add("ReduceMax", x, axes)))
    return g.add("Div", e, g.add("ReduceSum", e, axes))


@sound(x=(-100, 100))
def softplus(g):
    return g.add("Softplus", g.input("x", [2, 8]))


@sound(x=(-100, 100))
def log_sum_exp(g):
    return g.add("ReduceLogSumExp", g.input("x", [2, 8]), g.const("axes", [1], np.int64))


@sound(x=(-100, 100))
def exp_of_clipped(g):
    return g.add("Exp", g.add("Clip", g.input("x", [8]), g.const("a", -10), g.const("b", 10)))


@sound(x=(-100, 100))
def log_softmax(g):
    return g.add("LogSoftmax", g.input("x", [2, 8]), axis=-1)


@sound(x=(-3, 3))
def layer_norm(g):
    return g.add("LayerNormalization", g.input("x", [2, 8]), g.const("w", np.ones(8)), axis=-1)


@sound(x=(-3, 3))
def layer_norm_spelled_out(g):
    x, axes = g.input("x", [2, 64]), g.const("axes", [1], np.int64)
    centred = g.add("Sub", x, g.add("ReduceMean", x, axes))
    variance = g.add("ReduceMean", g.add("Pow", centred, g.const("two", 2)), axes)
    return g.add("Div", centred, g.add("Sqrt", g.add("Add", variance, g.const("eps", 1e-5))))


@sound(x=(-3, 3))
def gelu_spelled_out(g):
    x = g.input("x", [2, 8])
    erf = g.add("Erf", g.add("Div", x, g.const("r", 1.41421356)))
    return g.add("Mul", g.add("Mul", x, g.add("Add", erf, g.const("one", 1))), g.const("half", 0.5))


@sound(x=(0, 255))
def mean_of_pixels(g):
    return g.add("ReduceMean", g.input("x", [1, 1, 100, 100]), g.const("axes", [2, 3], np.int64))


@sound(x=(0, 255))
def pixels_to_unit(g):
    x = g.add("Mul", g.input("x", [1, 3, 8, 8]), g.const("k", 1 / 255))
    mean = g.const("mean", np.array([0.48, 0.45, 0.4]).reshape(1, 3, 1, 1))
    return g.add("Div", g.add("Sub", x, mean), g.const("std", np.array([0.22, 0.22, 0.22]).reshape(1, 3, 1, 1)))


@sound(x=(0, 1))
def small_network(g):
    x = g.input("x", [1, 3, 16, 16])
    c = g.add("Relu", g.add("Conv", x, g.const("w", weights(8, 3, 3, 3, scale=0.2)), pads=[1, 1, 1, 1]))
    c = g.add("Relu", g.add("Conv", c, g.const("v", weights(8, 8, 3, 3, scale=0.1)), pads=[1, 1, 1, 1]))
    y = g.add("Flatten", g.add("GlobalAveragePool", c))
    return g.add("Softmax", g.add("Gemm", y, g.const("u", weights(8, 4))), axis=-1)


@sound(x=(0, 299))
def tokens_within_the_table(g):
    return g.add("Gather", g.const("table", weights(300, 4)), g.input("x", [4], T.INT64))


@sound(x=(-3, 3), mask=(0, 1))
def attention_with_mask(g):
    x = g.input("x", [1, 8, 16])
    q = g.add("MatMul", x, g.const("wq", weights(16, 16, scale=0.25)))
    k = g.add("MatMul", x, g.const("wk", weights(16, 16, scale=0.25, seed=1)))
    scores = g.add("Mul", g.add("MatMul", q, g.add("Transpose", k, perm=[0, 2, 1])), g.const("scale", 0.25))
    mask = g.add("Cast", g.input("mask", [1, 1, 8], T.INT64), to=T.FLOAT)
    hidden = g.add("Mul", g.add("Sub", g.const("one", 1), mask), g.const("far", -1e9))
    return g.add("MatMul", g.add("Softmax", g.add("Add", scores, hidden), axis=-1), x)


@sound(dtype=T.INT64, x=(0, 1000000))
def remainder_before_the_product(g):
    small = g.add("Mod", g.input("x", [4], T.INT64), g.const("m", 1000, np.int64))
    return g.add("Mul", small, g.const("k", 1000003, np.int64))


@sound(x=(0, 1))
def guarded_logarithm(g):
    return g.add("Log", g.add("Add", g.input("x", [4]), g.const("eps", 1e-5)))


@sound(x=(-1, 1))
def guarded_unit_vector(g):
    x = g.input("x", [2, 8])
    size = g.add("ReduceL2", x, g.const("axes", [1], np.int64))
    return g.add("Div", x, g.add("Max", size, g.const("eps", 1e-5)))


@sound(x=(100, 110))
def variance_in_two_passes(g):
    x, axes = g.input("x", [2, 64]), g.const("axes", [1], np.int64)
    centred = g.add("Sub", x, g.add("ReduceMean", x, axes))
    return g.add("ReduceMean", g.add("Mul", centred, centred), axes)


@sound(x=(0, 100))
def fraction_of_small_position(g):
    x = g.input("x", [8])
    return g.add("Sub", x, g.add("Floor", x))


@sound(x=(0, 1))
def fixed_resize(g):
    return g.add("Resize", g.input("x", [1, 3, 32, 32]), "", g.const("scales", [1, 1, 2, 2]), mode="linear")


@sound(x=(-1, 1), i=(0, 9))
def elements_within_the_axis(g):
    return g.add("GatherElements", g.input("x", [4, 10]), g.input("i", [4, 3], T.INT64), axis=1)


@sound(x=(-50, 50))
def lstm(g):
    w, r = g.const("w", weights(1, 32, 4, scale=0.3)), g.const("r", weights(1, 32, 8, scale=0.3))
    g.nodes.append(helper.make_node("LSTM", [g.input("x", [5, 1, 4]), w, r], ["y"], name="y", hidden_size=8))
    return "y"
