"""The table of real models (models.json) and where their files lie in the cache.

Nothing here touches the network or imports anything heavy: every script of this folder
starts from this module.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib

HERE = pathlib.Path(__file__).resolve().parent


def cache_root() -> pathlib.Path:
    """The cache of the project: $CORECAST_CACHE, else ~/.cache/corecast."""
    chosen = os.environ.get("CORECAST_CACHE")
    return pathlib.Path(chosen) if chosen else pathlib.Path.home() / ".cache" / "corecast"


def model_cache() -> pathlib.Path:
    """Where shipped models, their feeds and the generated models are kept."""
    return cache_root() / "models"


def feed_folder() -> pathlib.Path:
    """Where inputs (`NAME.K.npz`) and reference outputs (`NAME.K.ref.npz`) are kept."""
    return model_cache() / "feeds"


def generated_folder() -> pathlib.Path:
    """Where the generated architectures (`NAME.new.onnx`, `NAME.old.onnx`) are kept."""
    return model_cache() / "generated"


@dataclasses.dataclass(frozen=True)
class Model:
    """One model: where it comes from, what it is fed, and what is expected of it."""

    name: str
    kind: str  # "onnx" or "mlpackage"
    title: str = ""
    package: str = ""  # NAME==VERSION on the package index; empty for a generated model
    member: str = ""  # path inside the wheel; a folder for a package
    sha256: str = ""
    licence: str = ""
    format: str = ""
    inputs: dict = dataclasses.field(default_factory=dict)  # name -> how its values are made
    feeds: list = dataclasses.field(default_factory=list)  # shapes by input name, one dict a feed
    convert: list = dataclasses.field(default_factory=list)  # --input arguments the file itself lacks
    # Where ONNX Runtime's own fp32 answer is further than 1e-4 from that of fp64: the share of the
    # range that is allowed instead, and beside it in the table what was measured.
    fp32_limit: float | None = None
    fp32_limit_reason: str = ""
    # Likewise in fp16, where the graph itself has no stable answer everywhere.
    fp16_limit: float | None = None
    fp16_limit_reason: str = ""
    refused: list | None = None  # op types that the refusal must name; None: it must convert
    twin: dict | None = None  # the same network in another format: model, input and output names
    quick: bool = False  # whether a generated model belongs to the small everyday set

    @property
    def generated(self) -> bool:
        """Whether the model is built with random weights instead of fetched."""
        return not self.package

    @property
    def path(self) -> pathlib.Path:
        """The model's file (or folder) in the cache; it may not exist yet."""
        if self.generated:
            return generated_folder() / f"{self.name}.onnx"
        return model_cache() / f"{self.name}.{self.kind}"

    def feed_path(self, index: int) -> pathlib.Path:
        """The inputs of feed `index`."""
        return feed_folder() / f"{self.name}.{index}.npz"

    def reference_path(self, index: int) -> pathlib.Path:
        """What ONNX Runtime answers to feed `index`."""
        return feed_folder() / f"{self.name}.{index}.ref.npz"

    def feed_indices(self) -> list[int]:
        """The feeds that have been made, with their reference outputs."""
        made = feed_folder().glob(f"{self.name}.*.ref.npz")
        return sorted(int(path.name.split(".")[-3]) for path in made)

    def frozen_inputs(self) -> set:
        """Inputs that the conversion turns into constants (`--input NAME=VALUE`)."""
        return {argument.split("=")[0] for argument in self.convert if "[" not in argument}


def shipped_models() -> list[Model]:
    """Every model of models.json, in its order."""
    table = json.loads((HERE / "models.json").read_text())
    return [Model(**row) for row in table["models"]]


def generated_rows() -> list[dict]:
    """The table of generated architectures: name, library, parameters, quick."""
    return json.loads((HERE / "models.json").read_text())["generated"]


def generated_model(row: dict, form: str) -> Model:
    """One ONNX file of a generated architecture: form "new" or "old" names the exporter."""
    title = f"{row['package']}, random weights, {form} exporter"
    return Model(name=f"{row['name']}.{form}", kind="onnx", title=title, quick=row.get("quick", False))


def generated_models() -> list[Model]:
    """Both ONNX files of every generated architecture."""
    return [generated_model(row, form) for row in generated_rows() for form in ("new", "old")]


def find_model(name: str) -> Model:
    """The shipped model called `name`."""
    return next(model for model in shipped_models() if model.name == name)
