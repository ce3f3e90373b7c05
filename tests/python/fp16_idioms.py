"""Computations that models spell out and fp16 may spoil: what `test_fp16_idioms.py` converts and runs.

An idiom is a formula over expressions (fp16_expressions.py), and the inputs that it gets: a small, a usual and a
large range.
"""

import dataclasses
import math
from typing import Callable

import numpy as np
import onnx
from fp16_expressions import (
    FLOAT, OPSET, E, Tape, abs_, conv_integer_1x1, cos, cosh, cumsum, dynamic_quantize, exp, floor, log,
    log_sum, matmul_integer, max_, maximum, mean, min_, minimum, mod1, norm1, norm2, prod, recip, relu, round_,
    sigmoid, sign, sin, sinh, softmax, softplus, sqrt, sum_, sum_square, tanh, to_float, to_int, where,
)  # fmt: skip
from onnx import helper

# --- inputs ------------------------------------------------------------------------------------------------------


def normal(scale, offset=0.0):
    return lambda rng, shape: offset + scale * rng.standard_normal(shape)


def uniform(lo, hi):
    return lambda rng, shape: rng.uniform(lo, hi, shape)


SIGNED = (normal(0.02), normal(1), normal(12))  #: activations; the last beyond exp's range in f16
LOGITS = (normal(0.1), normal(3), normal(20))
WIDE = (normal(0.02), normal(1), normal(300))
POSITIVE = (uniform(0.001, 0.01), uniform(0.1, 2), uniform(1, 300))
PIXELS = (uniform(0.002, 1), uniform(0.2, 20), uniform(1, 255))
OFFSET = (normal(1, 0.5), normal(1, 30), normal(5, 400))
PLACES = (uniform(0, 4), uniform(0, 300), uniform(1000, 4000))
STREAM = (normal(0.1), normal(3), normal(1000))


@dataclasses.dataclass(frozen=True)
class Idiom:
    name: str
    formula: Callable
    ranges: tuple = SIGNED
    shapes: tuple = ((4, 64),)

    def build(self):
        """(model, tape, names of the results)."""
        tape = Tape()
        inputs = [f"x{i}" for i in range(len(self.shapes))]
        results = self.formula(*(E(tape, n) for n in inputs))
        results = results if isinstance(results, (tuple, list)) else [results]
        names = [r.name for r in results]
        graph = helper.make_graph(
            tape.nodes, "g",
            [helper.make_tensor_value_info(n, FLOAT, s) for n, s in zip(inputs, self.shapes)],
            [helper.make_tensor_value_info(n, FLOAT, None) for n in names],
            tape.initializers)  # fmt: skip
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
        return onnx.shape_inference.infer_shapes(model), tape, names

    def inputs(self, which):
        rng = np.random.default_rng(len(self.name) * 3 + which)
        return {
            f"x{i}": self.ranges[which](rng, s).astype(np.float32) for i, s in enumerate(self.shapes)
        }


IDIOMS: list[Idiom] = []


def add(name, formula, ranges=SIGNED, shapes=((4, 64),)):
    IDIOMS.append(Idiom(name, formula, ranges, shapes))


TWO = ((4, 64), (4, 64))
LONG = ((2, 20000),)
IMAGE = ((1, 3, 160, 160),)
RNG = np.random.default_rng(7)


def weights(*shape):
    return (RNG.standard_normal(shape) / math.sqrt(shape[0])).astype(np.float32)


# --- softplus and its kin ------------------------------------------------------------------------------------------
add("softplus", lambda x: log(1.0 + exp(x)))
add("softplus-one-last", lambda x: log(exp(x) + 1.0))
add("softplus-beta-2", lambda x: log(1.0 + exp(2.0 * x)) / 2.0)
add("softplus-beta-half", lambda x: log(exp(x * 0.5) + 1.0) * 2.0)
add("softplus-negative", lambda x: log(1.0 + exp(-x)))
add("softplus-stable", lambda x: relu(x) + log(1.0 + exp(-abs_(x))))
add("softplus-threshold", lambda x: where(x > 20.0, x, log(1.0 + exp(x))))
add("softplus-shifted", lambda x: log(0.5 * exp(x) + 0.5))
add("softplus-minus-log2", lambda x: log(1.0 + exp(x)) - math.log(2))
add("softplus-from-log-sigmoid", lambda x: -log(sigmoid(-x)))
add("softplus-deviation", lambda x: log(1.0 + exp(x)) + 1e-3)
add("softplus-gates-input", lambda x: x * log(1.0 + exp(x)))
add("mish", lambda x: x * tanh(log(1.0 + exp(x))))
add("mish-of-op", lambda x: x * tanh(softplus(x)))
add("mish-quotient", lambda x: x * (1.0 - 2.0 / ((1.0 + exp(x)) ** 2.0 + 1.0)))
add("discount-by-rate", lambda x, a: exp(-(exp(a) * log(1.0 + exp(x)))), (normal(0.02), normal(1), normal(4)), TWO)
add("softplus-two-readers", lambda x: (log(1.0 + exp(x)), exp(x) / (1.0 + exp(x))))
add("log-sigmoid", lambda x: log(sigmoid(x)))
add("log-sigmoid-softplus", lambda x: -softplus(-x))
add("log-sigmoid-spelled", lambda x: -log(1.0 + exp(-x)))
add("log-sigmoid-quotient", lambda x: log(1.0 / (1.0 + exp(-x))))
add("log-one-minus-sigmoid", lambda x: log(1.0 - sigmoid(x)), (normal(0.02), normal(1), normal(7)))
add("cross-entropy-logits", lambda x, y: relu(x) - x * y + log(1.0 + exp(-abs_(x))), SIGNED, TWO)
add("cross-entropy-sigmoid", lambda x, y: -(y * log(sigmoid(x)) + (1.0 - y) * log(1.0 - sigmoid(x))),
    (uniform(0, 0.1), uniform(0, 1), uniform(0, 12)), TWO)  # fmt: skip
add("log-sigmoid-margin", lambda a, b: mean(log(sigmoid(a - b))), SIGNED, TWO)

# --- logarithms of sums of exponentials ----------------------------------------------------------------------------
add("log-sum-exp", lambda x: log(sum_(exp(x))), LOGITS)
add("log-sum-exp-flat", lambda x: log(sum_(exp(x), keep=False)), LOGITS)
add("log-sum-exp-first-axis", lambda x: log(sum_(exp(x), axes=0)), LOGITS)
add("log-sum-exp-both-axes", lambda x: log(sum_(exp(x), axes=(0, 1))), LOGITS)
add("log-sum-exp-reduce-log-sum", lambda x: log_sum(exp(x)), LOGITS)
add("log-sum-exp-shifted", lambda x: max_(x) + log(sum_(exp(x - max_(x)))), LOGITS)
add("log-sum-exp-temperature", lambda x: 0.1 * log(sum_(exp(x / 0.1))), (normal(0.01), normal(1), normal(4)))
add("smooth-minimum", lambda x: -(log(sum_(exp(-8.0 * x))) / 8.0), (normal(0.1), normal(1), normal(6)))
add("log-mean-exp", lambda x: log(mean(exp(x))), LOGITS)
add("log-mean-exp-scaled", lambda x: log(sum_(exp(x)) * (1 / 64)), LOGITS)
add("log-add-exp", lambda a, b: log(exp(a) + exp(b)), LOGITS, TWO)
add("log-sub-exp", lambda a, b: log(exp(abs_(a) + b) - exp(b)), (uniform(0.5, 1), uniform(1, 3), uniform(5, 25)), TWO)
add("log-softmax", lambda x: log(softmax(x)), LOGITS)
add("log-softmax-axis-0", lambda x: log(softmax(x, 0)), LOGITS)
add("log-softmax-spelled", lambda x: x - log(sum_(exp(x))), LOGITS)
add("log-softmax-quotient", lambda x: log(exp(x) / sum_(exp(x))), LOGITS)
add("log-softmax-shifted", lambda x: (x - max_(x)) - log(sum_(exp(x - max_(x)))), LOGITS)
add("log-softmax-eps", lambda x: log(softmax(x) + 1e-9), (normal(0.1), normal(2), normal(4)))
add("entropy", lambda x: -sum_(softmax(x) * log(softmax(x))), (normal(0.1), normal(2), normal(4)))
add("kl", lambda a, b: sum_(softmax(a) * (log(softmax(a)) - log(softmax(b)))), (normal(0.5), normal(2), normal(6)), TWO)
add("log-cumsum-exp", lambda x: log(cumsum(exp(x))), LOGITS)
add("log-cumsum-exp-axis-0", lambda x: log(cumsum(exp(x), 0)), LOGITS)
add("log-cumsum-exp-long", lambda x: log(cumsum(exp(x))), LOGITS, ((1, 3000),))
add("log-domain-decay", lambda a, b: exp(log(cumsum(exp(b))) - b), (normal(0.1), normal(1), normal(4)), TWO)
add("log-prior-plus-likelihood", lambda a, b: log(sum_(exp(a) * exp(b))), (normal(0.1), normal(2), normal(8)), TWO)

# --- sigmoid, tanh, silu spelled out -------------------------------------------------------------------------------
add("sigmoid", lambda x: 1.0 / (1.0 + exp(-x)))
add("sigmoid-one-last", lambda x: 1.0 / (exp(-x) + 1.0))
add("sigmoid-reciprocal", lambda x: recip(1.0 + exp(-x)))
add("sigmoid-power", lambda x: (1.0 + exp(-x)) ** -1.0)
add("sigmoid-quotient", lambda x: exp(x) / (1.0 + exp(x)))
add("sigmoid-one-exp", lambda x: (lambda e: e / (e + 1.0))(exp(x)))
add("sigmoid-minus-one-factor", lambda x: 1.0 / (1.0 + exp(x * -1.0)))
add("sigmoid-steep", lambda x: 1.0 / (1.0 + exp(-10.0 * x)), (normal(0.02), normal(1), normal(6)))
add("sigmoid-by-tanh", lambda x: 0.5 * (1.0 + tanh(0.5 * x)))
add("sigmoid-complement", lambda x: 1.0 - 1.0 / (1.0 + exp(x)))
add("sigmoid-pair", lambda a, b: exp(a) / (exp(a) + exp(b)), LOGITS, TWO)
add("sigmoid-pair-difference", lambda a, b: 1.0 / (1.0 + exp(b - a)), LOGITS, TWO)
add("glu", lambda a, b: a * (1.0 / (1.0 + exp(-b))), SIGNED, TWO)
add("sigmoid-slope", lambda x: exp(-x) / (1.0 + exp(-x)) ** 2.0, (normal(0.02), normal(1), normal(4)))
add("silu", lambda x: x * sigmoid(x))
add("silu-quotient", lambda x: x / (1.0 + exp(-x)))
add("silu-product", lambda x: x * (1.0 / (1.0 + exp(-x))))
add("silu-exp-quotient", lambda x: x * exp(x) / (1.0 + exp(x)))
add("swish-beta", lambda x: x / (1.0 + exp(-1.5 * x)))
add("gelu-sigmoid", lambda x: x / (1.0 + exp(-1.702 * x)))
add("gelu-tanh-cubed", lambda x: 0.5 * x * (1.0 + tanh(0.7978845608 * (x + 0.044715 * x**3.0))), WIDE)
add("tanh", lambda x: (exp(x) - exp(-x)) / (exp(x) + exp(-x)))
add("tanh-minus-two", lambda x: (1.0 - exp(-2.0 * x)) / (1.0 + exp(-2.0 * x)))
add("tanh-plus-two", lambda x: (exp(2.0 * x) - 1.0) / (exp(2.0 * x) + 1.0))
add("tanh-by-sigmoid", lambda x: 2.0 * sigmoid(2.0 * x) - 1.0)
add("tanh-by-spelled-sigmoid", lambda x: 2.0 / (1.0 + exp(-2.0 * x)) - 1.0)
add("tanh-complement", lambda x: 1.0 - 2.0 / (exp(2.0 * x) + 1.0))
add("tanh-sinh-cosh", lambda x: sinh(x) / cosh(x))
add("tanh-half", lambda x: (exp(x) - 1.0) / (exp(x) + 1.0))
add("tanh-one-exp", lambda x: (lambda e: (e - 1.0 / e) / (e + 1.0 / e))(exp(x)))
add("tanhshrink", lambda x: x - tanh(x), (normal(1), normal(3), normal(12)))
add("log-cosh", lambda x: log((exp(x) + exp(-x)) / 2.0))
add("log-cosh-op", lambda x: log(cosh(x)))
add("sech", lambda x: 1.0 / cosh(x), (normal(0.02), normal(1), normal(3)))

# --- softmax written out, quotients and products of exponentials ---------------------------------------------------
add("softmax-spelled", lambda x: exp(x) / sum_(exp(x)), LOGITS)
add("softmax-one-exp", lambda x: (lambda e: e / sum_(e))(exp(x)), LOGITS)
add("softmax-shifted", lambda x: (lambda e: e / sum_(e))(exp(x - max_(x))), LOGITS)
add("softmax-axis-0", lambda x: (lambda e: e / sum_(e, 0))(exp(x)), LOGITS)
add("softmax-both-axes", lambda x: (lambda e: e / sum_(e, (0, 1)))(exp(x)), LOGITS)
add("softmax-reciprocal", lambda x: (lambda e: e * recip(sum_(e)))(exp(x)), LOGITS)
add("softmax-epsilon", lambda x: (lambda e: e / (sum_(e) + 1e-6))(exp(x)), LOGITS)
add("softmax-masked", lambda x, m: (lambda e: e / sum_(e))(exp(x) * m), (normal(0.5), normal(2), normal(6)), TWO)
add("softmax-temperature", lambda x: (lambda e: e / sum_(e))(exp(x / 0.07)), (normal(0.01), normal(0.3), normal(2)))
add("softmin", lambda x: (lambda e: e / sum_(e))(exp(-x)), LOGITS)
add("softmax-weighted-mean", lambda x, v: sum_(exp(x) * v) / sum_(exp(x)), LOGITS, TWO)
add("soft-argmax", lambda x: sum_(exp(x) * np.arange(64, dtype=np.float32)) / sum_(exp(x)), LOGITS)
add("attention-pooling", lambda x, v: ((lambda e: e / sum_(e))(exp(x)) * v), LOGITS, TWO)
add("attention-unnormalised", lambda q, k: (lambda e: (e @ k) / sum_(e))(exp(q @ k.t(1, 0))),
    (normal(0.05), normal(0.5), normal(1.4)), ((8, 32), (8, 32)))  # fmt: skip
add("softmax-norm-l1", lambda x: (lambda e: e / norm1(e))(exp(x)), LOGITS)
add("softmax-of-max-everywhere", lambda x: (lambda e: e / sum_(e))(exp(x - max_(x, (0, 1)))), LOGITS)
add("exp-quotient", lambda a, b: exp(a) / exp(b), (normal(0.02), normal(1), normal(5)), TWO)
add("exp-quotient-near", lambda a, b: exp(a) / exp(a + 0.1 * b), (normal(0.02), normal(1), normal(15)), TWO)
add("exp-product", lambda a, b: exp(a) * exp(0.1 * b - a), (normal(0.02), normal(1), normal(15)), TWO)
add("likelihood-ratio", lambda a, b: exp(a - b), (normal(0.02), normal(1), normal(4)), TWO)
add("gaussian", lambda x: exp(-(x * x) / 2.0), (normal(0.02), normal(1), normal(3)))
add("gaussian-wide", lambda x: exp(-(x * x) / 20000.0), (normal(1), normal(30), normal(400)))
add("elu-spelled", lambda x: where(x > 0.0, x, exp(x) - 1.0))
add("elu-clamped", lambda x: relu(x) + (exp(minimum(x, 0.0)) - 1.0))
add("expm1", lambda x: exp(x) - 1.0, (normal(0.01), normal(1), normal(4)))
add("one-minus-exp", lambda x: 1.0 - exp(-abs_(x)), (normal(0.01), normal(1), normal(12)))
add("box-decode", lambda x: exp(x) * np.float32(32.0), (normal(0.02), normal(1), normal(3)))
add("selu-spelled", lambda x: 1.0507 * where(x > 0.0, x, 1.67326 * (exp(x) - 1.0)))
add("sinh-spelled", lambda x: (exp(x) - exp(-x)) / 2.0, (normal(0.02), normal(1), normal(3)))
add("cosh-spelled", lambda x: (exp(x) + exp(-x)) / 2.0, (normal(0.02), normal(1), normal(3)))
add("asinh-spelled", lambda x: log(x + sqrt(x * x + 1.0)), WIDE)
add("exp-of-log-sum", lambda x: exp(log(x) + 0.5), POSITIVE)
add("geometric-mean", lambda x: exp(mean(log(x))), POSITIVE)
add("power-by-logs", lambda x: exp(0.45 * log(x)), POSITIVE)

# --- sums, means and counts ----------------------------------------------------------------------------------------
add("mean-by-factor", lambda x: sum_(x) * (1 / 20000), PIXELS, LONG)
add("mean-by-quotient", lambda x: sum_(x) / 20000.0, PIXELS, LONG)
add("mean-image", lambda x: sum_(x, (2, 3)) / 25600.0, PIXELS, IMAGE)
add("mean-twice", lambda x: sum_(sum_(x, 3), 2) / 25600.0, PIXELS, IMAGE)
add("mean-of-all", lambda x: sum_(x, (0, 1, 2, 3), keep=False) / 76800.0, PIXELS, IMAGE)
add("mean-by-ones", lambda x: (x @ np.full((20000, 1), 1, np.float32)) / 20000.0, PIXELS, LONG)
add("mean-by-cumsum", lambda x: cumsum(x).slice(-1, 20000) / 20000.0, PIXELS, LONG)
add("share-of-sum", lambda x: x / sum_(x), PIXELS, LONG)
add("share-of-sum-eps", lambda x: x / (sum_(x) + 1e-8), PIXELS, LONG)
add("share-of-norm1", lambda x: x / norm1(x), PIXELS, LONG)
add("share-of-image", lambda x: x / sum_(x, (2, 3)), PIXELS, IMAGE)
add("share-of-maximum", lambda x: x / max_(x), PIXELS, LONG)
add("centroid", lambda x: sum_(x * np.arange(20000, dtype=np.float32)) / sum_(x), PIXELS, LONG)
add("masked-mean", lambda x, m: sum_(x * to_float(m > 0.5)) / sum_(to_float(m > 0.5)),
    (uniform(0.01, 1), uniform(0.1, 20), uniform(0.4, 255)), ((2, 20000), (2, 20000)))  # fmt: skip
add("count", lambda x: sum_(to_float(x > 0.5)), PIXELS, LONG)
add("fraction-above", lambda x: sum_(to_float(x > 0.5)) / 20000.0, PIXELS, LONG)
add("running-mean", lambda x: cumsum(x) / np.arange(1, 20001, dtype=np.float32), PIXELS, LONG)
add("distribution-function", lambda x: cumsum(x) / sum_(x), PIXELS, LONG)
add("positions-by-cumsum", lambda x: cumsum(to_float(x > -1.0)) * (1 / 20000), PIXELS, LONG)
add("energy", lambda x: mean(x * x), (normal(0.01), normal(1), normal(1000)), LONG)
add("energy-by-sum", lambda x: sum_(x * x) / 20000.0, (normal(0.01), normal(1), normal(1000)), LONG)
add("energy-sum-square", lambda x: sum_square(x) / 20000.0, (normal(0.01), normal(1), normal(200)), LONG)
add("root-mean-square", lambda x: sqrt(mean(x * x)), WIDE, LONG)
add("root-mean-square-power", lambda x: mean(x**2.0) ** 0.5, WIDE, LONG)
add("l2-norm", lambda x: sqrt(sum_(x * x)), WIDE)
add("l2-norm-power", lambda x: sum_(x**2.0) ** 0.5, WIDE)
add("l2-normalise", lambda x: x / sqrt(sum_(x * x)), WIDE)
add("l2-normalise-epsilon", lambda x: x / sqrt(sum_(x * x) + 1e-12), WIDE)
add("l2-normalise-floor", lambda x: x / maximum(norm2(x), 1e-12), WIDE)
add("cosine-similarity", lambda a, b: sum_(a * b) / (sqrt(sum_(a * a)) * sqrt(sum_(b * b))), WIDE, TWO)
add("cosine-one-root", lambda a, b: sum_(a * b) / sqrt(sum_(a * a) * sum_(b * b)), WIDE, TWO)
add("correlation", lambda a, b: (lambda u, v: sum_(u * v) / sqrt(sum_(u * u) * sum_(v * v)))(a - mean(a), b - mean(b)),
    WIDE, TWO)  # fmt: skip
add("magnitude", lambda a, b: sqrt(a * a + b * b), WIDE, TWO)
add("magnitude-epsilon", lambda a, b: sqrt(a * a + b * b + 1e-9), WIDE, TWO)
add("power-spectrum-db", lambda a, b: 4.342944819 * log(a * a + b * b + 1e-10), WIDE, TWO)
add("decibels", lambda x: 20.0 * log(maximum(abs_(x), 1e-5)) * 0.4342944819, WIDE)
add("mu-law", lambda x: sign(x) * log(1.0 + 255.0 * abs_(x)) * (1 / math.log(256)), WIDE)
add("log-1p", lambda x: log(1.0 + x), POSITIVE)
add("log-epsilon", lambda x: log(x + 1e-8), (uniform(1e-6, 1e-4), uniform(0.01, 1), uniform(1, 1e4)))
add("harmonic-mean", lambda x: 64.0 / sum_(1.0 / x), POSITIVE)
add("reciprocal-small", lambda x: 1.0 / (x + 1e-6), (uniform(1e-4, 1e-3), uniform(0.1, 1), uniform(1, 1000)))
add("product", lambda x: prod(x), (uniform(0.9, 1), uniform(0.8, 1.25), uniform(0.5, 2.2)), ((4, 16),))
add("product-root", lambda x: prod(x) ** (1 / 16), (uniform(0.1, 1), uniform(0.8, 4), uniform(20, 90)), ((4, 16),))
add("product-ratio", lambda a, b: prod(a) / prod(b), (uniform(0.3, 1), uniform(2, 3), uniform(5, 6)), ((4, 16), (4, 16)))
add("cube", lambda x: x**3.0, (normal(0.1), normal(1), normal(10)))
add("cube-root-back", lambda x: (abs_(x) ** 3.0) ** (1 / 3), (normal(0.1), normal(1), normal(60)))
add("generalised-mean", lambda x: mean(abs_(x) ** 3.0) ** (1 / 3), (normal(0.1), normal(1), normal(60)))
add("generalised-mean-clamped", lambda x: mean(maximum(x, 1e-6) ** 3.0) ** (1 / 3), POSITIVE)
add("power-4-quotient", lambda x: x**4.0 / (x**4.0 + 1.0), (normal(0.5), normal(1), normal(30)))
add("square-quotient", lambda x: (x * x) / (1.0 + x * x), (normal(0.1), normal(1), normal(500)))
add("softsign-by-root", lambda x: x / sqrt(1.0 + x * x), WIDE)

# --- variance, norms, differences of near equals ---------------------------------------------------------------------
add("variance-two-moments", lambda x: mean(x * x) - mean(x) * mean(x), OFFSET)
add("variance-two-moments-square", lambda x: mean(x**2.0) - mean(x) ** 2.0, OFFSET)
add("variance-by-sums", lambda x: sum_(x * x) / 64.0 - (sum_(x) / 64.0) ** 2.0, OFFSET)
add("variance-flat", lambda x: mean(x * x, keep=False) - mean(x, keep=False) * mean(x, keep=False), OFFSET)
add("variance-image", lambda x: mean(x * x, (2, 3)) - mean(x, (2, 3)) ** 2.0, PIXELS, IMAGE)
add("variance-two-pass", lambda x: mean((x - mean(x)) ** 2.0), OFFSET)
add("deviation", lambda x: sqrt(mean(x * x) - mean(x) ** 2.0), OFFSET)
add("deviation-clamped", lambda x: sqrt(relu(mean(x * x) - mean(x) ** 2.0) + 1e-5), OFFSET)
add("variance-unbiased", lambda x: sum_((x - mean(x)) ** 2.0) / 63.0, OFFSET)
add("layer-norm-two-moments", lambda x: (x - mean(x)) / sqrt(mean(x * x) - mean(x) ** 2.0 + 1e-5), OFFSET)
add("layer-norm", lambda x: (lambda d: d / sqrt(mean(d * d) + 1e-5))(x - mean(x)), OFFSET)
add("layer-norm-stream", lambda x: (lambda d: d / sqrt(mean(d * d) + 1e-5))(x - mean(x)), STREAM)
add("layer-norm-tiny-epsilon", lambda x: (lambda d: d / sqrt(mean(d * d) + 1e-12))(x - mean(x)), SIGNED)
add("layer-norm-std", lambda x: (lambda d: d / (sqrt(mean(d * d)) + 1e-8))(x - mean(x)), OFFSET)
add("instance-norm-std", lambda x: (lambda d: d / (sqrt(mean(d * d, (2, 3))) + 1e-8))(x - mean(x, (2, 3))), PIXELS, IMAGE)
add("rms-norm", lambda x: x / sqrt(mean(x * x) + 1e-6), STREAM)
add("rms-norm-factor", lambda x: x * (1.0 / sqrt(mean(x**2.0) + 1e-6)), STREAM)
add("rms-norm-tiny", lambda x: x / sqrt(mean(x * x) + 1e-12), (normal(1e-3), normal(1), normal(1000)))
add("z-score-sums", lambda x: (x - sum_(x) / 20000.0) / sqrt(sum_(x * x) / 20000.0 - (sum_(x) / 20000.0) ** 2.0),
    OFFSET, LONG)  # fmt: skip
add("covariance", lambda a, b: mean(a * b) - mean(a) * mean(b) + 2.0, (normal(1, 0.5), normal(1, 10), normal(5, 100)), TWO)
add("skewness", lambda x: (lambda d: mean(d**3.0) / mean(d * d) ** 1.5)(x - mean(x)), (normal(0.1), normal(3), normal(60)))
add("kurtosis", lambda x: (lambda d: mean(d**4.0) / mean(d * d) ** 2.0)(x - mean(x)), (normal(0.1), normal(3), normal(60)))
add("min-max-scale", lambda x: (x - min_(x)) / (max_(x) - min_(x)), OFFSET)
add("min-max-scale-epsilon", lambda x: (x - min_(x)) / (max_(x) - min_(x) + 1e-8), OFFSET)
add("pair-distances", lambda a, b: sum_(a * a) + sum_(b * b).t(1, 0) - 2.0 * (a @ b.t(1, 0)),
    (normal(1), normal(1, 3), normal(5, 30)), ((8, 32), (8, 32)))  # fmt: skip
add("pair-distances-root", lambda a, b: sqrt(relu(sum_(a * a) + sum_(b * b).t(1, 0) - 2.0 * (a @ b.t(1, 0)))),
    (normal(1), normal(1, 3), normal(5, 30)), ((8, 32), (8, 32)))  # fmt: skip
add("square-difference", lambda a, b: a * a - b * b, OFFSET, TWO)
add("steps", lambda x: x.slice(1, 64) - x.slice(0, 63), OFFSET)
add("detrend", lambda x: x - (x.slice(0, 1) + x.slice(63, 64)) / 2.0, OFFSET)
add("local-contrast", lambda x: (x - mean(x)) / (mean(x) + 1e-6), OFFSET)
add("baseline-removed", lambda x: (x + 1000.0) - 1000.0)
add("root-minus-one", lambda x: sqrt(1.0 + x * x) - 1.0, (normal(0.05), normal(1), normal(30)))
add("one-minus-cosine", lambda x: 1.0 - cos(x), (normal(0.03), normal(1), normal(12)))
add("quadratic-root", lambda a, b: (sqrt(b * b + abs_(a)) - b) * 2.0, (uniform(0.5, 1), uniform(1, 10), uniform(20, 100)), TWO)
add("charbonnier", lambda a, b: sqrt((a - b) ** 2.0 + 1e-6), OFFSET, TWO)

# --- positions, angles, fractions ------------------------------------------------------------------------------------
add("fraction", lambda x: x - floor(x), PLACES)
add("fraction-mod", mod1, PLACES)
add("fraction-scaled", lambda x: (lambda p: p - floor(p))(x * 0.37 - 0.5), PLACES)
add("fraction-of-grid", lambda x: (lambda p: (p - floor(p)) * x)(to_float(to_int(x)) * 0.3 + 0.15), PLACES)
add("bilinear-weight", lambda x, v: (lambda f: (1.0 - f) * v + f * v * 2.0)(x - floor(x)), PLACES, TWO)
add("round-residue", lambda x: x - round_(x), PLACES)
add("wrapped-phase", lambda x: x - 6.283185307 * floor(x * (1 / 6.283185307)), PLACES)
add("wrapped-phase-round", lambda x: x - 6.283185307 * round_(x / 6.283185307), PLACES)
add("sine-of-position", lambda x: sin(x * 0.7), PLACES)
add("sine-of-grid", lambda x: sin(x * np.arange(1, 65, dtype=np.float32)), PLACES)
add("rotary", lambda x, p: (lambda a: x * cos(a) - x * sin(a))(p * np.float32(0.9)), PLACES, TWO)
add("phase-accumulator", lambda x: sin(6.283185307 * cumsum(x)), (uniform(0.01, 0.05), uniform(0.1, 0.3), uniform(0.3, 1)),
    ((1, 3000),))  # fmt: skip
add("phase-modulo", lambda x: sin(6.283185307 * mod1(cumsum(x))), (uniform(0.01, 0.05), uniform(0.1, 0.3), uniform(0.3, 1)),
    ((1, 3000),))  # fmt: skip
add("index-from-position", lambda x: to_float(to_int(x * 1.37)), PLACES)
add("time-since-first", lambda x: x - x.slice(0, 1), PLACES)
add("grid-times-stride", lambda x: (x + np.arange(64, dtype=np.float32)) * 32.0, (uniform(0, 1), uniform(0, 4), uniform(0, 40)))
add("normalised-grid", lambda x: 2.0 * x / 4095.0 - 1.0, PLACES)
add("log-distance-bucket", lambda x: log(x + 1.0) * 8.0, PLACES)
add("polynomial", lambda x: ((0.1 * x + 0.5) * x + 0.3) * x, (normal(0.1), normal(1), normal(20)))
add("decay-table", lambda x: exp(-(x / 500.0)), PLACES)

# --- masks -------------------------------------------------------------------------------------------------------------
add("mask-1e9", lambda x, m: softmax(x + (1.0 - to_float(m > 0.0)) * -1e9), SIGNED, TWO)
add("mask-finfo-min", lambda x, m: softmax(x + (1.0 - to_float(m > 0.0)) * -3.4028234663852886e38), SIGNED, TWO)
add("mask-two-added", lambda x, m: softmax(x + (1.0 - to_float(m > 0.0)) * -1e9 + (1.0 - to_float(x > 0.0)) * -1e9),
    (normal(0.02), normal(1), normal(4)), TWO)  # fmt: skip
add("mask-two-finfo", lambda x, m: softmax(
    x + ((1.0 - to_float(m > 0.0)) * -3.4028234663852886e38 + (1.0 - to_float(x > 0.0)) * -1e38)),
    (normal(0.02), normal(1), normal(4)), TWO)  # fmt: skip
add("mask-select", lambda x, m: softmax(where(m > 0.0, x, -3.4028234663852886e38)), SIGNED, TWO)
add("mask-infinity", lambda x, m: softmax(where(m > 0.0, x, -math.inf)), SIGNED, TWO)
add("mask-select-added", lambda x, m: softmax(x + where(m > 0.0, 0.0, -1e9)), SIGNED, TWO)
add("mask-maximum", lambda x, m: max_(x - 1e10 * (1.0 - to_float(m > -9.0))), SIGNED, TWO)
add("mask-product", lambda x, m: sum_(x * to_float(m > 0.0)) / (sum_(to_float(m > 0.0)) + 1e-9), SIGNED, TWO)
add("mask-causal-pair", lambda x, m: softmax(
    x + np.triu(np.full((64, 64), -1e9, np.float32), 1)[30:34] + where(m > 0.5, 0.0, -1e9)), SIGNED, TWO)
add("mask-minus-then-plus", lambda x, m: maximum(x - to_float(m > 0.0) * 1e6, -1.0) + 1.0, SIGNED, TWO)

# --- matrix products, integer accumulators, streams --------------------------------------------------------------------
ATTENTION = ((2, 16, 64), (2, 16, 64), (2, 16, 64))
add("attention-scaled-after", lambda q, k, v: softmax((q @ k.t(0, 2, 1)) / 8.0) @ v,
    (normal(0.1), normal(1), normal(50)), ATTENTION)  # fmt: skip
add("attention-factor-after", lambda q, k, v: softmax((q @ k.t(0, 2, 1)) * 0.125) @ v,
    (normal(0.1), normal(1), normal(50)), ATTENTION)  # fmt: skip
add("attention-scaled-before", lambda q, k, v: softmax((q * 0.125) @ k.t(0, 2, 1)) @ v, (normal(0.1), normal(1), normal(30)),
    ATTENTION)  # fmt: skip
add("scores-by-size", lambda a, b: (a @ b.t(0, 2, 1)) / 64.0, (normal(0.1), normal(1), normal(100)), ATTENTION[:2])
add("gram", lambda x: (x @ x.t(1, 0)) / 20000.0, (normal(0.1), normal(1), normal(200)), LONG)
add("gram-scaled-before", lambda x: (x / 20000.0) @ x.t(1, 0), (normal(0.1), normal(1), normal(200)), LONG)
add("linear-attention", lambda q, k, v: (lambda a, b: (a @ (b.t(0, 2, 1) @ v)) / (a @ sum_(b, 1).t(0, 2, 1)))(
    relu(q) + 1e-6, relu(k) + 1e-6), (normal(0.1), normal(1), normal(20)), ATTENTION)  # fmt: skip
add("dynamic-quantised-matmul", lambda x: (lambda q: to_float(matmul_integer(
    q[0], q[2], np.clip(np.rint(weights(256, 32) * 600), -127, 127).astype(np.int8))) * (q[1] * 0.002))(
    dynamic_quantize(x)), SIGNED, ((4, 256),))  # fmt: skip
add("dynamic-quantised-matmul-bias", lambda x: (lambda q: to_float(matmul_integer(
    q[0], q[2], np.clip(np.rint(weights(512, 32) * 900), -127, 127).astype(np.int8))) * (q[1] * 0.002) + weights(32))(
    dynamic_quantize(x)), SIGNED, ((4, 512),))  # fmt: skip
add("dynamic-quantised-conv", lambda x: (lambda q: to_float(conv_integer_1x1(
    q[0], q[2], RNG.integers(-120, 127, (8, 64, 1, 1), np.int8))) * q[1] * 0.01)(dynamic_quantize(x)),
    SIGNED, ((1, 64, 8, 8),))  # fmt: skip
add("dynamic-quantised-conv-channels", lambda x: (lambda q: to_float(conv_integer_1x1(
    q[0], q[2], RNG.integers(0, 127, (8, 64, 1, 1), np.int8))) * (q[1] * np.full((1, 8, 1, 1), 0.002, np.float32)))(
    dynamic_quantize(x)), POSITIVE, ((1, 64, 8, 8),))  # fmt: skip
add("stream-norm", lambda x: (lambda h: h / sqrt(mean(h * h) + 1e-6))(x + (x @ (weights(64, 64) * 3)) * 4.0), STREAM)
add("stream-grows", lambda x: (lambda h: h / sqrt(mean(h * h) + 1e-6))(
    (lambda a: a + relu(a @ (weights(64, 64) * 8)) * 9.0)(x + relu(x @ (weights(64, 64) * 8)) * 9.0)), STREAM)
add("gated-product-scaled", lambda a, b: (a * b) * 1e-3, (normal(0.5), normal(3), normal(400)), TWO)
add("square-then-mean-scaled", lambda x: (x * x) / 1000.0, (normal(1), normal(30), normal(1000)))
add("large-factor-and-back", lambda x: relu(x * 32768.0) * (1 / 32768.0), SIGNED)
add("tiny-factor-and-back", lambda x: (x * 1e-7) * 1e7, SIGNED)
add("nano-scale", lambda x: (x * 1e-6 + 2e-6) * 1e6, SIGNED)
