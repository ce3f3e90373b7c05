"""What the optimisation passes cost on a deep graph of small ops, and how that grows."""

from __future__ import annotations

import shutil

from .context import Context, Failed, Worker, interleaved, progress
from .figures import Figure, limit
from .transformer import Shape, write

DEEP = Shape(layers=200, width=32, heads=4, length=8)
TWICE = Shape(layers=400, width=32, heads=4, length=8)


def passes_milliseconds(context: Context, shape: Shape) -> float:
    """The time that `corecast convert` says it spent in passes."""
    outcome = context.convert(write(shape, context.storage))
    try:
        return outcome.document["result"]["timings"]["passes_ms"]
    except KeyError as error:
        raise Failed(f"convert --json has no result.timings.passes_ms ({error})") from error


def peer_milliseconds(context: Context) -> float | None:
    """The whole conversion by coremltools, nearly all of it passes; None where that takes too long."""
    if context.quick:
        return None
    progress("coremltools converts 200 small layers (this takes minutes)")
    package = context.scratch / "peer.mlpackage"
    with Worker(context, "torch_worker.py") as worker:
        answer = worker.ask(layers=DEEP.layers, width=DEEP.width, heads=DEEP.heads,
                            length=DEEP.length, output=str(package))
    shutil.rmtree(package)
    return answer["seconds"] * 1e3


def run(context: Context) -> list[Figure]:
    medians = interleaved(3 if context.quick else 7,
                          once=lambda: passes_milliseconds(context, DEEP),
                          twice=lambda: passes_milliseconds(context, TWICE))
    note = "" if context.quick else "the peer's figure is its whole conversion"
    return [
        limit("passes over 200 small layers", "ms", medians["once"], 300, peer_milliseconds(context), note),
        limit("  growth when the layers double", "x", medians["twice"] / medians["once"], 2.3),
    ]
