"""Optimistic locking: an aggregate is written only over the version that was read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, update

from dispatch_core.errors import Conflict


def write_over(
    connection: Connection, table: Table, key: UUID, *, read_version: int, values: dict[str, Any]
) -> None:
    """Updates the row with this id and version; Conflict if somebody was faster."""
    written = connection.execute(
        update(table).where(table.c.id == key, table.c.version == read_version).values(**values)
    )
    if written.rowcount != 1:
        raise Conflict(
            f"{table.name} {key} was changed by somebody else; read it again", code="version-conflict"
        )
