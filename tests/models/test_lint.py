"""`corecast check` is quiet on models that work: at most one warning for every ten of them."""

import json
import subprocess

import pytest

import fetch
from catalogue import generated_models, shipped_models
from corecast_command import find_corecast

LEAST = 10  # models that have to be in the cache for the figure to mean something


def good_models():
    """Those that can be had and convert."""
    fetch.fetch([model for model in shipped_models() if model.kind == "onnx" and model.refused is None])
    for model in [*shipped_models(), *generated_models()]:
        if model.kind == "onnx" and model.path.exists() and model.refused is None:
            yield model


def test_models_that_work_are_left_alone():
    corecast = find_corecast()
    models = list(good_models())
    if corecast is None or len(models) < LEAST:
        pytest.skip(f"not run: {len(models)} models in the cache")
    said = []
    for model in models:
        command = [str(corecast), "check", str(model.path), "--json"]
        for text in model.convert:
            command += ["--input", text]
        run = subprocess.run(command, capture_output=True, text=True, timeout=600)
        findings = json.loads(run.stdout)["result"].get("findings", [])
        said += [(model.name, f["code"], f["node"], f["message"]) for f in findings if f["severity"] == "warning"]
    assert len(said) <= len(models) / 10, said
