"""Clocks that must fire within a second, each once, whichever process takes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from dispatch_core.store.tables import timer


def wind(connection: Connection, kind: str, due_at: Mapping[Any, datetime]) -> None:
    """Sets the clock of each subject, or sets it anew."""
    rows = [{"kind": kind, "subject_id": subject, "due_at": at} for subject, at in sorted(due_at.items())]
    if rows:
        statement = upsert(timer)
        statement = statement.on_conflict_do_update(
            index_elements=["kind", "subject_id"], set_={"due_at": statement.excluded.due_at}
        )
        connection.execute(statement, rows)


def take_due(connection: Connection, kind: str, *, at: datetime) -> UUID | None:
    """A subject whose clock has run out, which no other process has taken; back if we roll back."""
    due = (
        select(timer.c.id)
        .where(timer.c.kind == kind, timer.c.due_at <= at)
        .order_by(timer.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .cte("due")  # as a plain subquery PostgreSQL may run it more than once, and take more than one
    )
    taken = delete(timer).where(timer.c.id == due.c.id).returning(timer.c.subject_id)
    return connection.execute(taken).scalar_one_or_none()


def next_due(connection: Connection) -> datetime | None:
    found: datetime | None = connection.execute(select(func.min(timer.c.due_at))).scalar()
    return found
