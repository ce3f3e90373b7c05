"""Models with one numeric fault each, and sound models beside them, for `check`."""

import lint_digit_faults  # noqa: F401: registers its cases
import lint_range_faults  # noqa: F401
import lint_sound  # noqa: F401
from lint_graph import FAULTS, SOUND, Case, Graph, T

__all__ = ["FAULTS", "SOUND", "Case", "Graph", "T"]
