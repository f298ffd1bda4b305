"""Settings that every process shares and that outlive a restart."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from dispatch_core.store.tables import setting


def find(connection: Connection, name: str, *, at: datetime, to_change: bool = False) -> Any:
    """The value in force at a time; None if it was never set or has expired. `to_change` locks it."""
    in_force = or_(setting.c.expires_at.is_(None), setting.c.expires_at > at)
    query = select(setting.c.value).where(setting.c.name == name, in_force)
    return connection.execute(query.with_for_update() if to_change else query).scalar_one_or_none()


def put(
    connection: Connection,
    name: str,
    value: Any,
    *,
    at: datetime,
    by: str,
    expires_at: datetime | None = None,
) -> None:
    statement = upsert(setting).values(name=name, value=value, set_at=at, set_by=by, expires_at=expires_at)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"value": value, "set_at": at, "set_by": by, "expires_at": expires_at},
        )
    )


def change(connection: Connection, name: str, value: Any) -> None:
    """Another value until the same time."""
    connection.execute(update(setting).where(setting.c.name == name).values(value=value))


def drop(connection: Connection, name: str) -> None:
    connection.execute(delete(setting).where(setting.c.name == name))
