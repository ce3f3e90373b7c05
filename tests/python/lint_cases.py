"""Models with one numeric fault each, and sound models beside them, for `check`.

A fault is a graph, the ranges of its inputs, the code that has to be reported, and the operators of which one has to
be named. A sound model is the same computation in a form that holds: nothing may be said of it.
"""

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper, numpy_helper

OPSET = 18


@dataclasses.dataclass
class Case:
    name: str
    model: onnx.ModelProto
    ranges: Mapping[str, tuple[float, float]]
    codes: tuple[str, ...] = ()  # one of them; none: a sound model
    nodes: tuple[str, ...] = ()  # one of them is named; none: any

    def __str__(self):
        return self.name


class Graph:
    """Nodes in order; each is named like its first output."""

    def __init__(self):
        self.nodes, self.inputs, self.constants = [], [], []

    def input(self, name, shape, dtype=T.FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        return name

    def const(self, name, value, dtype=np.float32):
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def add(self, op, *inputs, out=None, **attributes):
        out = out or f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [out], name=out, **attributes))
        return out

    def model(self, output, dtype=T.FLOAT):
        graph = helper.make_graph(
            self.nodes,
            "g",
            self.inputs,
            [helper.make_tensor_value_info(output, dtype, None)],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
        return onnx.shape_inference.infer_shapes(model)


FAULTS: list[Case] = []
SOUND: list[Case] = []


def fault(codes, nodes=(), dtype=T.FLOAT, **ranges):
    """The decorated function fills a graph and gives the name of its output."""

    def register(build: Callable[[Graph], str]):
        g = Graph()
        output = build(g)
        words = lambda text: tuple(text.split()) if isinstance(text, str) else tuple(text)
        FAULTS.append(Case(build.__name__, g.model(output, dtype), ranges, words(codes), words(nodes)))
        return build

    return register


def sound(dtype=T.FLOAT, **ranges):
    def register(build: Callable[[Graph], str]):
        g = Graph()
        output = build(g)
        SOUND.append(Case(build.__name__, g.model(output, dtype), ranges))
        return build

    return register


def weights(*shape, scale=1.0, seed=0):
    return np.random.default_rng(seed).standard_normal(shape) * scale


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


# --- cancellation


@fault("W4205", "v", x=(100, 110))
def variance_by_moments(g):
    x = g.input("x", [2, 64])
    axes = g.const("axes", [1], np.int64)
    squares = g.add("ReduceMean", g.add("Mul", x, x), axes)
    mean = g.add("ReduceMean", x, axes)
    return g.add("Sub", squares, g.add("Mul", mean, mean), out="v")


@fault("W4205", "f", x=(0, 5000))
def fraction_of_position(g):
    x = g.input("x", [8])
    return g.add("Sub", x, g.add("Floor", x), out="f")


@fault("W4205", "f", x=(0, 5000))
def fraction_by_remainder(g):
    return g.add("Mod", g.input("x", [8]), g.const("one", 1.0), out="f", fmod=1)


@fault("W4205", "up down", x=(-1, 1))
def signal_on_an_offset(g):
    k = g.const("k", 1000)
    return g.add("Sub", g.add("Add", g.input("x", [8]), k, out="up"), k, out="down")


@fault("W4205", "d", x=(30000, 30010))
def time_since_start(g):
    return g.add("Sub", g.input("x", [8]), g.const("start", 30000), out="d")


@fault("W4205", "d near far", x=(0, 100), y=(0, 100))
def distances_by_expansion(g):
    x, y = g.input("x", [8, 16]), g.input("y", [9, 16])
    axes = g.const("axes", [1], np.int64)
    xx = g.add("ReduceSum", g.add("Mul", x, x), axes)
    yy = g.add("Transpose", g.add("ReduceSum", g.add("Mul", y, y), axes), perm=[1, 0])
    xy = g.add("MatMul", x, g.add("Transpose", y, perm=[1, 0]))
    both = g.add("Add", xx, yy, out="near")
    return g.add("Sub", both, g.add("Mul", xy, g.const("two", 2)), out="d")


# --- numbers that vanish


@fault("W4206", "guarded", x=(-1, 1))
def small_epsilon_in_a_norm(g):
    x = g.input("x", [2, 8])
    size = g.add("ReduceL2", x, g.const("axes", [1], np.int64))
    return g.add("Div", x, g.add("Add", size, g.const("eps", 1e-12), out="guarded"))


@fault("W4206", "guarded", x=(0, 1))
def small_epsilon_in_a_logarithm(g):
    return g.add("Log", g.add("Add", g.input("x", [8]), g.const("eps", 1e-10), out="guarded"))


@fault("W4206", "guarded", x=(0, 1))
def small_limit(g):
    guarded = g.add("Clip", g.input("x", [8]), g.const("low", 1e-9), g.const("high", 1.0), out="guarded")
    return g.add("Log", guarded)


@fault("W4206", "guarded", x=(0, 1))
def small_maximum(g):
    guarded = g.add("Max", g.input("x", [8]), g.const("low", 1e-8), out="guarded")
    return g.add("Reciprocal", guarded)


@fault("W4206", "guarded", x=(1000, 2000))
def epsilon_beside_a_large_number(g):
    return g.add("Sqrt", g.add("Add", g.input("x", [8]), g.const("eps", 1e-3), out="guarded"))


@fault("W4206", "small", x=(0, 1))
def tiny_products(g):
    small = g.add("Mul", g.input("x", [8]), g.const("k", 1e-8), out="small")
    return g.add("Mul", small, g.const("l", 1e8))


# --- sums and accumulators


@fault("W4207", "s", x=(0, 255))
def sum_of_pixels(g):
    s = g.add("ReduceSum", g.input("x", [1, 1, 100, 100]), g.const("axes", [2, 3], np.int64), out="s")
    return g.add("Mul", s, g.const("k", 1e-4))


@fault("W4207", "s", x=(-1, 1))
def count_of_positives(g):
    positive = g.add("Cast", g.add("Greater", g.input("x", [1, 5000]), g.const("zero", 0)), to=T.FLOAT)
    return g.add("ReduceSum", positive, g.const("axes", [1], np.int64), out="s")


@fault("W4207", "s", x=(0, 1000))
def sum_of_squares(g):
    return g.add("ReduceSumSquare", g.input("x", [2, 64]), g.const("axes", [1], np.int64), out="s")


@fault("W4207", "s", x=(0, 1000))
def norm_of_large_numbers(g):
    return g.add("ReduceL2", g.input("x", [2, 64]), g.const("axes", [1], np.int64), out="s")


@fault("W4207", "s", x=(0, 100))
def running_sum(g):
    return g.add("CumSum", g.input("x", [1, 2000]), g.const("axis", 1, np.int64), out="s")


@fault("W4207 W4209", "f", x=(0, 255))
def accumulator_of_a_convolution(g):
    x = g.input("x", [1, 16, 8, 8], T.UINT8)
    y = g.add("ConvInteger", x, g.const("w", np.full((4, 16, 3, 3), 100), np.int8))
    return g.add("Mul", g.add("Cast", y, to=T.FLOAT, out="f"), g.const("scale", 1e-5))


@fault("W4207 W4209", "f", x=(0, 255))
def accumulator_of_a_product(g):
    y = g.add("MatMulInteger", g.input("x", [2, 256], T.UINT8), g.const("w", np.full((256, 4), 100), np.int8))
    return g.add("Mul", g.add("Cast", y, to=T.FLOAT, out="f"), g.const("scale", 1e-5))


@fault("W4207", "f", x=(0, 1))
def positions_by_counting(g):
    places = g.add("CumSum", g.input("x", [1, 5000], T.INT64), g.const("axis", 1, np.int64))
    return g.add("Mul", g.add("Cast", places, to=T.FLOAT, out="f"), g.const("k", 0.01))


# --- integers of 64 bits


@fault("W4208", "h", T.INT64, x=(0, 1000000))
def hash_by_product(g):
    h = g.add("Mul", g.input("x", [4], T.INT64), g.const("k", 1000003, np.int64), out="h")
    return g.add("Mod", h, g.const("m", 1000, np.int64))


@fault("W4208", "h", T.INT64, x=(0, 1000000))
def squares_of_integers(g):
    x = g.input("x", [4], T.INT64)
    return g.add("Mul", x, x, out="h")


@fault("W4208", "s", T.INT64, x=(0, 2000000000))
def sum_of_integers(g):
    return g.add("ReduceSum", g.input("x", [1, 16], T.INT64), g.const("axes", [1], np.int64), out="s")


@fault("W4208", "s", T.INT64, x=(0, 100000000))
def running_sum_of_integers(g):
    return g.add("CumSum", g.input("x", [1, 100], T.INT64), g.const("axis", 1, np.int64), out="s")


@fault("W4208", "s", T.INT64, x=(0, 100000), y=(0, 100000))
def product_of_integer_matrices(g):
    return g.add("MatMul", g.input("x", [4, 16], T.INT64), g.input("y", [16, 4], T.INT64), out="s")


@fault("W4208", "s", T.UINT64, x=(0, 1000000))
def shifted_integers(g):
    return g.add("BitShift", g.input("x", [4], T.UINT64), g.const("k", 20, np.uint64), out="s", direction="LEFT")


@fault("W4208", "x", T.INT64, x=(0, 10**18))
def nanoseconds(g):
    return g.add("Div", g.input("x", [4], T.INT64), g.const("k", 1000000, np.int64))


# --- casts


@fault("W4209", "c", T.INT32, x=(0, 1e10))
def floats_beyond_int32(g):
    return g.add("Cast", g.input("x", [4]), to=T.INT32, out="c")


@fault("W4209", "c", T.UINT8, x=(0, 300))
def floats_beyond_uint8(g):
    return g.add("Cast", g.input("x", [4]), to=T.UINT8, out="c")


@fault("W4209", "c", T.UINT8, x=(0, 300))
def integers_beyond_uint8(g):
    return g.add("Cast", g.input("x", [4], T.INT32), to=T.UINT8, out="c")


@fault("W4209", "c", x=(0, 100000))
def integers_to_floats(g):
    return g.add("Mul", g.add("Cast", g.input("x", [4], T.INT32), to=T.FLOAT, out="c"), g.const("k", 1e-3))


@fault("W4209", "c", x=(1600000000, 1700000000))
def time_stamps_to_floats(g):
    c = g.add("Cast", g.input("x", [4], T.INT64), to=T.FLOAT, out="c")
    return g.add("Sub", c, g.const("start", 1600000000))


# --- indices


@fault("W4210", "g", x=(0, 40000))
def tokens_beyond_the_table(g):
    return g.add("Gather", g.const("table", np.zeros((300, 4))), g.input("x", [4], T.INT64), out="g")


@fault("W4210", "g", x=(-1, 1), i=(0, 20))
def elements_beyond_the_axis(g):
    return g.add("GatherElements", g.input("x", [4, 10]), g.input("i", [4, 3], T.INT64), out="g", axis=1)


@fault("W4210", "s", x=(-1, 1), i=(0, 20))
def scattered_beyond_the_axis(g):
    x, i = g.input("x", [4, 10]), g.input("i", [4, 3], T.INT64)
    return g.add("ScatterElements", x, i, g.const("u", np.ones((4, 3))), out="s", axis=1)


@fault("W4210", "g", x=(0, 1))
def index_of_a_bucket(g):
    """A position in 0..1, 1 included, scaled to as many buckets: the last index is one too large."""
    i = g.add("Cast", g.add("Mul", g.input("x", [4]), g.const("k", 100)), to=T.INT64)
    return g.add("Gather", g.const("table", np.zeros((100, 4))), i, out="g")


# --- positions


@fault("W4211", "r", x=(0, 1))
def flexible_resize(g):
    x = g.input("x", [1, 3, "height", 2048])
    scales = g.const("scales", [1, 1, 2, 2])
    return g.add("Resize", x, "", scales, out="r", mode="linear")


@fault("W4211", "p", x=(0, 10000))
def angles_of_positions(g):
    return g.add("Sin", g.input("x", [8]), out="p")


@fault("W4211", "r", x=(0, 1), grid=(-1, 1))
def samples_of_a_large_picture(g):
    grid = g.add("Mul", g.input("grid", [1, 8, 8, 2]), g.const("k", 0.9))
    return g.add("GridSample", g.input("x", [1, 1, 2048, 2048]), grid, out="r")


@fault("W4211", "p", x=(0, 500))
def grid_times_stride(g):
    cells = g.add("Floor", g.input("x", [8]))
    return g.add("Mul", cells, g.const("stride", 32), out="p")


# --- sound models


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
