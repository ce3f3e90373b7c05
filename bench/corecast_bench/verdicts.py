"""Whether a verdict can be believed: good models that are doubted, damaged ones that pass.

Good models are validated on made-up inputs of many seeds; whatever is not ok is a false alarm. Damaged packages are made
of damaged source models (damage.py), and by compression that leaves nothing; each is held against the undamaged
source. What a damage does is measured here, by ONNX Runtime's outputs of the undamaged source: the squared error of the
damaged package, over that of the good one. Beside them: fp16 idioms, and what `check` foresees.
"""

from __future__ import annotations

import dataclasses
import importlib
import math
import pathlib
import statistics
import sys
import time

import numpy as np
import onnx

import feeds
from catalogue import Model, generated_models, shipped_models
from corecast_command import ROOT, measured
from fetch import NotRun

from .context import Context, progress
from .damage import DAMAGES, damaged
from .figures import Figure, limit, not_run

SEEDS = 16
PRECISIONS = ["fp16", "auto", "fp32"]
TWICE = 2.0  # times the good package's error: a damage that shows
DESTROYED = 20.0  # dB
PLACES = 3  # of each damage in each model
LARGEST = 150  # MB, with external data: larger models are damaged and seeded no more than others, only for longer
QUICK = ["espcn_resize", "blazeface_front", "g2p_lstm_encoder"]


def corecast(context: Context):
    """The Python module of the build that is measured."""
    if str(context.module) not in sys.path:
        sys.path.insert(0, str(context.module))
    import corecast as module

    return module


def good_models(context: Context) -> list[Model]:
    """Those that convert as they are, with feeds."""
    out = []
    for model in [*shipped_models(), *generated_models()]:
        small = not model.generated or model.quick or model.path.exists()
        if model.kind != "onnx" or model.refused is not None or not small:
            continue
        if context.quick and model.name not in QUICK:
            continue
        try:
            if not model.generated:
                feeds.prepare(model)
        except NotRun:
            continue
        if model.path.exists():
            out.append(model)
    return out


@dataclasses.dataclass
class Tally:
    """What was asked, and what came out otherwise than it must."""

    asked: int = 0
    wrong: list[str] = dataclasses.field(default_factory=list)

    def note(self) -> str:
        """A few of the wrong ones."""
        shown = ", ".join(self.wrong[:4]) + (", ..." if len(self.wrong) > 4 else "")
        return f"of {self.asked}" + (f": {shown}" if shown else "")


def false_alarms(context: Context, models: list[Model]) -> list[Figure]:
    """Good models on made-up inputs of many seeds."""
    cc = corecast(context)
    tally = Tally()
    for model in models:
        progress(f"{model.name}: seeds ({len(tally.wrong)} of {tally.asked} in doubt so far)")
        for precision in PRECISIONS:
            try:
                package = cc.convert(str(model.path), precision=precision, inputs=model.convert)
            except cc.Error:
                continue
            for seed in range(2 if context.quick else SEEDS):
                report = cc.validate(str(model.path), package, inputs=model.convert, seed=seed)
                tally.asked += 1
                if not report.passed:
                    tally.wrong.append(f"{model.name} {precision} seed {seed} {report.verdict}")
    rate = 100 * len(tally.wrong) / max(tally.asked, 1)
    return [limit(f"false alarms, {len(models)} models", "%", rate, 0.5, note=tally.note())]


def energies(wanted: dict, got: dict) -> dict[str, tuple[float, float]]:
    """By output: the squares of what was wanted, and of the error."""
    out = {}
    for (name, reference), answer in zip(wanted.items(), got.values(), strict=True):
        r, a = np.asarray(reference, np.float64), np.asarray(answer, np.float64)
        finite = np.isfinite(r) & np.isfinite(a.reshape(r.shape))
        error = np.where(finite, a.reshape(r.shape) - r, 0)
        broken = np.any(np.isfinite(r) != np.isfinite(a.reshape(r.shape)))
        out[name] = (float(np.sum(np.where(finite, r, 0) ** 2)), math.inf if broken else float(np.sum(error**2)))
    return out


class Source:
    """A model whose undamaged answer is known."""

    def __init__(self, context: Context, model: Model):
        import onnxruntime as ort

        self.cc, self.model = corecast(context), model
        self.proto = onnx.load(model.path)
        self.feed = {k: v for k, v in np.load(model.feed_path(0)).items()}
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 3
        session = ort.InferenceSession(str(model.path), options, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        self.wanted = dict(zip(names, session.run(names, self.feed), strict=True))
        self.good = self.convert(str(model.path))
        # Two roundings of the same graph: one of them may be small by luck.
        source = self.cc.load(str(model.path), precision="fp16") if not model.convert else self.good
        both = [self.errors(self.good), self.errors(source)]
        self.floor = {name: max((draw[name] for draw in both), key=lambda e: e[1]) for name in both[0]}

    def convert(self, source):
        """An fp16 package."""
        return self.cc.convert(source, precision="fp16", inputs=self.model.convert)

    def errors(self, package) -> dict[str, tuple[float, float]]:
        """What the package computes of the feed, beside the undamaged source."""
        inputs = {f.name: self.feed[f.name] for f in package.inputs if f.name in self.feed}
        return energies(self.wanted, package.run(inputs))

    def shows(self, package) -> bool:
        """Whether some output is further off than twice the good package's."""
        there = self.errors(package)
        return any(error > TWICE**2 * max(self.floor[name][1], 1e-12 * signal) for name, (signal, error) in there.items())

    def destroyed(self, package) -> bool:
        """Whether some output is below 20 dB."""
        return any(error > signal / 10 ** (DESTROYED / 10) for signal, error in self.errors(package).values())

    def verdict(self, package) -> str:
        """What validation says of the package."""
        return self.cc.validate(str(self.model.path), package, data=self.feed, inputs=self.model.convert).verdict

    def packages(self):
        """Every damaged package: what was done, and the package."""
        for kind in DAMAGES:
            seen = set()
            for seed in range(PLACES):
                model = damaged(self.proto, kind, seed)
                if model is None or (text := model.SerializeToString()) in seen:
                    continue
                seen.add(text)
                yield f"{kind} {seed}", lambda m=model: self.convert(m)
        yield "prune 0.97", lambda: self.cc.compress(self.good, self.cc.Prune(0.97))
        yield "1-bit tables", lambda: self.cc.compress(self.good, self.cc.Palettize(bits=1))


def misses(context: Context, models: list[Model]) -> list[Figure]:
    """Damaged packages."""
    seen, destroyed = Tally(), Tally()
    made = 0
    for model in models:
        progress(f"{model.name}: damages ({made} so far, {len(seen.wrong)} that show pass)")
        try:
            source = Source(context, model)
        except (ValueError, KeyError) as failure:  # the feed is of another form than the package
            progress(f"left out: {failure}")
            continue
        for name, make in source.packages():
            try:
                package = make()
                shows, gone = source.shows(package), source.destroyed(package)
                verdict = source.verdict(package)
            except source.cc.Error:
                continue  # the damaged model is none
            made += 1
            for tally, asked in ((seen, shows), (destroyed, gone)):
                tally.asked += asked
                if asked and verdict == "ok":
                    tally.wrong.append(f"{model.name} {name}")
    return [
        limit(f"damages that show and pass ({made} packages)", "", len(seen.wrong), 0, note=seen.note()),
        limit("passes below 20 dB", "", len(destroyed.wrong), 0, note=destroyed.note()),
    ]


def bytes_of(package: pathlib.Path) -> int:
    """Of all files."""
    return sum(file.stat().st_size for file in package.rglob("*") if file.is_file())


def automatic(context: Context, models: list[Model]) -> list[Figure]:
    """--precision auto beside fp16: verdicts, bytes, time."""
    tally, sizes, times = Tally(), [], []
    for model in models:
        progress(f"{model.name}: auto beside fp16")
        seconds, size = {}, {}
        for precision in ("fp16", "auto", "fp16", "auto"):
            package = context.scratch / f"{precision}.mlpackage"
            start = time.perf_counter()
            outcome = measured([context.corecast, "convert", model.path, "-o", package, "--force", "--precision", precision,
                                *[text for spec in model.convert for text in ("--input", spec)]])
            seconds[precision] = min(seconds.get(precision, math.inf), time.perf_counter() - start)
            if not package.exists():
                break
            size[precision] = bytes_of(package)
            code = outcome.code
        else:
            tally.asked += 1
            if code != 0:
                tally.wrong.append(model.name)
            sizes.append(size["auto"] / size["fp16"])
            times.append(seconds["auto"] / seconds["fp16"])
    if not sizes:
        return [not_run("--precision auto", "no model converts")]
    return [
        limit("auto: models that are not ok", "", len(tally.wrong), 0, note=tally.note()),
        limit("auto: package beside fp16's, median", "x", statistics.median(sizes), 1.03),
        limit("auto: package beside fp16's, worst", "x", max(sizes), 1.3),
        limit("auto: convert beside fp16's, median", "x", statistics.median(times), 2),
        limit("auto: convert beside fp16's, worst", "x", max(times), 2),
    ]


def no_options(context: Context) -> list[Figure]:
    """Real files, converted with no option at all."""
    tally = Tally()
    for model in shipped_models():
        if model.kind != "onnx" or model.refused is not None or (context.quick and model.name not in QUICK):
            continue
        try:
            feeds.prepare(model)
        except NotRun:
            continue
        progress(f"{model.name}: no options")
        outcome = measured([context.corecast, "convert", model.path, "-o", context.scratch / "plain.mlpackage", "--force"])
        tally.asked += 1
        if outcome.code != 0:
            tally.wrong.append(f"{model.name} ({outcome.code})")
    part = 100 * (1 - len(tally.wrong) / max(tally.asked, 1))
    return [Figure("real files that convert with no options", "%", ">= 95 %", part, None, part >= 95, tally.note())]


def in_tests(name: str):
    """A module of the tests in Python: batteries that are tests there and figures here."""
    folder = str(ROOT / "tests" / "python")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)


def idioms(context: Context) -> list[Figure]:
    """Computations that models spell out, at three ranges of their inputs, beside numpy in float64."""
    cc = corecast(context)  # before the tests' own choice of a build
    tests = in_tests("test_fp16_idioms")
    battery = in_tests("fp16_idioms").IDIOMS[:: 20 if context.quick else 1]
    silent, unfit = {"auto": Tally(), "fp16": Tally()}, {"auto": Tally(), "fp16": Tally()}
    for i, idiom in enumerate(battery):
        if i % 50 == 0:
            progress(f"idioms from {idiom.name}")
        model, tape, results = idiom.build()
        for number, which in enumerate(tests.RANGES):
            inputs = idiom.inputs(number)
            truth = tape.evaluate({k: v.astype(np.float64) for k, v in inputs.items()}, results)
            for precision in silent:
                package = cc.convert(model, precision=precision, data=inputs)
                got = package.run(inputs)
                verdict = cc.validate(model, package, data=inputs, runtime="embedded").verdict
                wrong = min(tests.sqnr(t, got[r]) for t, r in zip(truth, results)) < tests.LIMIT_DB
                for tally, bad in ((silent, wrong and verdict == "ok"), (unfit, verdict in ("unfit", "failed"))):
                    tally[precision].asked += 1
                    if bad:
                        tally[precision].wrong.append(f"{idiom.name} {which}")
    return [
        limit("idioms wrong in silence, auto", "", len(silent["auto"].wrong), 0, note=silent["auto"].note()),
        limit("idioms wrong in silence, fp16", "", len(silent["fp16"].wrong), 0, note=silent["fp16"].note()),
        limit("idioms unfit or failed, auto", "", len(unfit["auto"].wrong), 3, note=unfit["auto"].note()),
    ]


def lint(context: Context) -> list[Figure]:
    """What check foresees: seeded faults, and good models."""
    cc = corecast(context)
    cases = in_tests("lint_cases")
    missed, said = Tally(), Tally()
    for case in cases.FAULTS:
        missed.asked += 1
        found = cc.check(case.model, ranges=case.ranges).warnings
        if not any(f.code in case.codes and (not case.nodes or f.node in case.nodes) for f in found):
            missed.wrong.append(case.name)
    for model in good_models(context):
        said.asked += 1
        for finding in cc.check(str(model.path), inputs=model.convert).warnings:
            said.wrong.append(f"{model.name} {finding.code}")
    return [
        limit("lint: seeded faults that are missed", "", len(missed.wrong), 0, note=missed.note()),
        limit("lint: false warnings per good model", "", len(said.wrong) / max(said.asked, 1), 0.1, note=said.note()),
    ]


def megabytes(model: Model) -> float:
    """Of the file and what lies beside it under its name."""
    return sum(file.stat().st_size for file in model.path.parent.glob(f"{model.path.name}*")) / 2**20


def run(context: Context) -> list[Figure]:
    models = good_models(context)
    small = [model for model in models if megabytes(model) <= LARGEST]
    return [*no_options(context), *automatic(context, models), *idioms(context), *lint(context),
            *misses(context, small), *false_alarms(context, small)]
