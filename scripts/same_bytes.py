#!/usr/bin/env python3
"""What one build of corecast makes of real models, as hashes, and how two builds compare.

Everything that could change without a test failing: the written packages (4 ways to convert, 5 to compress), the IR after
import and after every pass, the diagnostics and reports as JSON, and the numbers that the executor gives in its three
modes. scripts/same-bytes compares two commits; tests/python/test_golden_packages.py holds the packages of a few models
against tests/golden/packages.txt, which `same_bytes.py --update` rewrites.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "models"))

from catalogue import Model, find_model, shipped_models  # noqa: E402
from fetch import NotRun, fetch_package  # noqa: E402

GOLDEN = ROOT / "tests" / "golden" / "packages.txt"
# Convolutions, resizes, recurrent layers, control flow, transformers, spectra, quantised layers; all of them small.
GOLDEN_MODELS = ("espcn_subpixel", "espcn_resize", "ppocr2_cls", "blazeface_front", "silero_vad", "silero_seq",
                 "g2p_lstm_encoder", "g2p_bert", "chars2vec_loop", "wakeword_mel", "aecmos_gru", "asr_resample_44_16")

CONVERSIONS = {
    "fp16": ["--precision", "fp16"],
    "fp32": ["--precision", "fp32"],
    "ios15": ["--precision", "fp16", "--target", "ios15"],
    "ios18": ["--precision", "fp16", "--target", "ios18"],
}
COMPRESSIONS = {
    "palettize": ["--palettize", "4"],
    "palettize-groups": ["--palettize", "6", "--granularity", "group:16"],
    "int8": ["--quantize", "int8"],
    "int4-blocks": ["--quantize", "int4", "--granularity", "block:32"],
    "prune": ["--prune", "0.5"],
}
MODES = ("fp32", "fp16", "native")
# Names, within the JSON documents, of what is a time.
TIMES = {"timings", "passes"}

Evidence = dict[str, str]


def digest(content: bytes) -> str:
    """16 hex digits that stand for the content."""
    return hashlib.sha256(content).hexdigest()[:16]


def digest_of_package(folder: pathlib.Path) -> str:
    """Of every path in the package and its bytes; "none" where nothing was written."""
    if not folder.exists():
        return "none"
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        content = path.read_bytes()
        total.update(f"{path.relative_to(folder).as_posix()} {len(content)}\n".encode() + content)
    return total.hexdigest()[:16]


def without_times(document):
    """The JSON document without what differs from run to run."""
    if isinstance(document, dict):
        return {key: without_times(value) for key, value in document.items() if key not in TIMES}
    if isinstance(document, list):
        return [without_times(value) for value in document]
    return document


class Program:
    """One corecast command, run in a scratch folder so that paths in what it prints are alike."""

    def __init__(self, path: pathlib.Path, scratch: pathlib.Path):
        self.path = path
        self.scratch = scratch

    def call(self, *arguments: str) -> tuple[int, bytes, str]:
        """Exit code, stdout, stderr."""
        done = subprocess.run([self.path, *arguments], cwd=self.scratch, capture_output=True, timeout=1200)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def report(self, *arguments: str) -> tuple[str, str]:
        """The digest of the JSON document and exit code of a verb, and what it printed on stderr."""
        code, out, err = self.call(*arguments, "--json")
        try:
            text = json.dumps(without_times(json.loads(out)), sort_keys=True)
        except ValueError:
            text = out.decode(errors="replace")
        return digest(f"{code} {text}".encode()), err


def passes_in(text: str) -> list[tuple[str, str]]:
    """What --print-ir-after printed, as (pass, IR) in order."""
    parts = re.split(r"^// after (\S+)\n", text, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2]))


def packages(program: Program, model: Model) -> Evidence:
    """Digests of every package; `fp16.mlpackage` stays in the scratch folder."""
    found = {}
    source = stage(program, model)
    for name, options in CONVERSIONS.items():
        written = program.scratch / f"{name}.mlpackage"
        program.call("convert", source, "-o", written.name, "--no-validate", "--force", *options, *inputs_of(model))
        found[name] = digest_of_package(written)
    for name, options in COMPRESSIONS.items():
        written = program.scratch / f"{name}.mlpackage"
        program.call("compress", "fp16.mlpackage", "-o", written.name, "--no-validate", "--force", *options)
        found[name] = digest_of_package(written)
    return found


def everything(program: Program, model: Model) -> Evidence:
    """Digests of all that this file's first lines name."""
    found = {f"package {name}": value for name, value in packages(program, model).items()}
    source = stage(program, model)
    _, text, _ = program.call("inspect", source, "--text", *inputs_of(model))
    found["IR after import"] = digest(text)
    found["check"], _ = program.report("check", source, *inputs_of(model))
    for name, options in CONVERSIONS.items():
        found[f"report {name}"], printed = program.report(
            "convert", source, "-o", "again.mlpackage", "--no-validate", "--force", "--print-ir-after", "all", *options,
            *inputs_of(model))
        for position, (step, ir) in enumerate(passes_in(printed)):
            found[f"IR {name} {position:02} {step}"] = digest(ir.encode())
    for name, options in COMPRESSIONS.items():
        found[f"report {name}"], _ = program.report(
            "compress", "fp16.mlpackage", "-o", "again.mlpackage", "--no-validate", "--force", *options)
    for file in ("fp16.mlpackage", "fp32.mlpackage", source):
        for mode in MODES:
            found[f"numbers {file} {mode}"] = numbers(program, file, mode, inputs_of(model) if file == source else [])
    return found


def numbers(program: Program, file: str, mode: str, options: list[str]) -> str:
    """The digest of every output of a run on generated inputs."""
    import numpy

    results = program.scratch / "y.npz"
    results.unlink(missing_ok=True)
    code, _, err = program.call("run", file, "-o", results.name, "--precision", mode, *options)
    if code != 0:
        return digest(f"{code} {err}".encode())
    total = hashlib.sha256()
    with numpy.load(results) as arrays:
        for name in sorted(arrays):
            value = arrays[name]
            total.update(f"{name} {value.dtype} {value.shape}".encode() + value.tobytes())
    return total.hexdigest()[:16]


def inputs_of(model: Model) -> list[str]:
    """The `--input` arguments that the model is converted with."""
    return [word for text in model.convert for word in ("--input", text)]


def stage(program: Program, model: Model) -> str:
    """The model's name in the scratch folder."""
    target = program.scratch / f"model.{model.kind}"
    if not target.exists():
        target.symlink_to(model.path)
    return target.name


def gather(program: pathlib.Path, model: Model, what) -> Evidence:
    """`what` (packages or everything) of one model, in a scratch folder of its own."""
    with tempfile.TemporaryDirectory(prefix="corecast-") as scratch:
        return what(Program(program.resolve(), pathlib.Path(scratch)), model)


def compare(base: pathlib.Path, program: pathlib.Path, models: list[Model]) -> int:
    """Prints what was compared and what differs; the number of differences."""
    compared = differences = 0
    by_kind: collections.Counter[str] = collections.Counter()
    for model in models:
        fetch_package(model.package, [model])
        theirs, ours = gather(base, model, everything), gather(program, model, everything)
        compared += len(theirs.keys() | ours.keys())
        wrong = [key for key in sorted(theirs.keys() | ours.keys()) if theirs.get(key) != ours.get(key)]
        differences += len(wrong)
        print(f"{model.name}: {len(ours)} compared, {len(wrong)} differ", flush=True)
        by_kind.update(key.split()[0] for key in wrong)
        for key in wrong:
            print(f"    {key}: {theirs.get(key, 'absent')} was, {ours.get(key, 'absent')} is")
    print(f"{len(models)} models: {compared} compared (packages, IR, reports, numbers), {differences} differences" +
          (f": {', '.join(f'{count} of {kind}' for kind, count in sorted(by_kind.items()))}" if by_kind else ""))
    return differences


def read_golden() -> dict[str, Evidence]:
    """tests/golden/packages.txt: by model, the digest of each package."""
    table: dict[str, Evidence] = {}
    for line in GOLDEN.read_text().splitlines():
        if line and not line.startswith("#"):
            model, name, value = line.split()
            table.setdefault(model, {})[name] = value
    return table


def write_golden(program: pathlib.Path) -> None:
    """Rewrites it with what `program` makes."""
    lines = ["# Written by `scripts/same-bytes --update`: model, conversion or compression, digest of the package."]
    for name in GOLDEN_MODELS:
        model = find_model(name)
        fetch_package(model.package, [model])
        lines += [f"{name} {key} {value}" for key, value in gather(program, model, packages).items()]
    GOLDEN.write_text("\n".join(lines) + "\n")
    print(f"wrote {GOLDEN.relative_to(ROOT)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", type=pathlib.Path, help="the corecast command of this tree")
    parser.add_argument("base", type=pathlib.Path, nargs="?", help="the corecast command to compare with")
    parser.add_argument("--models", help="names, separated by commas; all ONNX models of models.json by default")
    parser.add_argument("--update", action="store_true", help="rewrite tests/golden/packages.txt instead")
    options = parser.parse_args()
    if (options.base is None) != options.update:
        parser.error("give a second command to compare with, or --update")
    try:
        if options.update:
            write_golden(options.program)
            return 0
        names = options.models.split(",") if options.models else [m.name for m in shipped_models() if m.kind == "onnx"]
        return 1 if compare(options.base, options.program, [find_model(name) for name in names]) else 0
    except NotRun as problem:
        print(f"not run: {problem}")
        return 4


if __name__ == "__main__":
    sys.exit(main())
