"""scaled_dot_product_attention."""

import numpy as np

RNG = np.random.default_rng(8)


def oracle(q, k, v, mask=None, scale=None, causal=False):
    scores = q @ np.swapaxes(k, -1, -2) * (1 / np.sqrt(q.shape[-1]) if scale is None else scale)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf) if mask.dtype == np.bool_ else scores + mask
    if causal:
        scores = np.where(np.arange(scores.shape[-1]) <= np.arange(scores.shape[-2])[:, None], scores, -np.inf)
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True) @ v


def case(name, batch, length, keys, width, values, mask=None, attrs="", kind="f32", **options):
    dtype = {"f32": np.float32, "f16": np.float16}[kind]
    inputs = {
        "q": RNG.standard_normal([*batch, length, width]).astype(dtype),
        "k": RNG.standard_normal([*batch, keys, width]).astype(dtype),
        "v": RNG.standard_normal([*batch, keys, values]).astype(dtype),
    }
    if mask is not None:
        inputs["mask"] = mask if mask.dtype == np.bool_ else mask.astype(dtype)
    kinds = {np.float32: "f32", np.float16: "f16", np.bool_: "bool"}
    types = ", ".join(f"%{n}: {kinds[a.dtype.type]}{list(a.shape)}" for n, a in inputs.items())

    def expect(i):
        wide = {n: a if a.dtype == np.bool_ else a.astype(np.float64) for n, a in i.items()}
        return [oracle(wide["q"], wide["k"], wide["v"], wide.get("mask"), **options).astype(dtype)]

    return {
        "name": name,
        "op": "scaled_dot_product_attention",
        "ir": f"func @main({types}) {{\n  %y = scaled_dot_product_attention(query=%q, key=%k, value=%v"
        f"{', attn_mask=%mask' if mask is not None else ''}) {attrs}\n  return %y\n}}",
        "inputs": inputs,
        "expect": expect,
    }


KEEP = RNG.random((3, 5)) < 0.6
KEEP[:, 0] = True
CASES = [
    case("rank 3", [2], 3, 5, 4, 6),
    case("rank 4", [2, 3], 4, 4, 8, 8),
    case("f16", [1, 2], 3, 5, 4, 4, kind="f16"),
    case("a mask of bools", [2, 2], 3, 5, 4, 4, mask=KEEP),
    case("a mask of numbers per batch", [2, 2], 3, 5, 4, 4, mask=RNG.standard_normal((2, 1, 1, 5))),
    case("a mask that hides", [1], 2, 3, 4, 4, mask=np.array([[0.0, -np.inf, 0.0]])),
    case("causal", [2], 5, 5, 4, 4, attrs="{is_causal=true}", causal=True),
    case("a scale", [2], 3, 5, 4, 4, attrs="{scale=0.25}", scale=0.25),
    case("one key", [1], 3, 1, 4, 2),
]
