"""The newest believed position of each unit; what was refused; the days of the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from dispatch_core.fleet.capability import UnitKind
from dispatch_core.geo import LonLat
from dispatch_core.ids import UnitId
from dispatch_core.store.asking import of_ids
from dispatch_core.store.points import lat, lon
from dispatch_core.store.tables import SCHEMA, fix, position, unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a unit was believed to be; altitude and alarms are told of tracks alone."""

    unit_id: UnitId
    lon: float
    lat: float
    fixed_at: datetime
    received_at: datetime
    heading_deg: float | None = None
    speed_kmh: float | None = None
    accuracy_m: float | None = None
    altitude_m: float | None = None
    alarms: int = 0


_COLUMNS = (
    position.c.unit_id, lon(position.c.place), lat(position.c.place), position.c.fixed_at,
    position.c.received_at, position.c.heading_deg, position.c.speed_kmh, position.c.accuracy_m,
)  # fmt: skip
_NEWEST = select(*_COLUMNS)
_NEWEST_OF = _NEWEST.where(of_ids(position.c.unit_id))


def _position(row: Row[Any]) -> Position:
    return Position(**dict(row._mapping) | {"unit_id": UnitId(row.unit_id)})


def newest(connection: Connection, unit_ids: Iterable[UnitId] | None = None) -> dict[UnitId, Position]:
    """The newest believed position of all units, or of these."""
    if unit_ids is None:
        rows = connection.execute(_NEWEST).all()
    else:
        rows = connection.execute(_NEWEST_OF, {"ids": list(unit_ids)}).all()
    return {UnitId(row.unit_id): _position(row) for row in rows}


def refusals(connection: Connection, unit_id: UnitId) -> dict[str, int]:
    """How many fixes of a unit were refused, by reason."""
    query = select(fix.c.refused, func.count()).where(fix.c.unit_id == unit_id, fix.c.refused.is_not(None))
    return {row[0]: row[1] for row in connection.execute(query.group_by(fix.c.refused))}


def refusals_by_device(connection: Connection, unit_id: UnitId) -> dict[UUID, dict[str, int]]:
    """The same for each of the unit's devices."""
    query = select(fix.c.device_id, fix.c.refused, func.count())
    query = query.where(fix.c.unit_id == unit_id, fix.c.refused.is_not(None))
    counted: dict[UUID, dict[str, int]] = {}
    for device_id, refused, count in connection.execute(query.group_by(fix.c.device_id, fix.c.refused)):
        counted.setdefault(device_id, {})[refused] = count
    return counted


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


def drop_partitions(connection: Connection, *, before: date) -> int:
    """Forgets the days before one, each in an instant; returns how many went."""
    low = datetime(before.year, before.month, before.day, tzinfo=UTC)
    found = connection.execute(
        text(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            f"WHERE i.inhparent = '{SCHEMA}.fix'::regclass AND c.relname ~ '^fix_[0-9]{{8}}$' "
            "AND c.relname < :limit"
        ),
        {"limit": f"fix_{before:%Y%m%d}"},
    )
    names = [row.relname for row in found]
    for name in names:
        connection.execute(text(f"DROP TABLE {SCHEMA}.{name}"))
    connection.execute(text(f"DELETE FROM {SCHEMA}.fix_stray WHERE received_at < :low"), {"low": low})
    return len(names)


_PASSED = text(f"""
SELECT f.unit_id, f.lon, f.lat, f.fixed_at
FROM unnest(CAST(:units AS uuid[]), CAST(:since AS timestamptz[])) AS q (unit_id, since)
JOIN {SCHEMA}.position p USING (unit_id)
JOIN {SCHEMA}.fix f ON f.unit_id = q.unit_id AND f.device_id = p.device_id AND f.refused IS NULL
    AND f.fixed_at > q.since AND f.fixed_at < p.fixed_at AND f.fixed_at > :oldest
ORDER BY f.unit_id, f.fixed_at""")


def passed_since(
    connection: Connection, since: Mapping[UnitId, datetime]
) -> dict[UnitId, list[tuple[LonLat, datetime]]]:
    """The way of each unit to where it is now, as the device tells that it is believed by, in order."""
    if not since:
        return {}
    asked = {"units": list(since), "since": list(since.values()), "oldest": min(since.values())}
    ways: dict[UnitId, list[tuple[LonLat, datetime]]] = {}
    for row in connection.execute(_PASSED, asked):
        ways.setdefault(UnitId(row.unit_id), []).append((LonLat(row.lon, row.lat), row.fixed_at))
    return ways


def received_since(connection: Connection, at: datetime) -> list[Position]:
    """Newest positions that arrived after an instant."""
    return [
        _position(row) for row in connection.execute(select(*_COLUMNS).where(position.c.received_at > at))
    ]


def sampled(
    connection: Connection, kind: UnitKind, *, since: datetime, until: datetime, every_s: float
) -> list[Row[*tuple[Any, ...]]]:
    """(unit_id, fixed_at, lon, lat) of believed fixes, one of each unit in `every_s` seconds, in order."""
    slot = func.floor(func.extract("epoch", fix.c.fixed_at) / every_s)
    query = (
        select(fix.c.unit_id, fix.c.fixed_at, fix.c.lon, fix.c.lat)
        .join(unit, unit.c.id == fix.c.unit_id)
        .where(
            unit.c.kind == kind.value,
            fix.c.fixed_at > since,
            fix.c.fixed_at <= until,
            fix.c.refused.is_(None),
        )
        .ext(distinct_on(fix.c.unit_id, slot))
        .order_by(fix.c.unit_id, slot, fix.c.fixed_at)
    )
    return list(connection.execute(query))


def track(connection: Connection, unit_id: UnitId, *, start: datetime, end: datetime) -> list[Position]:
    """Believed fixes of a unit in a span of time, ends included, by the time of fix."""
    columns: tuple[Any, ...] = (
        fix.c.unit_id, fix.c.lon, fix.c.lat, fix.c.fixed_at, fix.c.received_at, fix.c.heading_deg,
        fix.c.speed_kmh, fix.c.accuracy_m, fix.c.altitude_m, func.coalesce(fix.c.alarms, 0).label("alarms"),
    )  # fmt: skip
    believed = fix.c.fixed_at.between(start, end) & fix.c.refused.is_(None)
    query = select(*columns).where(fix.c.unit_id == unit_id, believed).order_by(fix.c.fixed_at)
    return [_position(row) for row in connection.execute(query)]
