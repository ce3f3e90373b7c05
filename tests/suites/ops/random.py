"""Random tensors. Only what every engine must agree on: certain outcomes, and the range of the rest."""

import numpy as np


def case(name, op, parameters, expect, check="", shape=(2, 3), attrs=""):
    constants = "".join(f"  %{k} = const dense<f32[]: {v}>\n" for k, v in parameters.items())
    operands = "".join(f", {k}=%{k}" for k in parameters)
    return {
        "name": name,
        "op": op,
        "ir": f"func @main(%s: i32[{len(shape)}]) {{\n{constants}  %r = {op}(shape=%s{operands}) {attrs}\n{check}}}",
        "inputs": {"s": np.array(shape, np.int32)},
        "expect": lambda i: [expect],
    }


WITHIN = """  %above = greater_equal(x=%r, y=%low)
  %below = less(x=%r, y=%high)
  %y = logical_and(x=%above, y=%below)
  return %y
"""
# |mean - wanted| < 0.05 and |deviation - wanted| < 0.05 of many draws.
MOMENTS = """  %m = reduce_mean(x=%r) {keep_dims=true}
  %d = sub(x=%r, y=%m)
  %q = square(x=%d)
  %v = reduce_mean(x=%q) {keep_dims=true}
  %w = sqrt(x=%v)
  %e = sub(x=%m, y=%mean)
  %f = sub(x=%w, y=%stddev)
  %ea = abs(x=%e)
  %fa = abs(x=%f)
  %most = maximum(x=%ea, y=%fa)
  %tolerance = const dense<f32[]: 0.05>
  %y = less(x=%most, y=%tolerance)
  return %y
"""
RESULT = "  return %r\n"

CASES = [
    case("uniform stays within", "random_uniform", {"low": "-1.0", "high": "3.0"}, np.ones((50, 20), bool), WITHIN, (50, 20), "{seed=3}"),
    case("normal has its moments", "random_normal", {"mean": "2.0", "stddev": "0.5"}, np.ones((1, 1), bool), MOMENTS, (100, 100), "{seed=1}"),
    case("normal without deviation", "random_normal", {"mean": "2.5", "stddev": "0.0"}, np.full((2, 3), 2.5, np.float32), RESULT),
    case("bernoulli surely", "random_bernoulli", {"prob": "1.0"}, np.ones((2, 3), np.float32), RESULT),
    case("bernoulli never", "random_bernoulli", {"prob": "0.0"}, np.zeros((2, 3), np.float32), RESULT),
    case("a scalar", "random_bernoulli", {"prob": "1.0"}, np.ones((), np.float32), RESULT, ()),
    {
        "name": "categorical with one possible class",
        "op": "random_categorical",
        "ir": 'func @main(%x: f32[2,3]) {\n  %y = random_categorical(x=%x) {mode="probs", size=4}\n  return %y\n}',
        "inputs": {"x": np.array([[0, 1, 0], [0, 0, 2]], np.float32)},
        "expect": lambda i: [np.array([[1] * 4, [2] * 4], np.float32)],
    },
    {
        "name": "categorical logits",
        "op": "random_categorical",
        "ir": "func @main(%x: f32[1,3]) {\n  %y = random_categorical(x=%x) {size=5}\n  return %y\n}",
        "inputs": {"x": np.array([[-np.inf, 800.0, 0.0]], np.float32)},
        "expect": lambda i: [np.ones((1, 5), np.float32)],
    },
]
