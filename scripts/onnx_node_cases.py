"""The ONNX node suite's files: fetched once, read out of the wheel, kept in the cache."""

from __future__ import annotations

import os
import pathlib
import sys
import tempfile
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "models"))

from catalogue import cache_root
from fetch import NotRun, WrongContent, digest, download_wheel, locked, read_members

VERSION = "1.22.0"
MEMBER = "onnx/backend/test/data/node/"
SHA256 = "f6a40c98fb90dc219225aafddf0ffb9545467509f31ca7169ae91fe693aa1a4f"


def folder() -> pathlib.Path:
    """The cache's folder of test cases, one folder each; fetched when it is not there.

    Raises fetch.NotRun when the package index cannot be reached, fetch.WrongContent when the files
    are not those that the expectations were written for.
    """
    place = cache_root() / "onnx-node-suite" / VERSION
    if place.is_dir():
        return place
    with locked(cache_root() / "onnx-node-suite" / ".lock"):
        if place.is_dir():
            return place
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".new-") as scratch:
            wheel = download_wheel(f"onnx=={VERSION}", pathlib.Path(scratch))
            files = read_members(wheel, MEMBER)
            if digest(files) != SHA256:
                raise WrongContent(f"the node suite's sha256 is {digest(files)}, not {SHA256}")
            fresh = pathlib.Path(scratch) / "node"
            with zipfile.ZipFile(wheel) as archive:
                for name in files:
                    target = fresh / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(archive.read(MEMBER + name))
            os.replace(fresh, place)
    return place


def names() -> list[str]:
    """Every case, sorted."""
    return sorted(path.name for path in folder().iterdir() if (path / "model.onnx").exists())
