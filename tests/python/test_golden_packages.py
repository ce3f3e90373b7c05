"""The packages of a few real models, byte for byte what tests/golden/packages.txt says.

An intended change rewrites that file (`scripts/same-bytes --update`) and is named in the commit.
"""

import pathlib

import pytest

import same_bytes
from corecast.__main__ import command
from fetch import NotRun, fetch_package


@pytest.mark.parametrize("name", same_bytes.GOLDEN_MODELS)
def test_packages(name):
    program = command()
    if program is None:
        pytest.skip("not run: the command is not built")
    model = same_bytes.find_model(name)
    try:
        fetch_package(model.package, [model])
    except NotRun as problem:
        pytest.skip(f"not run: {problem}")
    assert same_bytes.gather(pathlib.Path(program), model, same_bytes.packages) == same_bytes.read_golden()[name]
