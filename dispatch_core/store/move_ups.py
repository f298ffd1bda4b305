"""Recommendations to move a unit up, and their answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from dispatch_core.errors import NotFound
from dispatch_core.ids import MoveUpId, StationId, UnitId
from dispatch_core.store.tables import move_up


def add(
    connection: Connection, *, move_id: MoveUpId, unit_id: UnitId, station_id: StationId, gain_points: float,
    drive_s: float, at: datetime,
) -> None:  # fmt: skip
    connection.execute(
        insert(move_up).values(
            id=move_id, unit_id=unit_id, station_id=station_id, gain_points=gain_points, drive_s=drive_s,
            recommended_at=at,
        )
    )  # fmt: skip


def get(connection: Connection, move_id: MoveUpId, *, for_update: bool = False) -> Row[Any]:
    query = select(move_up).where(move_up.c.id == move_id)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    if row is None:
        raise NotFound("move-up", move_id)
    return row


def unanswered_since(connection: Connection, since: datetime) -> list[Row[Any]]:
    """The oldest first."""
    query = select(move_up).where(move_up.c.answer.is_(None), move_up.c.recommended_at >= since)
    return list(connection.execute(query.order_by(move_up.c.recommended_at, move_up.c.id)))


def accepted_since(connection: Connection, since: datetime) -> list[UnitId]:
    """The unit of each move made, once for each."""
    query = select(move_up.c.unit_id).where(move_up.c.answer == "accepted", move_up.c.answered_at >= since)
    return [UnitId(row.unit_id) for row in connection.execute(query)]


def answer(connection: Connection, move_id: MoveUpId, *, answer: str, at: datetime, reason: str) -> None:
    changed = update(move_up).where(move_up.c.id == move_id)
    connection.execute(changed.values(answer=answer, answered_at=at, reason=reason))


def page(connection: Connection, *, limit: int) -> list[Row[Any]]:
    """The newest first."""
    query = select(move_up).order_by(move_up.c.recommended_at.desc(), move_up.c.id.desc())
    return list(connection.execute(query.limit(limit)))
