"""For test suites."""

from __future__ import annotations

from ._corecast import Report
from ._validate import validate
from .errors import GateError


class ParityError(GateError, AssertionError):
    """The models differ by more than they may; `report` is the validation."""

    def __init__(self, message: str, report: Report):
        super().__init__(message, code="E6001")
        self.report = report


def assert_parity(reference, candidate, data=None, **options) -> Report:
    """Validates (see corecast.validate) and raises ParityError, an AssertionError, unless the
    verdict is ok, or among those that `accept` names."""
    report = validate(reference, candidate, data, **options)
    if not report.acceptable:
        raise ParityError(f"the models differ\n{report}", report)
    return report
