"""Alarms that stand, and those that stood."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from dispatch_core.errors import NotFound
from dispatch_core.escalation import AlarmKind
from dispatch_core.ids import AlarmId, MissionId
from dispatch_core.store.tables import alarm, mission

# The mission says whose alarm it is: its incident may have been joined to another since.
_ROWS = select(alarm, mission.c.incident_id, mission.c.unit_id).join(
    mission, mission.c.id == alarm.c.mission_id
)


def raise_(
    connection: Connection, alarm_id: AlarmId, kind: AlarmKind, about: MissionId, at: datetime
) -> bool:
    """False if this alarm of the mission stands already."""
    raised = upsert(alarm).values(
        id=alarm_id, kind=kind.value, mission_id=about, raised_at=at
    )  # fmt: skip
    once = raised.on_conflict_do_nothing(
        index_elements=["mission_id", "kind"], index_where=text("cleared_at IS NULL")
    )
    return connection.execute(once.returning(alarm.c.id)).first() is not None


def set_calm(connection: Connection, alarm_id: AlarmId, since: datetime | None) -> None:
    standing = update(alarm).where(alarm.c.id == alarm_id, alarm.c.cleared_at.is_(None))
    connection.execute(standing.values(calm_since=since))


def clear(connection: Connection, alarm_id: AlarmId, at: datetime) -> bool:
    """False if somebody else has cleared it."""
    standing = update(alarm).where(alarm.c.id == alarm_id, alarm.c.cleared_at.is_(None))
    return connection.execute(standing.values(cleared_at=at).returning(alarm.c.id)).first() is not None


def acknowledge(connection: Connection, alarm_id: AlarmId, *, at: datetime, by: str, note: str) -> bool:
    """False if somebody has before."""
    fresh = update(alarm).where(alarm.c.id == alarm_id, alarm.c.acknowledged_at.is_(None))
    values = {"acknowledged_at": at, "acknowledged_by": by, "note": note}
    return connection.execute(fresh.values(**values).returning(alarm.c.id)).first() is not None


def get(connection: Connection, alarm_id: AlarmId) -> Row[Any]:
    row = connection.execute(_ROWS.where(alarm.c.id == alarm_id)).one_or_none()
    if row is None:
        raise NotFound("alarm", alarm_id)
    return row


def standing(connection: Connection) -> list[Row[Any]]:
    """The oldest first."""
    query = _ROWS.where(alarm.c.cleared_at.is_(None))
    return list(connection.execute(query.order_by(alarm.c.raised_at, alarm.c.id)))


def by_ids(connection: Connection, ids: Iterable[UUID]) -> list[Row[Any]]:
    wanted = list(ids)
    query = _ROWS.where(alarm.c.id.in_(wanted)).order_by(alarm.c.raised_at, alarm.c.id)
    return list(connection.execute(query)) if wanted else []


def page(connection: Connection, *, standing_only: bool, limit: int) -> list[Row[Any]]:
    """The newest first."""
    query = _ROWS.order_by(alarm.c.raised_at.desc(), alarm.c.id.desc()).limit(limit)
    return list(connection.execute(query.where(alarm.c.cleared_at.is_(None)) if standing_only else query))
