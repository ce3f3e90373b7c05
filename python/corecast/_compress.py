"""compress and decompress."""

from __future__ import annotations

import os
from collections.abc import Sequence

from . import _corecast
from ._convert import _warn, load
from ._corecast import Model
from .compression import Goal, Recipe, Rule, Scheme
from .errors import UsageError


def _recipe(rules) -> Recipe:
    if isinstance(rules, Recipe):
        return rules
    if isinstance(rules, (Scheme, Rule)):
        rules = [rules]
    if not isinstance(rules, Sequence):
        raise UsageError(f"{rules!r} is no recipe", code="E1310", help="a Palettize, Quantize, Prune or Recipe, or a list of rules")
    return Recipe([Rule(r) if isinstance(r, Scheme) else r for r in rules])


def _recipe_arguments(rules) -> dict[str, object]:
    """A recipe's JSON text or its file, and the table functions that it names."""
    if rules is None:
        return {"recipe": "", "recipe_file": "", "functions": {}}
    if isinstance(rules, (str, os.PathLike)):
        return {"recipe": "", "recipe_file": os.fspath(rules), "functions": {}}
    recipe = _recipe(rules)
    return {"recipe": recipe.to_json(), "recipe_file": "", "functions": recipe.functions()}


def compress(
    model: Model | str | os.PathLike,
    rules: Scheme | Rule | Recipe | Sequence | str | os.PathLike | None = None,
    *,
    goal: Goal | None = None,
    target: str | None = None,
    data: str | os.PathLike | None = None,
    seed: int = 0,
    measure: bool = True,
) -> Model:
    """Compresses the weights of a model; the model itself is not changed. `.compression` of the result is the report.

    model   a Model, or the path of a package or ONNX file; a source model is converted first
    rules   a scheme for all weights (Palettize, Quantize, Prune, or several joined with +), a Rule, a Recipe, a list of
            them, or the path of a recipe file
    goal    instead of rules: the schemes are chosen
    target  deployment target; None: the lowest that the schemes need
    data    inputs for what the outputs lose (.npz, .npy, or a folder of them); None: made up from `seed`
    measure run the model, for what the outputs lose and how much each weight matters; without it all weights count
            alike, and a goal's max_drop is an AbsentError

    Raises UsageError, UnsupportedError (the target has no form for a scheme), GateError (the goal cannot be reached).
    """
    if (rules is None) == (goal is None):
        raise UsageError("give rules or a goal, one of them", code="E1017")
    if not isinstance(model, Model):
        model = load(model)
    return _warn(
        _corecast.compress(
            model,
            bits_per_weight=goal.bpw if goal else None,
            size=str(goal.size) if goal and goal.size is not None else "",
            max_drop=(goal.max_drop or "") if goal else "",
            target=target or "",
            data=None if data is None else os.fspath(data),
            seed=seed,
            measure=measure,
            **_recipe_arguments(rules),
        )
    )


def decompress(model: Model | str | os.PathLike) -> Model:
    """The model with its compressed weights expanded."""
    return _corecast.decompress(model if isinstance(model, Model) else load(model))
