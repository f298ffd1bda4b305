"""Who decides: the machine at once, the machine unless a person does within some seconds, or a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from dispatch_core.errors import InvalidInput
from dispatch_core.incidents import Incident, IncidentKind


class Mode(StrEnum):
    AUTOMATIC = "automatic"
    CONFIRM = "confirm"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindMode:
    """With `confirm` a person has `confirm_within_s` from the report; then it is sent as recommended."""

    mode: Mode = Mode.AUTOMATIC
    confirm_within_s: float = 20.0

    def __post_init__(self) -> None:
        if not 1 <= self.confirm_within_s <= 600:
            raise InvalidInput("confirm_within_s", "must lie between 1 and 600 seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Modes:
    """By kind of incident; one not named is decided automatically."""

    by_kind: Mapping[IncidentKind, KindMode] = field(default_factory=dict)

    def of(self, kind: IncidentKind) -> KindMode:
        return self.by_kind.get(kind, KindMode())

    def decides(self, incident: Incident, at: datetime) -> bool:
        """Whether the machine may send units to the incident now."""
        mode = self.of(incident.kind)
        if mode.mode is Mode.CONFIRM:
            return (at - incident.reported_at).total_seconds() >= mode.confirm_within_s
        return mode.mode is Mode.AUTOMATIC

    @property
    def has_clock(self) -> bool:
        """Whether time alone can make an incident the machine's."""
        return any(mode.mode is Mode.CONFIRM for mode in self.by_kind.values())

    def record(self) -> dict[str, Any]:
        """`{kind: {mode, confirm_within_s}}` of every kind; `from_record` reads it back."""
        return {
            kind.value: {"mode": self.of(kind).mode.value, "confirm_within_s": self.of(kind).confirm_within_s}
            for kind in IncidentKind
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Modes:
        try:
            return cls(
                by_kind={
                    IncidentKind(kind): KindMode(
                        mode=Mode(value["mode"]),
                        confirm_within_s=float(value.get("confirm_within_s", KindMode().confirm_within_s)),
                    )
                    for kind, value in record.items()
                }
            )
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise InvalidInput("modes", f"{{kind: {{mode, confirm_within_s}}}} is asked; {wrong}") from wrong
