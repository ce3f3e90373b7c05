"""Faults of digits, of integers, and of indices."""

import numpy as np
from lint_graph import T, fault


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
