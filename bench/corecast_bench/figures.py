"""One figure of a benchmark: ours, the peer's, their ratio, the target, and whether it is met."""

from __future__ import annotations

import dataclasses

ROW = "{:<46} {:>11} {:>11} {:>9} {:>12}  {}"


@dataclasses.dataclass
class Figure:
    """A measured figure; `ours` is None when it could not be measured, and `note` says why."""

    name: str
    unit: str
    target: str
    ours: float | None = None
    peer: float | None = None
    met: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer we are (all figures are better when smaller)."""
        return self.peer / self.ours if self.ours and self.peer else None

    @property
    def verdict(self) -> str:
        """PASS, MISS, or NOT RUN."""
        if self.ours is None:
            return "NOT RUN"
        return "PASS" if self.met else "MISS"

    def row(self) -> str:
        """The figure on one line."""
        def shown(value: float | None) -> str:
            return "-" if value is None else f"{value:.4g} {self.unit}"

        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}x"
        verdict = self.verdict + (f" ({self.note})" if self.note else "")
        return ROW.format(self.name, shown(self.ours), shown(self.peer), ratio, self.target, verdict)

    def as_json(self) -> dict:
        """The figure as plain data."""
        return {**dataclasses.asdict(self), "ratio": self.ratio, "verdict": self.verdict}


def heading() -> str:
    """The first line of the table."""
    return ROW.format("figure", "ours", "peer", "ratio", "target", "verdict")


def limit(name: str, unit: str, ours: float, at_most: float, peer: float | None = None, note: str = "") -> Figure:
    """A figure that must not be above `at_most`; the peer's is shown for comparison."""
    return Figure(name, unit, f"<= {at_most:.4g} {unit}", ours, peer, ours <= at_most, note)


def faster(name: str, unit: str, ours: float, peer: float, at_least: float, note: str = "") -> Figure:
    """A figure that must be at least `at_least` times better than the peer's."""
    return Figure(name, unit, f">= {at_least:g}x", ours, peer, peer >= at_least * ours, note)


def not_run(name: str, reason: str) -> Figure:
    """A figure that could not be measured."""
    return Figure(name, "", "-", note=reason)
