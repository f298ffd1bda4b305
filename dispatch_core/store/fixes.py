"""Fixes on their way into the database: what is known before, binary COPY, what is known after."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy import Connection

from dispatch_core.fleet.arbitration import Markers
from dispatch_core.fleet.fixes import Fixes, microseconds
from dispatch_core.fleet.ground import Bools
from dispatch_core.fleet.neighbours import Doubted, Neighbours, Rows
from dispatch_core.fleet.pipeline import Case, Known, code_of
from dispatch_core.roads.graph import Int64s, UInt8s
from dispatch_core.store.arrays import EPOCH_US, NEVER_US, Bigints, Floats, Instants, Uuids
from dispatch_core.store.fix_rows import COLUMNS, copied_rows

# One value for all of them: a row of each device as `_HEARD_ROW` reads it, without an object for each field.
_HEARD = """
SELECT string_agg(
    timestamptz_send(COALESCE(h.seen_until, '-infinity'))
    || timestamptz_send(COALESCE(h.fixed_at, '-infinity'))
    || float8send(COALESCE(h.lon, 0)) || float8send(COALESCE(h.lat, 0))
    || float8send(COALESCE(h.accuracy_m, 'NaN'))
    || int2send(COALESCE(h.doubts, 0::smallint)) || timestamptz_send(COALESCE(h.doubted_at, '-infinity'))
    || float8send(COALESCE(h.doubted_lon, 0)) || float8send(COALESCE(h.doubted_lat, 0))
    || float8send(COALESCE(h.doubted_accuracy_m, 'NaN'))
    || timestamptz_send(COALESCE(p.fixed_at, '-infinity'))
    || uuid_send(COALESCE(p.device_id, '00000000-0000-0000-0000-000000000000'))
    || int2send(COALESCE(p.priority, 0::smallint)), ''::bytea ORDER BY q.n)
FROM unnest(%s, %s) WITH ORDINALITY AS q (device_id, unit_id, n)
LEFT JOIN dispatch.last_heard h ON h.device_id = q.device_id
LEFT JOIN dispatch.position p ON p.unit_id = q.unit_id"""
_HEARD_ROW = np.dtype(
    [
        ("seen_until", ">i8"), ("fixed_at", ">i8"), ("lon", ">f8"), ("lat", ">f8"), ("accuracy_m", ">f8"),
        ("doubts", ">i2"), ("doubted_at", ">i8"), ("doubted_lon", ">f8"), ("doubted_lat", ">f8"),
        ("doubted_accuracy_m", ">f8"),
        ("marked_at", ">i8"), ("marked_by", "V16"), ("priority", ">i2"),
    ]
)  # fmt: skip
# A neighbour farther away in time than an hour makes no speed impossible within a region.
_BESIDE = """
SELECT s.stored, s.refused, b.fixed_at, b.lon, b.lat, b.accuracy_m, a.fixed_at, a.lon, a.lat, a.accuracy_m
FROM unnest(%s, %s, %s, %s) WITH ORDINALITY AS q (unit_id, device_id, event, at, n)
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
    (device_id, unit_id, heard_at, seen_until, fixed_at, lon, lat, accuracy_m,
    doubts, doubted_at, doubted_lon, doubted_lat, doubted_accuracy_m)
SELECT device_id, unit_id, %s, seen_until, NULLIF(at, '-infinity'), lon, lat, NULLIF(accuracy, 'NaN'),
    doubts, NULLIF(doubted, '-infinity'), doubted_lon, doubted_lat, NULLIF(doubted_accuracy, 'NaN')
FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    AS q (device_id, unit_id, seen_until, at, lon, lat, accuracy,
    doubts, doubted, doubted_lon, doubted_lat, doubted_accuracy)
ORDER BY device_id
ON CONFLICT (device_id) DO UPDATE SET
    unit_id = excluded.unit_id, heard_at = excluded.heard_at,
    seen_until = GREATEST(h.seen_until, excluded.seen_until),
    fixed_at = GREATEST(h.fixed_at, excluded.fixed_at),
    lon = CASE WHEN h.fixed_at >= COALESCE(excluded.fixed_at, '-infinity') THEN h.lon ELSE excluded.lon END,
    lat = CASE WHEN h.fixed_at >= COALESCE(excluded.fixed_at, '-infinity') THEN h.lat ELSE excluded.lat END,
    accuracy_m = CASE WHEN h.fixed_at >= COALESCE(excluded.fixed_at, '-infinity') THEN h.accuracy_m
        ELSE excluded.accuracy_m END,
    doubts = excluded.doubts, doubted_at = excluded.doubted_at, doubted_lon = excluded.doubted_lon,
    doubted_lat = excluded.doubted_lat, doubted_accuracy_m = excluded.doubted_accuracy_m"""
_MOVE = """
WITH moved AS (INSERT INTO dispatch.position AS p
    (unit_id, device_id, priority, fixed_at, received_at, place, heading_deg, speed_kmh, accuracy_m)
SELECT unit_id, device_id, priority, at, %s, ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography,
    NULLIF(heading, 'NaN'), NULLIF(speed, 'NaN'), NULLIF(accuracy, 'NaN')
FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s, %s)
    AS q (unit_id, device_id, priority, at, lon, lat, heading, speed, accuracy)
ORDER BY unit_id
ON CONFLICT (unit_id) DO UPDATE SET
    device_id = excluded.device_id, priority = excluded.priority, fixed_at = excluded.fixed_at,
    received_at = excluded.received_at, place = excluded.place, heading_deg = excluded.heading_deg,
    speed_kmh = excluded.speed_kmh, accuracy_m = excluded.accuracy_m
WHERE p.fixed_at < excluded.fixed_at
RETURNING p.unit_id) SELECT string_agg(uuid_send(unit_id), ''::bytea) FROM moved"""


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
    with _cursor(connection) as cursor:
        told = cursor.execute(_HEARD, (Uuids(fixes.device_ids), Uuids(fixes.unit_ids))).fetchone()
        heard = np.frombuffer(told[0] if told and told[0] else b"", _HEARD_ROW)
        found = Known(
            stored=np.zeros(len(fixes), np.bool_), stored_refusal=np.zeros(len(fixes), np.uint8),
            before=_newest(heard)[fixes.sender], after=Neighbours.none(len(fixes)),
            doubted=_doubted(heard), markers=_markers(heard),
        )  # fmt: skip
        seen_us = _since_1970(heard["seen_until"])[fixes.sender]
        late = (fixes.fixed_at_us <= seen_us) | (fixes.fixed_at_us > unseen_before_us)
        rows = np.arange(len(fixes)) if all_rows else np.flatnonzero(late)
        if len(rows):
            _look_beside(cursor, fixes, rows, found)
    return found


def _look_beside(cursor: psycopg.Cursor[Any], fixes: Fixes, rows: Rows, found: Known) -> None:
    whose = fixes.sender[rows]
    asked = (
        Uuids(fixes.unit_ids[whose]), Uuids(fixes.device_ids[whose]), Bigints(fixes.event[rows]),
        Instants(fixes.fixed_at_us[rows]),
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


def _since_1970(instants: NDArray[Any]) -> Int64s:
    """-infinity becomes NEVER_US."""
    return instants.astype(np.int64) + EPOCH_US


def _newest(heard: NDArray[Any]) -> Neighbours:
    """Each device's newest believed fix."""
    return _heard_fix(heard, "fixed_at", "")


def _doubted(heard: NDArray[Any]) -> Doubted:
    return Doubted(count=heard["doubts"].astype(np.int64), last=_heard_fix(heard, "doubted_at", "doubted_"))


def _heard_fix(heard: NDArray[Any], at: str, prefix: str) -> Neighbours:
    at_us = _since_1970(heard[at])
    lon, lat, accuracy_m = (heard[prefix + name].astype(np.float64) for name in ("lon", "lat", "accuracy_m"))
    return Neighbours(known=at_us != NEVER_US, at_us=at_us, lon=lon, lat=lat, accuracy_m=accuracy_m)


def _markers(heard: NDArray[Any]) -> Markers:
    at_us = _since_1970(heard["marked_at"])
    return Markers(
        known=at_us != NEVER_US, device_ids=np.ascontiguousarray(heard["marked_by"]),
        priority=heard["priority"].astype(np.int64), at_us=at_us,
    )  # fmt: skip


def append(connection: Connection, fixes: Fixes, refusal: UInt8s, *, received_at: datetime) -> None:
    """Copies rows into their days; UniqueViolation if one of them is there already."""
    statement = f"COPY dispatch.fix ({COLUMNS}) FROM STDIN BINARY"
    with _cursor(connection) as cursor, cursor.copy(statement) as copy:
        for piece in copied_rows(fixes, refusal, received_at_us=microseconds(received_at)):
            copy.write(piece)


def remember(connection: Connection, case: Case, *, received_at: datetime, unseen_before_us: int) -> None:
    """What the next fixes of these devices are judged against."""
    fixes, fresh = case.fixes, np.flatnonzero(~case.repeated)
    if not len(fresh):
        return
    whose, at_us = fixes.sender[fresh], fixes.fixed_at_us[fresh]
    first = np.flatnonzero(np.append(True, whose[1:] != whose[:-1]))
    dated = np.where(at_us <= unseen_before_us, at_us, NEVER_US)
    # A device all of whose fixes lie far ahead is remembered as of just before them, but not ahead itself.
    before = np.minimum(np.minimum.reduceat(at_us, first) - 1, unseen_before_us)
    seen_us = np.maximum.reduceat(dated, first)
    last = np.maximum.reduceat(np.where(case.alive[fresh], np.arange(len(fresh)), -1), first)
    believed, row = last >= 0, fresh[np.maximum(last, 0)]
    senders = whose[first]
    doubted = case.doubted.last[senders]
    device_ids, unit_ids = Uuids(fixes.device_ids[senders]), Uuids(fixes.unit_ids[senders])
    told = (
        Instants(np.where(seen_us == NEVER_US, before, seen_us)),
        Instants(np.where(believed, fixes.fixed_at_us[row], NEVER_US)),
        Floats(fixes.lon[row]), Floats(fixes.lat[row]), Floats(fixes.accuracy_m[row]),
        Bigints(case.doubted.count[senders]),
        Instants(np.where(doubted.known, doubted.at_us, NEVER_US)),
        Floats(doubted.lon), Floats(doubted.lat), Floats(doubted.accuracy_m),
    )  # fmt: skip
    with _cursor(connection) as cursor:
        cursor.execute(_REMEMBER, (received_at, device_ids, unit_ids, *told))


def move(connection: Connection, fixes: Fixes, moves: Int64s, *, received_at: datetime) -> Bools:
    """Moves each unit to its row unless it is there already or farther in time; bool[u]: those that moved."""
    if not len(moves):
        return np.zeros(0, np.bool_)
    unit_ids = fixes.unit_ids[fixes.sender[moves]]
    device_ids = fixes.device_ids[fixes.sender[moves]]
    priorities = np.array([s.priority for s in fixes.senders], np.int64)[fixes.sender[moves]]
    columns = (fixes.lon, fixes.lat, fixes.heading_deg, fixes.speed_kmh, fixes.accuracy_m)
    told = (Bigints(priorities), Instants(fixes.fixed_at_us[moves]), *(Floats(c[moves]) for c in columns))
    with _cursor(connection) as cursor:
        asked = (received_at, Uuids(unit_ids), Uuids(device_ids), *told)
        row = cursor.execute(_MOVE, asked).fetchone()
    moved = np.frombuffer(row[0] if row and row[0] else b"", "S16")
    return np.isin(unit_ids.view("S16"), moved)
