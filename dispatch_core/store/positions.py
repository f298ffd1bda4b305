"""Fixes by day, and the newest believed one of each unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from dispatch_core.fleet.telemetry import Fix
from dispatch_core.geo import LonLat
from dispatch_core.ids import UnitId
from dispatch_core.store.points import lat, lon, point
from dispatch_core.store.tables import SCHEMA, fix, position


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a unit was last believed to be."""

    unit_id: UnitId
    lon: float
    lat: float
    fixed_at: datetime
    received_at: datetime
    heading_deg: float | None = None
    speed_kmh: float | None = None
    accuracy_m: float | None = None


_COLUMNS = (
    position.c.unit_id, lon(position.c.place), lat(position.c.place), position.c.fixed_at,
    position.c.received_at, position.c.heading_deg, position.c.speed_kmh, position.c.accuracy_m,
)  # fmt: skip


def _position(row: Row[Any]) -> Position:
    return Position(**dict(row._mapping) | {"unit_id": UnitId(row.unit_id)})


def newest(connection: Connection, unit_ids: Iterable[UnitId] | None = None) -> dict[UnitId, Position]:
    """The newest believed position of all units, or of these."""
    query = select(*_COLUMNS)
    if unit_ids is not None:
        query = query.where(position.c.unit_id.in_(list(unit_ids)))
    return {UnitId(row.unit_id): _position(row) for row in connection.execute(query)}


def add_fixes(
    connection: Connection,
    unit_id: UnitId,
    judged: Sequence[tuple[Fix, str | None]],
    *,
    received_at: datetime,
) -> set[str]:
    """Stores fixes with the reason of a refusal; returns the event ids that were not there before."""
    if not judged:
        return set()
    rows = [
        {
            "unit_id": unit_id, "event_id": one.event_id, "fixed_at": one.fixed_at,
            "received_at": received_at, "lon": one.lon, "lat": one.lat, "heading_deg": one.heading_deg,
            "speed_kmh": one.speed_kmh,
            "accuracy_m": one.accuracy_m, "source": one.source, "refused": refused,
        }
        for one, refused in judged
    ]  # fmt: skip
    statement = upsert(fix).values(rows).on_conflict_do_nothing().returning(fix.c.event_id)
    return {row.event_id for row in connection.execute(statement)}


def move_to(connection: Connection, unit_id: UnitId, one: Fix, *, received_at: datetime) -> bool:
    """Makes a fix the unit's position if it is newer than the one there; whether it was."""
    values = {
        "fixed_at": one.fixed_at, "received_at": received_at, "place": point(LonLat(one.lon, one.lat)),
        "heading_deg": one.heading_deg, "speed_kmh": one.speed_kmh, "accuracy_m": one.accuracy_m,
    }  # fmt: skip
    statement = upsert(position).values(unit_id=unit_id, **values)
    moved = statement.on_conflict_do_update(
        index_elements=["unit_id"], set_=values, where=position.c.fixed_at < one.fixed_at
    ).returning(position.c.unit_id)
    return connection.execute(moved).first() is not None


def refusals(connection: Connection, unit_id: UnitId) -> dict[str, int]:
    """How many fixes of a unit were refused, by reason."""
    query = select(fix.c.refused, func.count()).where(fix.c.unit_id == unit_id, fix.c.refused.is_not(None))
    return {row[0]: row[1] for row in connection.execute(query.group_by(fix.c.refused))}


def ensure_partitions(connection: Connection, *, first: date, days: int) -> None:
    """A partition for each UTC day ahead; what lies outside them goes to the default partition."""
    for offset in range(days):
        day = first + timedelta(days=offset)
        low = datetime(day.year, day.month, day.day, tzinfo=UTC)
        high = low + timedelta(days=1)
        # Rows of that day which the default partition took already would forbid the new one.
        stray = connection.execute(
            text(f"SELECT 1 FROM {SCHEMA}.fix_stray WHERE fixed_at >= :low AND fixed_at < :high LIMIT 1"),
            {"low": low, "high": high},
        ).first()
        if stray is None:
            connection.execute(
                text(
                    f"CREATE TABLE IF NOT EXISTS {SCHEMA}.fix_{day:%Y%m%d} PARTITION OF {SCHEMA}.fix "
                    f"FOR VALUES FROM ('{low.isoformat()}') TO ('{high.isoformat()}')"
                )
            )
