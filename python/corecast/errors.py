"""Exceptions. Each class belongs to one exit code of the command, in `exit_code`."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing takes longer than all of this package
if TYPE_CHECKING:
    from ._corecast import Problem


class Error(Exception):
    """What went wrong (`message`), where, and what helps.

    `code` is stable ("E3001"; `corecast explain E3001` says more), `node` and `op` name the place in
    the source model, `source` a line of the Python file that it was exported from; empty where
    unknown. `problems` holds everything that was found, not only the first.
    """

    exit_code = 70

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        help: str = "",
        node: str = "",
        op: str = "",
        file: str = "",
        source: str = "",
        problems: list[Problem] | tuple[Problem, ...] = (),
    ):
        super().__init__(message)
        self.message = message
        self.code = code
        self.help = help
        self.node = node
        self.op = op
        self.file = file
        self.source = source
        self.problems = list(problems)

    def __str__(self) -> str:
        place = f"{self.file}: " if self.file else ""
        if self.node or self.op:
            place += f"node '{self.node}'" if self.node else "a node"
            place += f" ({self.op}): " if self.op else ": "
        text = f"{self.code + ' ' if self.code else ''}{place}{self.message}"
        others = [p for p in self.problems if p.message != self.message]
        text += "".join(f"\n  - {p}" for p in others[:20])
        if len(others) > 20:
            text += f"\n  ... and {len(others) - 20} more in .problems"
        return text + (f"\n  help: {self.help}" if self.help else "")


class UsageError(Error):
    """Wrong arguments or configuration."""

    exit_code = 2


class InputError(Error):
    """A model or data that cannot be read, or are malformed."""

    exit_code = 2


class UnsupportedError(Error):
    """A model that is understood but cannot be converted; `problems` lists every reason."""

    exit_code = 3


class GateError(Error):
    """A check on numbers or budgets failed."""

    exit_code = 1


class AbsentError(Error):
    """A backend or check that was asked for is not available here."""

    exit_code = 4


class LimitError(Error):
    """Memory, disk, time, or a configured limit."""

    exit_code = 5


class InternalError(Error):
    """A bug in corecast."""

    exit_code = 70


class ConversionWarning(UserWarning):
    """Something that reading or converting a model noticed; also in Model.problems."""
