"""Positions come in: believed or refused with the reason, stored, and only then acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch_core.fleet.telemetry import Fix, Refusal, TelemetryParams, is_newer, judge
from dispatch_core.geo import LonLat
from dispatch_core.ids import UnitId
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.world import World
from dispatch_core.store import positions
from dispatch_core.store.positions import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class FixOutcome:
    """What became of one fix; `duplicate`: it had been stored before, with the same event id and time."""

    event_id: str
    accepted: bool
    reason: str | None = None
    duplicate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Outcomes in the order given; `moved_to` where the unit is now, if these fixes moved it."""

    outcomes: tuple[FixOutcome, ...]
    moved_to: Position | None = None


def record_fixes(
    uow: UnitOfWork, world: World, unit_id: UnitId, fixes: Sequence[Fix], *, params: TelemetryParams
) -> Recorded:
    """Commits fixes of one unit in any order; an old one enters the history and never moves the unit back."""
    limits = params.at_speed(world.speed)
    on_land = world.is_near_road([_place(fix) for fix in fixes])
    with uow.begin() as tx:
        known = positions.newest(tx.connection, [unit_id]).get(unit_id)
        newest = _as_fix(known) if known is not None else None
        judged: dict[int, str | None] = {}
        for i in sorted(range(len(fixes)), key=lambda i: fixes[i].fixed_at):
            reason = judge(
                fixes[i], previous=newest, received_at=tx.now, box=world.box, params=limits
            ).reason or (None if on_land[i] else Refusal.OUTSIDE_REGION)
            judged[i] = None if reason is None else reason.value
            if reason is None and is_newer(fixes[i], newest):
                newest = fixes[i]
        # A float that is not finite cannot be stored; its report is told and dropped.
        stored = [(fix, judged[i]) for i, fix in enumerate(fixes) if judged[i] not in _UNSTORABLE]
        fresh = positions.add_fixes(tx.connection, unit_id, stored, received_at=tx.now)
        moved = newest is not None and (known is None or newest.fixed_at > known.fixed_at)
        if moved and newest is not None:
            moved = positions.move_to(tx.connection, unit_id, newest, received_at=tx.now)
        now = tx.now
        tx.commit()
    outcomes = tuple(_outcome(fix, judged[i], fresh) for i, fix in enumerate(fixes))
    if not moved or newest is None:
        return Recorded(outcomes=outcomes)
    return Recorded(outcomes=outcomes, moved_to=_as_position(unit_id, newest, received_at=now))


_UNSTORABLE = frozenset({Refusal.NOT_FINITE.value})


def _place(fix: Fix) -> LonLat:
    inside = abs(fix.lon) <= 180 and abs(fix.lat) <= 90
    return LonLat(fix.lon, fix.lat) if inside else LonLat(0.0, 0.0)


def _outcome(fix: Fix, reason: str | None, fresh: set[str]) -> FixOutcome:
    duplicate = reason not in _UNSTORABLE and fix.event_id not in fresh
    return FixOutcome(event_id=fix.event_id, accepted=reason is None, reason=reason, duplicate=duplicate)


def _as_fix(position: Position) -> Fix:
    return Fix(
        event_id="", lon=position.lon, lat=position.lat, fixed_at=position.fixed_at,
        heading_deg=position.heading_deg, speed_kmh=position.speed_kmh, accuracy_m=position.accuracy_m,
    )  # fmt: skip


def _as_position(unit_id: UnitId, fix: Fix, *, received_at: datetime) -> Position:
    return Position(
        unit_id=unit_id, lon=fix.lon, lat=fix.lat, fixed_at=fix.fixed_at, received_at=received_at,
        heading_deg=fix.heading_deg, speed_kmh=fix.speed_kmh, accuracy_m=fix.accuracy_m,
    )  # fmt: skip
