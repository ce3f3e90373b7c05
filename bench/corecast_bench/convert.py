"""Time and memory of a conversion: a large transformer beside coremltools, small models beside onnx2coreml."""

from __future__ import annotations

import pathlib
import shutil
import statistics

import feeds
from catalogue import Model, find_model, generated_models
from fetch import NotRun

from .context import Context, Failed, Worker, interleaved, progress
from .figures import Figure, faster, limit, not_run
from .transformer import Shape, write

LARGE = Shape(layers=24, width=1024, heads=16, length=64)  # 302 million weights
QUICK = ["espcn_subpixel", "blazeface_front", "magika"]
SHIPPED = [*QUICK, "silero_seq", "ppocr4_det", "ppocr2_cls", "basic_pitch", "picodet_layout",
           "pplcnet_orientation", "dnsmos", "wakeword_embedding", "g2p_lstm_encoder", "captcha_crnn"]
GENERATED = ["mobilenetv2.old", "resnet50.old", "vit_small.old"]


def convert_large_with_peer(context: Context) -> dict:
    """coremltools on the large transformer, in a process of its own."""
    package = context.scratch / "peer.mlpackage"
    with Worker(context, "torch_worker.py") as worker:
        answer = worker.ask(layers=LARGE.layers, width=LARGE.width, heads=LARGE.heads,
                            length=LARGE.length, output=str(package))
    shutil.rmtree(package)
    return answer


def large(context: Context) -> list[Figure]:
    """The large transformer: peak memory and time to an fp16 package."""
    name = f"{LARGE.parameters / 1e6:.0f} M-parameter transformer to fp16"
    progress(f"writing {LARGE.name} ({LARGE.parameters * 4 / 1e9:.1f} GB) where it is missing")
    model = write(LARGE, context.storage)
    ours, theirs = [], []
    for _ in range(1 if context.quick else 3):
        progress("corecast and coremltools convert the large transformer")
        ours.append(context.convert(model))
        theirs.append(convert_large_with_peer(context))
    weights_mb = LARGE.parameters * 4 / 2**20
    return [
        faster(f"{name}: time", "s", statistics.median(x.seconds for x in ours),
               statistics.median(x["seconds"] for x in theirs), 10),
        limit(f"{name}: peak memory", "MB", max(x.peak_mb for x in ours), 0.5 * weights_mb + 100,
              max(x["peak_mb"] for x in theirs)),
    ]


def small_models(quick: bool) -> list[Model]:
    """The small models: shipped ones, and generated ones as far as they were generated."""
    shipped = [find_model(name) for name in (QUICK if quick else SHIPPED)]
    made = [] if quick else [m for m in generated_models() if m.name in GENERATED and m.path.exists()]
    return shipped + made


def small(context: Context, worker: Worker, model: Model) -> Figure:
    """One small model, frozen, both ways from the same file."""
    name = f"{model.name} to fp16"
    frozen, package = context.scratch / f"{model.name}.frozen.onnx", context.scratch / "peer.mlpackage"

    def theirs() -> float:
        shutil.rmtree(package, ignore_errors=True)
        return worker.ask(convert=str(frozen), output=str(package))["seconds"]

    try:
        if not model.generated:
            feeds.prepare(model)
        worker.ask(freeze=str(model.path), feed=str(model.feed_path(0)), output=str(frozen))
        theirs()  # the first one also pays for imports that are done late
        medians = interleaved(2 if context.quick else 5,
                              ours=lambda: context.convert(pathlib.Path(frozen)).seconds, theirs=theirs)
    except (Failed, NotRun) as failure:
        return not_run(name, str(failure))
    return faster(name, "s", medians["ours"], medians["theirs"], 10)


def run(context: Context) -> list[Figure]:
    figures = []
    with Worker(context, "onnx_worker.py") as worker:
        for model in small_models(context.quick):
            progress(model.name)
            figures.append(small(context, worker, model))
    try:
        return figures + large(context)
    except Failed as failure:
        return [*figures, not_run("large transformer to fp16", str(failure))]
