"""Has coremltools convert the transformer of transformer.py from torch, in the peers' environment.

A request is `{"layers", "width", "heads", "length", "output"}`; the answer holds the seconds
of conversion and saving (not of imports, building or tracing) and the peak memory of this
process in MB, so memory figures want a fresh process each.
"""

import json
import resource
import sys
import time


def build(layers: int, width: int, heads: int):
    """The transformer as a torch module."""
    import torch
    from torch import nn

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))

        def forward(self, x):
            def split(y):
                return y.reshape(1, x.shape[1], heads, width // heads).permute(0, 2, 1, 3)

            query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
            scores = (query @ key.transpose(-1, -2)) * (width / heads) ** -0.5
            mixed = (scores.softmax(-1) @ value).permute(0, 2, 1, 3)
            return self.output(mixed.reshape(1, x.shape[1], width))

    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2, self.attention = nn.LayerNorm(width), nn.LayerNorm(width), Attention()
            self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

        def forward(self, x):
            x = x + self.attention(self.norm1(x))
            return x + self.mlp(self.norm2(x))

    torch.manual_seed(0)
    return nn.Sequential(*(Layer() for _ in range(layers))).eval()


def convert(request: dict) -> dict:
    """Build, trace, then convert and save under the clock."""
    import coremltools
    import torch

    module = build(request["layers"], request["width"], request["heads"])
    example = torch.zeros(1, request["length"], request["width"])
    with torch.no_grad():
        traced = torch.jit.trace(module, example, check_trace=False)
    start = time.perf_counter()
    model = coremltools.convert(traced, inputs=[coremltools.TensorType("x", example.shape)],
                                minimum_deployment_target=coremltools.target.iOS17, skip_model_load=True)
    model.save(request["output"])
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        try:
            answer = convert(json.loads(line))
        except Exception as error:  # coremltools raises anything; the caller wants the words
            answer = {"error": f"coremltools: {type(error).__name__}: {error}"[:300]}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
