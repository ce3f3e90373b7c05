"""lstm, gru and rnn against numpy."""

import numpy as np

R = np.random.default_rng(10)


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


FUNCTIONS = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "scaled_tanh": np.tanh,
    "relu": lambda v: np.maximum(v, 0),
    "linear": lambda v: v,
    "hard_sigmoid": lambda v: np.clip(0.2 * v + 0.5, 0, 1),
    "sigmoid_hard": lambda v: np.clip(0.2 * v + 0.5, 0, 1),
}


def run(x, h, c, step, backward):
    """Outputs in the order of processing, and the final states."""
    outputs = []
    for t in range(len(x))[:: -1 if backward else 1]:
        h, c = step(x[t], h, c)
        outputs.append(h)
    return np.stack(outputs), h, c


def lstm_step(i, suffix, gate, squash, out, clip):
    w, r = i["w" + suffix], i["r" + suffix]
    n = r.shape[1]
    b, p = i.get("b" + suffix, np.zeros(4 * n)), i.get("p" + suffix, np.zeros(3 * n))

    def step(x, h, c):
        s = x @ w.T + h @ r.T + b
        si, sf, so, sz = s[:, :n], s[:, n : 2 * n], s[:, 2 * n : 3 * n], s[:, 3 * n :]
        c2 = gate(sf + p[n : 2 * n] * c) * c + gate(si + p[:n] * c) * squash(sz)
        if clip is not None:
            c2 = np.clip(c2, -clip, clip)
        return gate(so + p[2 * n :] * c2) * out(c2), c2

    return step


def text(op, inputs, operands, attrs, results, dtype):
    args = ", ".join(f"%{k}: {dtype}{list(v.shape)}" for k, v in inputs.items())
    given = ", ".join(f"{mil}=%{key}" for key, mil in operands.items() if key in inputs)
    names = ", ".join(f"%y{k}" for k in range(results))
    return f"func @main({args}) {{\n  {names} = {op}({given}) {{{', '.join(attrs)}}}\n  return {names}\n}}"


def finish(name, op, inputs, operands, attrs, results, expect, dtype):
    np_dtype = {"f16": np.float16, "f32": np.float32}[dtype]
    inputs = {k: v.astype(np_dtype) for k, v in inputs.items()}
    tolerance = 1e-5 if dtype == "f32" else 2e-3
    return {
        "name": f"{op}: {name}",
        "op": op,
        "ir": text(op, inputs, operands, attrs, results, dtype),
        "inputs": inputs,
        "expect": lambda i: [y.astype(np_dtype) for y in expect({k: v.astype(np.float64) for k, v in i.items()})],
        "rtol": tolerance,
        "atol": tolerance,
    }


def lstm(name, steps=4, batch=2, inputs=3, hidden=2, direction="forward", sequence=True, bias=True, peephole=False,
         clip=None, gate="sigmoid", squash="tanh", out="tanh", dtype="f32"):
    both = direction == "bidirectional"
    data = {"x": R.normal(size=(steps, batch, inputs)), "h": R.normal(size=(batch, hidden * (1 + both))),
            "c": R.normal(size=(batch, hidden * (1 + both)))}
    for s in ["", "k"] if both else [""]:
        data["w" + s], data["r" + s] = R.normal(size=(4 * hidden, inputs)), R.normal(size=(4 * hidden, hidden))
        if bias:
            data["b" + s] = R.normal(size=4 * hidden)
        if peephole:
            data["p" + s] = R.normal(size=3 * hidden)
    operands = {"x": "x", "h": "initial_h", "c": "initial_c", "w": "weight_ih", "r": "weight_hh", "b": "bias",
                "p": "peephole", "wk": "weight_ih_back", "rk": "weight_hh_back", "bk": "bias_back", "pk": "peephole_back"}
    attrs = [f'direction="{direction}"', f"output_sequence={str(sequence).lower()}", f'recurrent_activation="{gate}"',
             f'cell_activation="{squash}"', f'activation="{out}"']
    if clip is not None:
        attrs.append(f"clip={float(clip)}")

    def expect(i):
        functions = FUNCTIONS[gate], FUNCTIONS[squash], FUNCTIONS[out], clip
        y, h, c = run(i["x"], i["h"][:, :hidden], i["c"][:, :hidden], lstm_step(i, "", *functions), direction == "reverse")
        if both:
            y2, h2, c2 = run(i["x"], i["h"][:, hidden:], i["c"][:, hidden:], lstm_step(i, "k", *functions), True)
            y, h, c = np.concatenate([y, y2[::-1]], -1), np.hstack([h, h2]), np.hstack([c, c2])
        return [y if sequence else h[None], h, c]

    return finish(name, "lstm", data, operands, attrs, 3, expect, dtype)


def gru(name, steps=4, batch=2, inputs=3, hidden=2, direction="forward", sequence=True, bias=True, input_bias=False,
        after=False, gate="sigmoid", squash="tanh", dtype="f32"):
    n = hidden
    data = {"x": R.normal(size=(steps, batch, inputs)), "h": R.normal(size=(batch, n)), "w": R.normal(size=(3 * n, inputs)),
            "r": R.normal(size=(3 * n, n))}
    if bias:
        data["b"] = R.normal(size=3 * n)
    if input_bias:
        data["ib"] = R.normal(size=3 * n)
    operands = {"x": "x", "h": "initial_h", "w": "weight_ih", "r": "weight_hh", "b": "bias", "ib": "input_bias"}
    attrs = [f'direction="{direction}"', f"output_sequence={str(sequence).lower()}", f'recurrent_activation="{gate}"',
             f'activation="{squash}"', f"reset_after={str(after).lower()}"]

    def expect(i):
        f, g, rw = FUNCTIONS[gate], FUNCTIONS[squash], i["r"]
        b = i.get("b", np.zeros(3 * n))

        def step(x, h, c):
            s = x @ i["w"].T + i.get("ib", np.zeros(3 * n))
            reset = f(s[:, :n] + h @ rw[:n].T + b[:n])
            keep = f(s[:, 2 * n :] + h @ rw[2 * n :].T + b[2 * n :])
            mid = slice(n, 2 * n)
            inner = reset * (h @ rw[mid].T + b[mid]) if after else (reset * h) @ rw[mid].T + b[mid]
            return (1 - keep) * g(s[:, mid] + inner) + keep * h, c

        y, h, _ = run(i["x"], i["h"], None, step, direction == "reverse")
        return [y if sequence else h[None], h]

    return finish(name, "gru", data, operands, attrs, 2, expect, dtype)


def rnn(name, steps=4, batch=2, inputs=3, hidden=2, direction="forward", sequence=True, bias=True, activation="tanh",
        dtype="f32"):
    data = {"x": R.normal(size=(steps, batch, inputs)), "h": R.normal(size=(batch, hidden)),
            "w": R.normal(size=(hidden, inputs)), "r": R.normal(size=(hidden, hidden))}
    if bias:
        data["b"] = R.normal(size=hidden)
    operands = {"x": "x", "h": "initial_h", "w": "weight_ih", "r": "weight_hh", "b": "bias"}
    attrs = [f'direction="{direction}"', f"output_sequence={str(sequence).lower()}", f'activation="{activation}"']

    def expect(i):
        def step(x, h, c):
            return FUNCTIONS[activation](x @ i["w"].T + h @ i["r"].T + i.get("b", 0)), c

        y, h, _ = run(i["x"], i["h"], None, step, direction == "reverse")
        return [y if sequence else h[None], h]

    return finish(name, "rnn", data, operands, attrs, 2, expect, dtype)


CASES = [
    lstm("forward"),
    lstm("reverse", direction="reverse"),
    lstm("bidirectional", direction="bidirectional"),
    lstm("bidirectional, last step", direction="bidirectional", sequence=False, bias=False),
    lstm("bidirectional, peepholes, clip", direction="bidirectional", peephole=True, clip=0.5),
    lstm("reverse, last step", direction="reverse", sequence=False),
    lstm("one step, peepholes", steps=1, peephole=True),
    lstm("other activations", gate="hard_sigmoid", squash="relu", out="linear"),
    lstm("half precision", inputs=16, hidden=8, dtype="f16"),
    gru("forward"),
    gru("reverse, last step", direction="reverse", sequence=False),
    gru("no bias", bias=False),
    gru("reset after", input_bias=True, after=True),
    gru("reset after, one bias, reverse", after=True, direction="reverse"),
    gru("input bias, reset before", input_bias=True),
    gru("other activations", gate="sigmoid_hard", squash="relu"),
    rnn("forward"),
    rnn("reverse, relu", direction="reverse", activation="relu"),
    rnn("last step, no bias", sequence=False, bias=False, activation="sigmoid"),
]
