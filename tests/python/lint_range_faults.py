"""Faults of range: exponentials, fp16's end, domains, divisors."""

import numpy as np
from lint_graph import T, fault, helper


# --- exponentials


@fault("W4201", "e", x=(-20, 20))
def exp_alone(g):
    return g.add("Exp", g.input("x", [2, 8]), out="e")


@fault("W4201", "e", x=(0, 100))
def exp_beyond_fp32(g):
    return g.add("Exp", g.input("x", [2, 8]), out="e")


@fault("W4201", "e", x=(-50, 50))
def softplus_spelled_out(g):
    e = g.add("Exp", g.input("x", [2, 8]), out="e")
    return g.add("Log", g.add("Add", e, g.const("one", 1)))


@fault("W4201", "e", x=(-30, 30))
def log_sum_exp_spelled_out(g):
    e = g.add("Exp", g.input("x", [2, 8]), out="e")
    return g.add("Log", g.add("ReduceSum", e, g.const("axes", [1], np.int64)))


@fault("W4201", "e", x=(-30, 30))
def sigmoid_spelled_out(g):
    one = g.const("one", 1)
    e = g.add("Exp", g.add("Neg", g.input("x", [2, 8])), out="e")
    return g.add("Div", one, g.add("Add", one, e))


@fault("W4201", "up down", x=(-20, 20))
def tanh_spelled_out(g):
    x = g.input("x", [2, 8])
    up, down = g.add("Exp", x, out="up"), g.add("Exp", g.add("Neg", x), out="down")
    return g.add("Div", g.add("Sub", up, down), g.add("Add", up, down))


@fault("W4201", "e", x=(-40, 40))
def softmax_without_maximum(g):
    e = g.add("Exp", g.input("x", [2, 8]), out="e")
    return g.add("Div", e, g.add("ReduceSum", e, g.const("axes", [1], np.int64)))


@fault("W4201", "e", x=(-15, 15))
def log_of_running_sum_of_exponentials(g):
    e = g.add("Exp", g.input("x", [2, 8]), out="e")
    return g.add("Log", g.add("CumSum", e, g.const("axis", 1, np.int64)))


@fault("W4201", "p", x=(0, 20))
def power_of_two(g):
    return g.add("Pow", g.const("two", 2), g.input("x", [2, 8]), out="p")


@fault("W4201", "s", x=(-15, 15))
def hyperbolic_sine(g):
    return g.add("Sinh", g.input("x", [2, 8]), out="s")


@fault("W4201", "e", x=(-3, 3))
def exp_after_layers(g):
    """Two layers: the bounds of the second say little, runs say enough."""
    x = g.input("x", [1, 16])
    h = g.add("Relu", g.add("MatMul", x, g.const("a", np.ones((16, 16)) * 0.5)))
    y = g.add("MatMul", h, g.const("b", np.ones((16, 4)) * 0.2))
    return g.add("Exp", y, out="e")


@fault("W4201", "e", x=(-20, 20))
def exp_in_a_branch(g):
    x = g.input("x", [4])
    yes = helper.make_graph(
        [helper.make_node("Exp", ["x"], ["e"], name="e")],
        "yes",
        [],
        [helper.make_tensor_value_info("e", T.FLOAT, [4])],
    )
    no = helper.make_graph(
        [helper.make_node("Neg", ["x"], ["n"], name="n")],
        "no",
        [],
        [helper.make_tensor_value_info("n", T.FLOAT, [4])],
    )
    total = g.add("ReduceSum", x, keepdims=0)
    positive = g.add("Greater", total, g.const("zero", 0))
    return g.add("If", positive, then_branch=yes, else_branch=no)


@fault("W4201", "e", x=(-20, 20))
def exp_in_a_loop(g):
    x = g.input("x", [4])
    body = helper.make_graph(
        [
            helper.make_node("Exp", ["state"], ["e"], name="e"),
            helper.make_node("Tanh", ["e"], ["next"], name="t"),
            helper.make_node("Identity", ["go"], ["go_on"], name="i"),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", T.INT64, []),
            helper.make_tensor_value_info("go", T.BOOL, []),
            helper.make_tensor_value_info("state", T.FLOAT, [4]),
        ],
        [
            helper.make_tensor_value_info("go_on", T.BOOL, []),
            helper.make_tensor_value_info("next", T.FLOAT, [4]),
        ],
    )
    turns = g.input("turns", [], T.INT64)
    return g.add("Loop", turns, "", x, body=body)


# --- beyond the range of fp16


@fault("W4202", "s", x=(0, 1000))
def squares(g):
    x = g.input("x", [2, 8])
    return g.add("Sqrt", g.add("Mul", x, x, out="s"))


@fault("W4202", "p", x=(0, 100))
def cubes(g):
    return g.add("Pow", g.input("x", [2, 8]), g.const("three", 3), out="p")


@fault("W4202", "m", x=(0, 255))
def scaled_up_and_down(g):
    m = g.add("Mul", g.input("x", [2, 8]), g.const("k", 1000), out="m")
    return g.add("Div", m, g.const("l", 500))


@fault("W4202", "scores", q=(-100, 100), k=(-100, 100))
def scores_without_scale(g):
    q, k = g.input("q", [1, 8, 64]), g.input("k", [1, 64, 8])
    return g.add("Softmax", g.add("MatMul", q, k, out="scores"), axis=-1)


@fault("W4202", "c", x=(0, 255))
def convolution_with_large_weights(g):
    w = g.const("w", np.full((4, 16, 3, 3), 5.0))
    return g.add("Conv", g.input("x", [1, 16, 8, 8]), w, out="c")


@fault("W4202", "second third", x=(0, 255))
def growing_layers(g):
    h = g.input("x", [1, 16])
    for name in ("first", "second", "third"):
        h = g.add("MatMul", h, g.const("w" + name, np.full((16, 16), 1.5)), out=name)
    return g.add("Mul", h, g.const("down", 1e-4))


@fault("W4202", x=(0, 50))
def residual_stream_that_grows(g):
    h = g.input("x", [1, 16])
    for i in range(1, 5):
        h = g.add("Add", h, g.add("MatMul", h, g.const(f"w{i}", np.full((16, 16), 1.0))), out=f"r{i}")
    return g.add("LayerNormalization", h, g.const("gamma", np.ones(16)), axis=-1)


@fault("W4202", "t", x=(0, 1))
def time_in_milliseconds(g):
    return g.add("Sin", g.add("Mul", g.input("x", [4]), g.const("k", 100000), out="t"))


# --- domains


@fault("W4203", "s", x=(-1, 1))
def root_of_negative(g):
    return g.add("Sqrt", g.input("x", [4]), out="s")


@fault("W4203", "s", x=(0, 1), y=(0, 1))
def root_of_difference(g):
    return g.add("Sqrt", g.add("Sub", g.input("x", [4]), g.input("y", [4])), out="s")


@fault("W4203", "l", x=(0, 1))
def logarithm_of_zero(g):
    return g.add("Log", g.input("x", [4]), out="l")


@fault("W4203", "l", x=(-1, 1))
def logarithm_of_relu(g):
    return g.add("Log", g.add("Relu", g.input("x", [4])), out="l")


@fault("W4203", "p", x=(-1, 1))
def fractional_power_of_negative(g):
    return g.add("Pow", g.input("x", [4]), g.const("half", 0.45), out="p")


@fault("W4203", "a", x=(-2, 2))
def inverse_cosine_outside(g):
    return g.add("Acos", g.input("x", [4]), out="a")


@fault("W4203", "a", x=(-1.5, 1.5))
def inverse_sine_outside(g):
    return g.add("Asin", g.input("x", [4]), out="a")


@fault("W4203", "l", x=(-40, 40))
def logarithm_of_sigmoid(g):
    return g.add("Log", g.add("Sigmoid", g.input("x", [4])), out="l")


@fault("W4203", "l", x=(-50, 50))
def logarithm_of_softmax(g):
    return g.add("Log", g.add("Softmax", g.input("x", [2, 8]), axis=-1), out="l")


@fault("W4203", "l", x=(-25, 0))
def logarithm_of_small_exponentials(g):
    return g.add("Log", g.add("Exp", g.input("x", [4])), out="l")


# --- divisors


@fault("W4204", "d", x=(-1, 1))
def one_by_x(g):
    return g.add("Reciprocal", g.input("x", [4]), out="d")


@fault("W4204", "d", x=(0, 1), y=(0, 255))
def quotient_of_inputs(g):
    return g.add("Div", g.input("x", [4]), g.input("y", [4]), out="d")


@fault("W4204", "d", x=(-1, 1))
def share_of_sum_of_sizes(g):
    x = g.input("x", [2, 8])
    total = g.add("ReduceSum", g.add("Abs", x), g.const("axes", [1], np.int64))
    return g.add("Div", x, total, out="d")


@fault("W4204", "d", x=(-1, 1))
def unit_vector_without_epsilon(g):
    x = g.input("x", [2, 8])
    return g.add("Div", x, g.add("ReduceL2", x, g.const("axes", [1], np.int64)), out="d")


@fault("W4204", "d", T.INT32, x=(0, 100), y=(0, 5))
def integer_quotient(g):
    return g.add("Div", g.input("x", [4], T.INT32), g.input("y", [4], T.INT32), out="d")


@fault("W4204", "p", x=(0, 4))
def negative_power_of_zero(g):
    return g.add("Pow", g.input("x", [4]), g.const("k", -0.5), out="p")
