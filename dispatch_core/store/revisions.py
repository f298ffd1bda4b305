"""What supervisors set, dated: nothing is overwritten, so that any past decision's rules can be read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from dispatch_core.store.tables import revision


def add(
    connection: Connection, name: str, value: Any, *, valid_from: datetime, at: datetime, by: str, reason: str
) -> int:
    """Keeps a value beside the earlier ones; returns its number."""
    added = insert(revision).values(
        name=name, value=value, valid_from=valid_from, set_at=at, set_by=by, reason=reason
    )
    number: int = connection.execute(added.returning(revision.c.id)).scalar_one()
    return number


def in_force(connection: Connection, name: str, *, at: datetime) -> Any:
    """The value of the latest beginning not after a time; None before the first."""
    query = select(revision.c.value).where(revision.c.name == name, revision.c.valid_from <= at)
    newest = query.order_by(revision.c.valid_from.desc(), revision.c.id.desc()).limit(1)
    return connection.execute(newest).scalar_one_or_none()


def history(connection: Connection, name: str, *, limit: int = 100) -> list[Row[Any]]:
    """(id, name, value, valid_from, set_at, set_by, reason), the newest first."""
    query = select(revision).where(revision.c.name == name)
    return list(connection.execute(query.order_by(revision.c.id.desc()).limit(limit)))
