"""Alarms raised and cleared, each once, whichever process looks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from dispatch_core.escalation import AlarmKind, EscalationParams, Standing, after_look
from dispatch_core.fleet.legs import LegState
from dispatch_core.ids import AlarmId, MissionId
from dispatch_core.incidents import IncidentStatus
from dispatch_core.missions import Mission, MissionStatus
from dispatch_core.services.unit_of_work import Transaction, UnitOfWork
from dispatch_core.services.watching import leg_name, since_departure
from dispatch_core.store import alarms, incidents, legs, missions, positions
from dispatch_core.store.positions import Position

_COMING = frozenset({MissionStatus.ACCEPTED, MissionStatus.EN_ROUTE})
_DRIVING = frozenset({MissionStatus.EN_ROUTE, MissionStatus.LOADED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """A mission as it is, and what is known of its unit."""

    mission: Mission
    position: Position | None
    leg: LegState | None
    is_taken: bool  # its need, since it expired, by another crew or by the end of the incident


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    mission: Mission
    kind: AlarmKind
    known: Row[Any] | None
    after: Standing | None


def escalate(uow: UnitOfWork, params: EscalationParams) -> int:
    """Looks at every mission once; returns how many alarms were raised or cleared."""
    at = uow.clock()
    with uow.reading() as connection:
        rows = alarms.standing(connection)
        standing = {(MissionId(row.mission_id), AlarmKind(row.kind)): row for row in rows}
        looks = _looks(connection, {mission_id for mission_id, _ in standing})
    changes = [change for look in looks for change in _changes(look, standing, at, params)]
    # One transaction each: the row of a mission is never waited for while another is held.
    return sum(_written(uow, change) for change in changes)


def _looks(connection: Connection, alarmed: set[MissionId]) -> list[_Look]:
    active = missions.active(connection)
    ended = alarmed - {mission.id for mission in active}
    known = [*active, *missions.by_ids(connection, ended)]
    where = positions.newest(connection, [m.unit_id for m in active])
    driven = legs.states(connection, [m.unit_id for m in active])
    taken = _taken(connection, [m for m in known if m.status is MissionStatus.EXPIRED])
    looks = []
    for mission in sorted(known, key=lambda m: m.id):
        name, state, _ = driven.get(mission.unit_id, ("", LegState(), 0))
        looks.append(
            _Look(
                mission=mission,
                position=where.get(mission.unit_id),
                leg=since_departure(state, mission) if name == leg_name(mission) else None,
                is_taken=mission.id in taken,
            )
        )
    return looks


def _taken(connection: Connection, expired: list[Mission]) -> set[MissionId]:
    """Expired offers whose need somebody has accepted since, or whose incident is over."""
    ids = {m.incident_id for m in expired}
    closed = {i.id for i in incidents.by_ids(connection, ids) if i.status is not IncidentStatus.OPEN}
    accepted = [m for m in missions.of_incidents(connection, ids) if m.accepted_at is not None]
    return {
        one.id
        for one in expired
        if one.incident_id in closed
        or any(
            m.need is one.need
            and m.incident_id == one.incident_id
            and m.accepted_at
            and m.accepted_at >= one.offered_at
            for m in accepted
        )
    }


def _changes(
    look: _Look, standing: dict[tuple[MissionId, AlarmKind], Row[Any]], at: datetime, params: EscalationParams
) -> Iterator[_Change]:
    for kind in AlarmKind:
        known = standing.get((look.mission.id, kind))
        before = None if known is None else Standing(raised_at=known.raised_at, calm_since=known.calm_since)
        after = after_look(before, measured_s(look, kind, at), at=at, threshold=params.threshold(kind))
        if after != before:
            yield _Change(mission=look.mission, kind=kind, known=known, after=after)


def measured_s(look: _Look, kind: AlarmKind, at: datetime) -> float | None:
    """Seconds on the clock of that kind; None where the mission is beyond it."""
    mission, status = look.mission, look.mission.status
    since: datetime | None = None
    if kind is AlarmKind.NOT_ACCEPTED:
        waits = status is MissionStatus.OFFERED or (status is MissionStatus.EXPIRED and not look.is_taken)
        since = mission.offered_at if waits else None
    elif kind is AlarmKind.NOT_ROLLING and status is MissionStatus.ACCEPTED:
        since = max(filter(None, (mission.accepted_at, mission.depart_at)), default=None)
    elif kind is AlarmKind.SILENT and status in _DRIVING:
        heard_at = None if look.position is None else look.position.fixed_at
        since = max(filter(None, (heard_at, mission.loaded_at or mission.departed_at)), default=None)
    elif kind is AlarmKind.OVERDUE and status in _COMING:
        return (max(mission.eta_at, at) - mission.predicted_eta_at).total_seconds()
    elif kind is AlarmKind.STOPPED and status in _DRIVING:
        return _stood_s(look.leg)
    return None if since is None else (at - since).total_seconds()


def _stood_s(leg: LegState | None) -> float:
    if leg is None or leg.near_since is not None or leg.stands_since is None or leg.heard_at is None:
        return 0.0
    return (leg.heard_at - leg.stands_since).total_seconds()


def _written(uow: UnitOfWork, change: _Change) -> int:
    with uow.begin() as tx:
        if change.known is None:
            done = raise_alarm(tx, change.kind, change.mission)
        elif change.after is not None:
            alarms.set_calm(tx.connection, AlarmId(change.known.id), change.after.calm_since)
            done = False
        else:
            done = alarms.clear(tx.connection, AlarmId(change.known.id), tx.now)
            if done:
                _tell(tx, "cleared", AlarmId(change.known.id), change.kind, change.mission)
        tx.commit()
    return int(done)


def raise_alarm(tx: Transaction, kind: AlarmKind, mission: Mission) -> bool:
    """Whether it is new; does not commit."""
    alarm_id = AlarmId(tx.new_id())
    if not alarms.raise_(tx.connection, alarm_id, kind, mission.id, tx.now):
        return False
    _tell(tx, "raised", alarm_id, kind, mission)
    return True


def _tell(tx: Transaction, what: str, alarm_id: AlarmId, kind: AlarmKind, mission: Mission) -> None:
    tx.record(
        "alarm", what, alarm_id, alarm=kind.value, mission_id=str(mission.id),
        incident_id=str(mission.incident_id), unit_id=str(mission.unit_id),
    )  # fmt: skip


def acknowledge(tx: Transaction, alarm_id: AlarmId, *, note: str, by: str) -> Row[Any]:
    """Somebody looks after it; asked again it changes nothing. Does not commit."""
    if alarms.acknowledge(tx.connection, alarm_id, at=tx.now, by=by, note=note):
        tx.record("alarm", "acknowledged", alarm_id, by=by)
    return alarms.get(tx.connection, alarm_id)
