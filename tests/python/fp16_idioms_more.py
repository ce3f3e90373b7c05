"""More idioms: of losses, statistics, signals, images and kinds of attention."""

import numpy as np
from fp16_expressions import (
    abs_, cos, cumsum, exp, floor, log, max_, maximum, mean, min_, norm2, round_, sigmoid, sign, softmax, sqrt,
    sum_, tanh, to_float, to_int, where,
)  # fmt: skip
from fp16_idioms import (
    ATTENTION, IMAGE, LOGITS, OFFSET, PIXELS, PLACES, POSITIVE, SIGNED, TWO, WIDE, add, normal, uniform,
    weights,
)  # fmt: skip

C3 = ((1, 8, 12, 12),)

add("softplus-channels", lambda x: log(exp(x) + 1.0) + np.full((1, 8, 1, 1), 0.1, np.float32), SIGNED, C3)
add("softplus-squared", lambda x: log(1.0 + exp(x)) ** 2.0)
add("softplus-beta3-div", lambda x: 1 / 3.0 * log(1.0 + exp(x * 3.0)))
add("softplus-sum", lambda x: sum_(log(1.0 + exp(x))))
add("softplus-inv", lambda x: 1.0 / log(1.0 + exp(x)), (normal(0.02), normal(1), normal(3)))
add("softplus-minus", lambda a, b: log(1.0 + exp(a)) - log(1.0 + exp(b)), SIGNED, TWO)
add("inverse-softplus", lambda x: log(exp(abs_(x) + 0.1) - 1.0))
add("inverse-softplus2", lambda x: x + log(1.0 - exp(-x)), (uniform(0.1, 0.5), uniform(1, 3), uniform(5, 30)))
add("log1mexp", lambda x: log(1.0 - exp(-x)), (uniform(0.1, 0.5), uniform(0.5, 2), uniform(1, 6)))
add("logit", lambda x: log(x / (1.0 - x)), (uniform(0.1, 0.2), uniform(0.2, 0.8), uniform(0.01, 0.99)))
add("logit2", lambda x: log(x) - log(1.0 - x), (uniform(0.1, 0.2), uniform(0.2, 0.8), uniform(0.01, 0.99)))
add("gated-tanh", lambda a, b: (exp(a) - exp(-a)) / (exp(a) + exp(-a)) * (1.0 / (1.0 + exp(-b))), SIGNED, TWO)
add("hard-attn", lambda x: exp(x * 5.0) / sum_(exp(x * 5.0)), (normal(0.1), normal(1), normal(6)))
add("softmax-two-axes-4d", lambda x: exp(x) / sum_(exp(x), (2, 3)), LOGITS, C3)
add("spatial-soft-argmax", lambda x: sum_(exp(x) / sum_(exp(x), (2, 3)) * np.linspace(-1, 1, 12,
    dtype=np.float32), (2, 3)), LOGITS, C3)  # fmt: skip
add("lse-pool", lambda x: log(sum_(exp(x), (2, 3)) / 144.0), LOGITS, C3)
add("lse-pool-r", lambda x: log(mean(exp(4.0 * x), (2, 3))) / 4.0, (normal(1), normal(3), normal(4)), C3)
add("boltzmann", lambda x: sum_(x * exp(x)) / sum_(exp(x)), LOGITS)
add("boltzmann2", lambda x: sum_(x * exp(x) / sum_(exp(x))), LOGITS)
add("nll", lambda x: -(x.slice(3, 4) - log(sum_(exp(x)))), LOGITS)
add("focal", lambda x: (1.0 - sigmoid(x)) ** 2.0 * log(sigmoid(x)), SIGNED)
add("log-odds", lambda x: log(sigmoid(x)) - log(1.0 - sigmoid(x)), (normal(0.1), normal(1), normal(7)))
add("perplexity", lambda x: exp(-mean(x)), (normal(0.1), normal(1), uniform(-9, -1)))
add("rbf", lambda a, b: exp(-sum_((a - b) ** 2.0) * 0.001), (normal(0.1), normal(1), normal(8)), TWO)
add("student-t", lambda a, b: 1.0 / (1.0 + sum_((a - b) ** 2.0)), (normal(0.1), normal(1), normal(60)), TWO)
add("student-share", lambda a: (lambda q: q / sum_(q, 0))(1.0 / (1.0 + a * a)), (normal(0.1), normal(1), normal(100)))
add("sinkhorn", lambda x: (lambda e: e / sum_(e, 0))((lambda e: e / sum_(e))(exp(x))), LOGITS)
add("sinkhorn-log", lambda x: x - log(sum_(exp(x), 0)) - log(sum_(exp(x))), LOGITS)
add("z-norm-global", lambda x: (x - mean(x, (0, 1))) / sqrt(mean((x - mean(x, (0, 1))) ** 2.0, (0, 1))), OFFSET)
add("std-unbiased", lambda x: sqrt(sum_((x - mean(x)) ** 2.0) / 63.0), OFFSET)
add("std-two-sum", lambda x: sqrt((sum_(x * x) - sum_(x) * sum_(x) / 64.0) / 63.0), OFFSET)
add("var-abs", lambda x: abs_(mean(x * x) - mean(x) ** 2.0), OFFSET)
add("var-long", lambda x: mean(x * x) - mean(x) * mean(x), OFFSET, ((2, 5000),))
add("snr", lambda a, b: 4.3429 * log(mean(a * a) / mean((a - b) ** 2.0)), (normal(0.1), normal(1), normal(500)), TWO)
add("si-snr", lambda a, b: (lambda s: s * b)(sum_(a * b) / (sum_(b * b) + 1e-08)), (normal(0.1), normal(1),
    normal(500)), TWO)  # fmt: skip
add("projection", lambda a, b: a - b * (sum_(a * b) / sum_(b * b)), (normal(0.1), normal(1), normal(500)), TWO)
add("pearson", lambda a, b: mean((a - mean(a)) * (b - mean(b))) / (sqrt(mean((a - mean(a)) ** 2.0)) * sqrt(mean((b
    - mean(b)) ** 2.0))), (normal(0.1), normal(1), normal(500)), TWO)  # fmt: skip
add("grn", lambda x: (lambda g: x * (g / (mean(g, 1) + 1e-06)))(sqrt(sum_(x * x, (2, 3)))), WIDE, C3)
add("grn-norm2", lambda x: (lambda g: x * (g / (mean(g, 1) + 1e-06)))(norm2(x, (2, 3))), WIDE, C3)
add("lrn", lambda x: x / (1.0 + 0.0001 * sum_(x * x, 1)) ** 0.75, WIDE, C3)
add("std-pool", lambda x: sqrt(mean(x * x, (2, 3)) - mean(x, (2, 3)) ** 2.0 + 1e-06), OFFSET, C3)
add("attn-stat-pool", lambda x, w: sqrt(sum_(softmax(w) * x * x) - sum_(softmax(w) * x) ** 2.0), OFFSET, TWO)
add("attn-stat-pool2", lambda x, w: sqrt(maximum(sum_(softmax(w) * x * x) - sum_(softmax(w) * x) ** 2.0, 1e-05)),
    (normal(1), normal(3), normal(5, 30)), TWO)  # fmt: skip
add("global-sum-pool", lambda x: sum_(x, (2, 3)) * (1 / 25600.0), PIXELS, IMAGE)
add("pixel-mean-center", lambda x: x - sum_(x, (2, 3)) / 25600.0, PIXELS, IMAGE)
add("histogram", lambda x: sum_(to_float(x > 10.0), (2, 3)) / 25600.0, PIXELS, IMAGE)
add("bg-fraction", lambda x: 1.0 - sum_(to_float(x > 0.01), (2, 3)) / 25600.0, PIXELS, IMAGE)
add("gray-world", lambda x: x * (mean(x, (1, 2, 3)) / mean(x, (2, 3))), PIXELS, IMAGE)
add("gamma", lambda x: (x / 255.0) ** 2.2 * 255.0, PIXELS, IMAGE)
add("gamma2", lambda x: x**2.2, PIXELS, IMAGE)
add("log-mel-norm", lambda x: (log(x * x + 1e-06) + 4.0) / 4.0, WIDE)
add("pcen", lambda x: (x / (x + 1e-06) ** 0.98 + 2.0) ** 0.5 - 2.0**0.5, POSITIVE)
add("energy-db", lambda x: 4.3429 * log(sum_(x * x) / 64.0 + 1e-10), WIDE)
add("rms-gain", lambda x: x * (0.1 / (sqrt(mean(x * x)) + 1e-09)), WIDE)
add("magphase", lambda a, b: a / sqrt(a * a + b * b), WIDE, TWO)
add("complex-div", lambda a, b: (a * a + b * a) / (a * a + b * b), WIDE, TWO)
add("wiener", lambda a, b: a * a / (a * a + b * b + 1e-08), WIDE, TWO)
add("irm", lambda a, b: sqrt(a * a / (a * a + b * b)), WIDE, TWO)
add("cumulative-mean", lambda x: cumsum(x) / np.arange(1, 3001, dtype=np.float32), PIXELS, ((1, 3000),))
add("cum-var", lambda x: cumsum(x * x) / np.arange(1, 3001, dtype=np.float32) - (cumsum(x) / np.arange(1, 3001,
    dtype=np.float32)) ** 2.0, OFFSET, ((1, 3000),))  # fmt: skip
add("alpha-bar", lambda x: exp(cumsum(log(1.0 - x))), (uniform(0.0001, 0.001), uniform(0.001, 0.02), uniform(0.01,
    0.05)), ((1, 200),))  # fmt: skip
add("frac-time", lambda x: x * 25.0 - floor(x * 25.0), (uniform(0, 4), uniform(0, 40), uniform(50, 160)))
add("bin-weight", lambda x: (lambda p: p - to_float(to_int(p)))(x * 0.5), PLACES)
add("ceil-minus", lambda x: round_(x + 0.5) - x, PLACES)
add("tri-wave", lambda x: abs_((x * 0.1 - floor(x * 0.1)) * 2.0 - 1.0), PLACES)
add("uv-grid", lambda x: (x + 0.5) / 4096.0 * 2.0 - 1.0, PLACES)
add("pos-quot", lambda x: floor(x / 7.0), PLACES)
add("haversine", lambda a, b: 1.0 - cos((a - b) * 0.01), (normal(1), normal(5), normal(100)), TWO)
add("norm-angle", lambda a, b: sum_(a * b) / (norm2(a) * norm2(b) + 1e-08), WIDE, TWO)
add("arcface", lambda a, b: (lambda x, w: x @ w.t(1, 0) * 30.0)(a / norm2(a), b / norm2(b)), WIDE, ((8, 32), (8, 32)))
add("cdist-sqrt", lambda a, b: sqrt(sum_((a - b) ** 2.0)), WIDE, TWO)
add("inv-dist-weight", lambda a, b: (lambda w: w / sum_(w))(1.0 / ((a - b) ** 2.0 + 1e-08)), (normal(0.1),
    normal(1), normal(100)), TWO)  # fmt: skip
add("mask-fill-mean", lambda x, m: sum_(where(m > 0.0, x, 0.0)) / maximum(sum_(to_float(m > 0.0)), 1.0), WIDE, TWO)
add("mask-max-min", lambda x, m: max_(where(m > 0.0, x, -1e+30)) - min_(where(m > 0.0, x, 1e+30)), WIDE, TWO)
add("topk-mask", lambda x: softmax(where(x > max_(x) - 1.0, x, -1e+38)), SIGNED)
add("mask-add-neg-1e4", lambda x, m: softmax(x + (1.0 - to_float(m > 0.0)) * -10000.0), SIGNED, TWO)
add("mask-mul-1e30", lambda x, m: softmax(x - 1e+30 * (1.0 - to_float(m > 0.0))), SIGNED, TWO)
add("alibi", lambda q, k, v: softmax(q @ k.t(0, 2, 1) * 0.125 + -0.5 * np.arange(16, dtype=np.float32)) @ v,
    (normal(0.1), normal(1), normal(40)), ATTENTION)  # fmt: skip
add("attn-softcap", lambda q, k, v: softmax(50.0 * tanh(q @ k.t(0, 2, 1) * 0.125 / 50.0)) @ v, (normal(0.1),
    normal(1), normal(40)), ATTENTION)  # fmt: skip
add("attn-exp", lambda q, k, v: (lambda e: e / sum_(e) @ v)(exp(q @ k.t(0, 2, 1) * 0.125)), (normal(0.1),
    normal(1), normal(2)), ATTENTION)  # fmt: skip
add("cos-attn", lambda q, k, v: softmax(q / norm2(q) @ (k / norm2(k)).t(0, 2, 1) * 10.0) @ v, WIDE, ATTENTION)
add("retention", lambda q, k, v: (lambda s: s / maximum(abs_(sum_(s)), 1.0) @ v)(q @ k.t(0, 2, 1)), (normal(0.1),
    normal(1), normal(40)), ATTENTION)  # fmt: skip
add("efficient-attn", lambda q, k, v: softmax(q) @ (softmax(k, 1).t(0, 2, 1) @ v), (normal(0.1), normal(1),
    normal(40)), ATTENTION)  # fmt: skip
add("elu-plus-one-attn", lambda q, k, v: (lambda a, b: a @ (b.t(0, 2, 1) @ v) / (a @ sum_(b, 1).t(0, 2, 1) +
    1e-06))(where(q > 0.0, q + 1.0, exp(q)), where(k > 0.0, k + 1.0, exp(k))), (normal(0.1), normal(1),
    normal(40)), ATTENTION)  # fmt: skip
add("bilinear-form", lambda a, b: sum_(a @ weights(64, 64) * b), (normal(0.1), normal(1), normal(60)), TWO)
add("poly-kernel", lambda a, b: (a @ b.t(1, 0) / 32.0 + 1.0) ** 3.0, (normal(0.1), normal(1), normal(8)), ((8,
    32), (8, 32)))  # fmt: skip
add("squash", lambda x: (lambda s: s / (1.0 + s) * x / sqrt(s + 1e-09))(sum_(x * x)), WIDE)
add("power-norm", lambda x: sign(x) * sqrt(abs_(x)), WIDE)
add("rational", lambda x: (x * x * x + x) / (x * x * x * x + 1.0), (normal(0.5), normal(1), normal(30)))
add("swish-beta-gate", lambda x: x * (1.0 / (1.0 + exp(-1.3 * x))) * 0.9)
add("mish-full", lambda x: (lambda e: x * ((e * e + 2.0 * e) / (e * e + 2.0 * e + 2.0)))(exp(x)))
add("gelu-erf-like", lambda x: 0.5 * x * (1.0 + tanh(x * 0.79788456 * (1.0 + 0.044715 * x * x))), WIDE)
add("logistic-4", lambda x: 4.0 / (1.0 + exp(-(x - 1.0) / 0.5)) - 2.0)
add("bce-mean", lambda x, y: mean(maximum(x, 0.0) - x * y + log(1.0 + exp(-abs_(x)))), SIGNED, TWO)
add("gumbel", lambda u: -log(-log(u)), (uniform(0.1, 0.2), uniform(0.2, 0.8), uniform(0.01, 0.99)))
add("hinge-log", lambda x: log(1.0 + exp(-10.0 * x)) / 10.0, (normal(0.02), normal(1), normal(6)))
add("crf-step", lambda a, t: log(sum_(exp(a.reshape(4, 64, 1) + t.reshape(1, 64, 64)), 1)), LOGITS, ((4, 64), (64,
    64)))  # fmt: skip
add("hmm-forward", lambda a, t: log(exp(a) @ exp(t)), (normal(0.1), normal(3), normal(9)), ((4, 64), (64, 64)))
add("hmm-shift", lambda a, t: log(exp(a - max_(a)) @ exp(t)) + max_(a), (normal(0.1), normal(3), normal(8)), ((4,
    64), (64, 64)))  # fmt: skip
add("lse-minus-max", lambda x: log(sum_(exp(x))) - max_(x), LOGITS)
add("evidence", lambda x: 64.0 / sum_(exp(x) + 1.0), LOGITS)
add("dirichlet", lambda x: (exp(x) + 1.0) / sum_(exp(x) + 1.0), LOGITS)
add("lognormal-mean", lambda a, b: exp(a + b * b / 2.0), (normal(0.1), normal(1), normal(2)), TWO)
add("kl-gauss", lambda m, v: 0.5 * (exp(v) + m * m - 1.0 - v), (normal(0.5), normal(1), normal(3)), TWO)
add("weight-norm", lambda x: x * (2.0 / sqrt(sum_(x * x, (0, 1)))), WIDE)
add("demod", lambda x: x / sqrt(sum_(x * x, 0) + 1e-08), WIDE)
add("spectral-centroid", lambda x: sum_(x * np.arange(64, dtype=np.float32)) / (sum_(x) + 1e-08), POSITIVE)
add("spectral-centroid-hz", lambda x: sum_(x * np.linspace(0, 8000, 64, dtype=np.float32)) / (sum_(x) + 1e-08),
    POSITIVE)  # fmt: skip
add("autocorr", lambda x: x.slice(1, 64) * x.slice(0, 63), (normal(0.1), normal(1), normal(60)))
add("autocorr-norm", lambda x: sum_(x.slice(1, 64) * x.slice(0, 63)) / sum_(x * x), WIDE)
add("mean-square-diff", lambda a, b: mean((a - b) ** 2.0), (normal(0.1), normal(1), normal(60)), TWO)
add("ssim", lambda a, b: (2.0 * mean(a) * mean(b) + 6.5) * (2.0 * (mean(a * b) - mean(a) * mean(b)) + 58.5) /
    ((mean(a) ** 2.0 + mean(b) ** 2.0 + 6.5) * (mean(a * a) - mean(a) ** 2.0 + mean(b * b) - mean(b) ** 2.0 +
    58.5)), (uniform(0, 10), uniform(0, 80), uniform(0, 255)), TWO)  # fmt: skip
add("psnr-like", lambda a, b: 4.3429 * log(65025.0 / mean((a - b) ** 2.0)), (uniform(0, 10), uniform(0, 80),
    uniform(0, 255)), TWO)  # fmt: skip
add("sad-mean", lambda a, b: sum_(abs_(a - b), (2, 3)) / 25600.0, PIXELS, IMAGE * 2)
add("zero-mean-ncc", lambda a, b: (lambda u, v: mean(u * v) / sqrt(mean(u * u) * mean(v * v) + 1e-06))(a -
    mean(a), b - mean(b)), PIXELS, TWO)  # fmt: skip
add("rgb2y", lambda x: sum_(x * np.array([0.299, 0.587, 0.114], np.float32).reshape(1, 3, 1, 1), 1), PIXELS, IMAGE)
