"""The parts of Model that are easier in Python."""

from __future__ import annotations

import os
import types
from collections.abc import Mapping

from ._corecast import Model, Saved


def _save(self: Model, path: str | os.PathLike, force: bool = False) -> Saved:
    """Writes the package, whole or not at all; what is there is replaced only with `force`."""
    return self._save(os.fspath(path), force)


def _get_metadata(self: Model) -> Mapping[str, str]:
    """author, license, version, description, and the keys of one's own. Assign a whole dict to change it."""
    return types.MappingProxyType(self._metadata)


def _set_metadata(self: Model, values: Mapping[str, str]) -> None:
    self._metadata = {str(key): str(value) for key, value in values.items()}


Model.save = _save
Model.save.__name__ = "save"
Model.metadata = property(_get_metadata, _set_metadata, doc=_get_metadata.__doc__)
