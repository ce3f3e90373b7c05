"""The picture of a compression."""

from __future__ import annotations

import os

from .errors import AbsentError


def plot_weights(compression, path: str | os.PathLike) -> None:
    """One point per compressed weight: stored bytes against relative error, coloured by scheme."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise AbsentError("plots need matplotlib", code="E4003", help='pip install "corecast[plot]"') from None
    figure = Figure(figsize=(8, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    schemes = sorted({w.scheme for w in compression.weights if w.compressed})
    for scheme in schemes:
        weights = [w for w in compression.weights if w.scheme == scheme]
        axes.scatter(
            [w.bytes_after for w in weights],
            [max(w.relative_error, 1e-9) for w in weights],
            label=scheme,
            s=24,
            alpha=0.8,
        )
    worst = sorted((w for w in compression.weights if w.compressed), key=lambda w: -w.relative_error)[:3]
    for w in worst:
        axes.annotate(w.name, (w.bytes_after, max(w.relative_error, 1e-9)), fontsize=7, xytext=(4, 4), textcoords="offset points")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("stored bytes")
    axes.set_ylabel("relative error of the weight")
    axes.set_title(f"{compression.bits_per_weight:.2f} bits per weight")
    if schemes:
        axes.legend(fontsize=8)
    figure.savefig(path)
