"""What the desk must look at: crews that do not answer, roll, move, arrive or speak.

Each clock has two thresholds apart from one another and a time of calm: noise near a threshold raises one
alarm and never clears it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum

from dispatch_core.errors import InvalidInput


class AlarmKind(StrEnum):
    """Named for what a desk would say."""

    NOT_ACCEPTED = "not_accepted"
    NOT_ROLLING = "not_rolling"
    STOPPED = "stopped"
    OVERDUE = "overdue"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationParams:
    """Seconds. Above `…_s` an alarm is raised; below `…_off_s` for `calm_s` together it is cleared.

    not_accepted_s   since the offer; ends with the answer
    not_rolling_s    since the acceptance, or the time it was told to leave; ends with the departure
    stopped_s        standing on the way
    overdue_s        the expected arrival beyond the one predicted when the unit was sent
    silent_s         since the last believed position, on the way
    """

    not_accepted_s: float = 30.0
    not_rolling_s: float = 180.0
    stopped_s: float = 120.0
    stopped_off_s: float = 30.0
    overdue_s: float = 180.0
    overdue_off_s: float = 60.0
    silent_s: float = 60.0
    silent_off_s: float = 30.0
    calm_s: float = 30.0

    def __post_init__(self) -> None:
        for named in fields(self):
            if not 0 <= getattr(self, named.name) <= 86_400:
                raise InvalidInput(named.name, "must lie between 0 and 86,400 seconds")
        for kind in ("stopped", "overdue", "silent"):
            if not getattr(self, f"{kind}_off_s") < getattr(self, f"{kind}_s"):
                raise InvalidInput(f"{kind}_off_s", f"must be less than {kind}_s, or the alarm would flap")

    def at_speed(self, factor: float) -> EscalationParams:
        """In a drill the physical world runs `factor` times faster; radios and people do not."""
        physical = ("not_rolling_s", "stopped_s", "stopped_off_s", "overdue_s", "overdue_off_s")
        return replace(self, **{name: getattr(self, name) / factor for name in physical})

    def threshold(self, kind: AlarmKind) -> Threshold:
        on_s: float = getattr(self, f"{kind.value}_s")
        off_s: float = getattr(self, f"{kind.value}_off_s", 0.0)
        return Threshold(on_s=on_s, off_s=off_s, calm_s=self.calm_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    on_s: float
    off_s: float
    calm_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An alarm that stands; `calm_since` is when its measure last fell below the lower threshold."""

    raised_at: datetime
    calm_since: datetime | None = None


def after_look(
    standing: Standing | None, measured_s: float | None, *, at: datetime, threshold: Threshold
) -> Standing | None:
    """The alarm after one look at its measure; None: there is none. A measure of None no longer applies."""
    if measured_s is None:
        return None
    if standing is None:
        return Standing(raised_at=at) if measured_s >= threshold.on_s else None
    if measured_s >= threshold.off_s:
        return replace(standing, calm_since=None)
    since = standing.calm_since or at
    if (at - since).total_seconds() >= threshold.calm_s:
        return None
    return replace(standing, calm_since=since)
