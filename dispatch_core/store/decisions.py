"""Decisions, whole: what went in and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from dispatch_core.errors import NotFound
from dispatch_core.ids import DecisionId
from dispatch_core.store.tables import decision


def add(
    connection: Connection, *, decision_id: DecisionId, made_at: datetime, cause: str, policy: str,
    inputs: Mapping[str, Any], outputs: Mapping[str, Any], took_ms: float,
) -> None:  # fmt: skip
    connection.execute(
        insert(decision).values(
            id=decision_id, made_at=made_at, cause=cause, policy=policy, inputs=dict(inputs),
            outputs=dict(outputs), took_ms=took_ms,
        )
    )  # fmt: skip


def get(connection: Connection, decision_id: DecisionId) -> Row[Any]:
    """(id, made_at, cause, policy, inputs, outputs, took_ms)"""
    row = connection.execute(select(decision).where(decision.c.id == decision_id)).one_or_none()
    if row is None:
        raise NotFound("decision", decision_id)
    return row
