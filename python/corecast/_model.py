"""The parts of Model that are easier in Python."""

from __future__ import annotations

import os
import types
from collections.abc import Mapping

from . import _corecast
from ._corecast import Model, Saved


def _save(self: Model, path: str | os.PathLike, force: bool = False) -> Saved:
    """Writes the package, whole or not at all; what is there is replaced only with `force`."""
    return self._save(os.fspath(path), force)


def _get_metadata(self: Model) -> Mapping[str, str]:
    """author, license, version, description, and the keys of one's own. Assign a whole dict to change it."""
    return types.MappingProxyType(self._metadata)


def _set_metadata(self: Model, values: Mapping[str, str]) -> None:
    self._metadata = {str(key): str(value) for key, value in values.items()}


def _remarks(self: Model) -> list[str]:
    """The problems for people to read: a line for each kind, with a count where there are several."""
    groups = _corecast.groups_of(self.problems)
    return [f"{problems[0].severity} {problems[0].code}: {line}" for line, problems in groups]


def _compression(self: Model):
    """What compress() did to get this model, a Compression; None when it did not."""
    fields = _corecast.compression_of(self)
    if fields is None:
        return None
    from .compression import Compression

    return Compression.from_dict(fields)


Model.save = _save
Model.save.__name__ = "save"
Model.metadata = property(_get_metadata, _set_metadata, doc=_get_metadata.__doc__)
Model.remarks = property(_remarks, doc=_remarks.__doc__)
Model.compression = property(_compression)
