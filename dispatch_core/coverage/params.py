"""What counts as covered: a standard for each kind of unit, and how busy units are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.capability import UnitKind

_USUAL_S: Mapping[UnitKind, float] = {UnitKind.AMBULANCE: 600.0, UnitKind.TOW: 1800.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageParams:
    """Within how many seconds a unit of each kind should be there, and how busy units are.

    standard_s  to the scene, turnout and drive; replayed days and new plans call it late who comes after it
    busy        share of the time that a unit is on a mission (the p of MEXCLP)
    """

    standard_s: Mapping[UnitKind, float] = field(default_factory=lambda: dict(_USUAL_S))
    busy: float = 0.3

    def __post_init__(self) -> None:
        if set(self.standard_s) != set(UnitKind):
            raise InvalidInput("standard_s", f"needs the seconds of each of {', '.join(UnitKind)}")
        if not all(60 <= seconds <= 7200 for seconds in self.standard_s.values()):
            raise InvalidInput("standard_s", "must lie between 60 and 7,200 seconds")
        if not 0 <= self.busy < 1:
            raise InvalidInput("busy", "is a share of at least 0 and below 1")

    def record(self) -> dict[str, Any]:
        """Plain JSON; `from_record` reads it back."""
        return {
            "standard_s": {kind.value: seconds for kind, seconds in self.standard_s.items()},
            "busy": self.busy,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> CoverageParams:
        """Unknown names are refused; a kind or a name left out takes today's default."""
        if unknown := set(record) - {"standard_s", "busy"}:
            raise InvalidInput("coverage", f"has no {', '.join(sorted(unknown))}")
        told = record.get("standard_s", {})
        standard_s = {UnitKind(kind): _number(kind, seconds) for kind, seconds in told.items()}
        return cls(
            standard_s={**_USUAL_S, **standard_s}, busy=_number("busy", record.get("busy", cls().busy))
        )


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(name, "must be a number")
    return float(value)
