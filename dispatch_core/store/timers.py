"""Clocks that must fire within a second, each once, whichever process takes it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from dispatch_core.store.tables import timer


def wind(connection: Connection, kind: str, subject_id: UUID, *, due_at: datetime) -> None:
    """Sets the clock of a subject, or sets it anew."""
    statement = upsert(timer).values(kind=kind, subject_id=subject_id, due_at=due_at)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["kind", "subject_id"], set_={"due_at": due_at})
    )


def stop(connection: Connection, kind: str, subject_id: UUID) -> None:
    connection.execute(delete(timer).where(timer.c.kind == kind, timer.c.subject_id == subject_id))


def take_due(connection: Connection, kind: str, *, at: datetime, limit: int = 100) -> list[UUID]:
    """Subjects whose clock has run out; taken for this transaction, back if it rolls back."""
    due = (
        select(timer.c.id)
        .where(timer.c.kind == kind, timer.c.due_at <= at)
        .order_by(timer.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = connection.execute(delete(timer).where(timer.c.id.in_(due)).returning(timer.c.subject_id))
    return [row.subject_id for row in taken]


def next_due(connection: Connection) -> datetime | None:
    found: datetime | None = connection.execute(select(func.min(timer.c.due_at))).scalar()
    return found
