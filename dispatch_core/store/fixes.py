"""Fixes on their way into the database: what is known before, binary COPY, what is known after."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from sqlalchemy import Connection

from dispatch_core.fleet.arbitration import Marker, Markers
from dispatch_core.fleet.fixes import Fixes, microseconds
from dispatch_core.fleet.neighbours import Neighbours, Rows
from dispatch_core.fleet.pipeline import Case, Known, code_of
from dispatch_core.ids import UnitId
from dispatch_core.roads.graph import Int64s, UInt8s
from dispatch_core.store.fix_rows import COLUMNS, copied_rows

_HEARD = """
SELECT h.seen_until, h.fixed_at, h.lon, h.lat, h.accuracy_m, p.fixed_at, p.device_id, p.priority
FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY AS q (device_id, unit_id, n)
LEFT JOIN dispatch.last_heard h ON h.device_id = q.device_id
LEFT JOIN dispatch.position p ON p.unit_id = q.unit_id
ORDER BY q.n"""
# A neighbour farther away in time than an hour makes no speed impossible within a region.
_BESIDE = """
SELECT s.stored, s.refused, b.fixed_at, b.lon, b.lat, b.accuracy_m, a.fixed_at, a.lon, a.lat, a.accuracy_m
FROM (
    SELECT n, unit_id, device_id, event, 'epoch'::timestamptz + us * interval '1 microsecond' AS at
    FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[])
        WITH ORDINALITY AS t (unit_id, device_id, event, us, n)
) q
LEFT JOIN LATERAL (
    SELECT true AS stored, refused FROM dispatch.fix f
    WHERE f.unit_id = q.unit_id AND f.fixed_at = q.at AND f.event = q.event LIMIT 1
) s ON true
LEFT JOIN LATERAL (
    SELECT fixed_at, lon, lat, accuracy_m FROM dispatch.fix f
    WHERE f.unit_id = q.unit_id AND f.fixed_at <= q.at AND f.fixed_at > q.at - interval '1 hour'
        AND f.device_id = q.device_id AND f.refused IS NULL
    ORDER BY f.fixed_at DESC LIMIT 1
) b ON true
LEFT JOIN LATERAL (
    SELECT fixed_at, lon, lat, accuracy_m FROM dispatch.fix f
    WHERE f.unit_id = q.unit_id AND f.fixed_at > q.at AND f.fixed_at <= q.at + interval '1 hour'
        AND f.device_id = q.device_id AND f.refused IS NULL
    ORDER BY f.fixed_at LIMIT 1
) a ON true
ORDER BY q.n"""
_REMEMBER = """
INSERT INTO dispatch.last_heard AS h
    (device_id, unit_id, heard_at, seen_until, fixed_at, lon, lat, accuracy_m)
SELECT device_id, unit_id, %s, 'epoch'::timestamptz + seen * interval '1 microsecond',
    'epoch'::timestamptz + at * interval '1 microsecond', lon, lat, NULLIF(accuracy, 'NaN')
FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[], %s::float8[], %s::float8[], %s::float8[])
    AS q (device_id, unit_id, seen, at, lon, lat, accuracy)
ORDER BY device_id
ON CONFLICT (device_id) DO UPDATE SET
    unit_id = excluded.unit_id, heard_at = excluded.heard_at,
    seen_until = GREATEST(h.seen_until, excluded.seen_until),
    (fixed_at, lon, lat, accuracy_m) = (
        SELECT n.fixed_at, n.lon, n.lat, n.accuracy_m FROM (VALUES
            (h.fixed_at, h.lon, h.lat, h.accuracy_m),
            (excluded.fixed_at, excluded.lon, excluded.lat, excluded.accuracy_m)
        ) AS n (fixed_at, lon, lat, accuracy_m) ORDER BY n.fixed_at DESC NULLS LAST LIMIT 1
    )"""
_MOVE = """
INSERT INTO dispatch.position AS p
    (unit_id, device_id, priority, fixed_at, received_at, place, heading_deg, speed_kmh, accuracy_m)
SELECT unit_id, device_id, priority, 'epoch'::timestamptz + at * interval '1 microsecond', %s,
    ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography, NULLIF(heading, 'NaN'), NULLIF(speed, 'NaN'),
    NULLIF(accuracy, 'NaN')
FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::bigint[], %s::float8[], %s::float8[], %s::float8[],
    %s::float8[], %s::float8[]) AS q (unit_id, device_id, priority, at, lon, lat, heading, speed, accuracy)
ORDER BY unit_id
ON CONFLICT (unit_id) DO UPDATE SET
    device_id = excluded.device_id, priority = excluded.priority, fixed_at = excluded.fixed_at,
    received_at = excluded.received_at, place = excluded.place, heading_deg = excluded.heading_deg,
    speed_kmh = excluded.speed_kmh, accuracy_m = excluded.accuracy_m
WHERE p.fixed_at < excluded.fixed_at
RETURNING p.unit_id"""


def _cursor(connection: Connection) -> psycopg.Cursor[Any]:
    """Below SQLAlchemy, in its transaction: COPY and arrays of thousands are psycopg's own."""
    if not connection.in_transaction():
        connection.begin()  # else SQLAlchemy, which sees no statement, would have nothing to commit
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    return raw.cursor(binary=True)


def known(connection: Connection, fixes: Fixes, *, unseen_before_us: int, all_rows: bool = False) -> Known:
    """What bears on fixes in fix order.

    A fix later than all that is stored of its device, but not dated beyond `unseen_before_us`, cannot be
    there already and has no later neighbour: only the others are looked for (`all_rows`: every one).
    """
    senders = fixes.senders
    devices, units = [s.device_id for s in senders], [s.unit_id for s in senders]
    with _cursor(connection) as cursor:
        heard = cursor.execute(_HEARD, (devices, units)).fetchall()
        seen_us = np.array([-(2**62) if h[0] is None else microseconds(h[0]) for h in heard], np.int64)
        found = Known(
            stored=np.zeros(len(fixes), np.bool_), stored_refusal=np.zeros(len(fixes), np.uint8),
            before=_neighbours([h[1:5] for h in heard])[fixes.sender], after=Neighbours.none(len(fixes)),
            markers=Markers(of_sender=tuple(map(_marker, heard))),
        )  # fmt: skip
        late = (fixes.fixed_at_us <= seen_us[fixes.sender]) | (fixes.fixed_at_us > unseen_before_us)
        rows = np.arange(len(fixes)) if all_rows else np.flatnonzero(late)
        if len(rows):
            _look_beside(cursor, fixes, rows, found)
    return found


def _look_beside(cursor: psycopg.Cursor[Any], fixes: Fixes, rows: Rows, found: Known) -> None:
    whose = [fixes.senders[i] for i in fixes.sender[rows].tolist()]
    asked = (
        [s.unit_id for s in whose], [s.device_id for s in whose], fixes.event[rows].tolist(),
        fixes.fixed_at_us[rows].tolist(),
    )  # fmt: skip
    beside = cursor.execute(_BESIDE, asked).fetchall()
    found.stored[rows] = [row[0] is not None for row in beside]
    found.stored_refusal[rows] = [code_of(row[1]) for row in beside]
    found.before.put(rows, _neighbours([row[2:6] for row in beside]))
    found.after.put(rows, _neighbours([row[6:10] for row in beside]))


def _neighbours(rows: list[tuple[Any, ...]]) -> Neighbours:
    """(fixed_at, lon, lat, accuracy_m) of each, all None where there is none."""
    table = [(microseconds(at), x, y, np.nan if m is None else m) if at else _NOBODY for at, x, y, m in rows]
    columns = list(zip(*table, strict=True))
    return Neighbours(
        known=np.array([row[0] is not None for row in rows], np.bool_), at_us=np.array(columns[0], np.int64),
        lon=np.array(columns[1]), lat=np.array(columns[2]), accuracy_m=np.array(columns[3]),
    )  # fmt: skip


_NOBODY = (0, 0.0, 0.0, np.nan)


def _marker(heard: tuple[Any, ...]) -> Marker | None:
    at, device_id, priority = heard[5:8]
    if at is None:
        return None
    return Marker(device_id=device_id, priority=priority, at_us=microseconds(at))


def append(connection: Connection, fixes: Fixes, refusal: UInt8s, *, received_at: datetime) -> None:
    """Copies rows into their days; UniqueViolation if one of them is there already."""
    statement = f"COPY dispatch.fix ({COLUMNS}) FROM STDIN BINARY"
    with _cursor(connection) as cursor, cursor.copy(statement) as copy:
        for piece in copied_rows(fixes, refusal, received_at_us=microseconds(received_at)):
            copy.write(piece)


def remember(connection: Connection, case: Case, *, received_at: datetime, unseen_before_us: int) -> None:
    """What the next fixes of these devices are judged against."""
    fixes, rows = case.fixes, []
    fresh, alive = np.flatnonzero(~case.repeated), case.alive
    for number, own in _by_sender(fixes, fresh):
        sender, at_us = fixes.senders[number], fixes.fixed_at_us[own]
        dated = at_us[at_us <= unseen_before_us]
        seen = int(dated.max()) if len(dated) else int(at_us.min()) - 1
        believed = own[alive[own]]
        last = int(believed[-1]) if len(believed) else None
        rows.append((sender.device_id, sender.unit_id, min(seen, unseen_before_us), *_told(fixes, last)))
    if rows:
        with _cursor(connection) as cursor:
            cursor.execute(_REMEMBER, (received_at, *map(list, zip(*rows, strict=True))))


def _told(fixes: Fixes, row: int | None) -> tuple[Any, ...]:
    if row is None:
        return None, None, None, None
    at_us, accuracy_m = int(fixes.fixed_at_us[row]), float(fixes.accuracy_m[row])
    return at_us, float(fixes.lon[row]), float(fixes.lat[row]), accuracy_m


def _by_sender(fixes: Fixes, rows: Rows) -> list[tuple[int, Rows]]:
    """Rows in fix order, cut where the sender changes."""
    whose = fixes.sender[rows]
    cuts = np.flatnonzero(whose[1:] != whose[:-1]) + 1
    return [(int(fixes.sender[own[0]]), own) for own in np.split(rows, cuts) if len(own)]


def move(connection: Connection, fixes: Fixes, moves: Int64s, *, received_at: datetime) -> set[UnitId]:
    """Moves each unit to its row unless it is there already or farther in time; the units that moved."""
    if not len(moves):
        return set()
    whose = [fixes.senders[i] for i in fixes.sender[moves].tolist()]
    columns = (fixes.fixed_at_us, fixes.lon, fixes.lat, fixes.heading_deg, fixes.speed_kmh, fixes.accuracy_m)
    told = ([s.unit_id for s in whose], [s.device_id for s in whose], [s.priority for s in whose])
    with _cursor(connection) as cursor:
        moved: list[tuple[UUID]] = cursor.execute(
            _MOVE, (received_at, *told, *(column[moves].tolist() for column in columns))
        ).fetchall()
    return {UnitId(row[0]) for row in moved}
