"""Planners' scenarios: asked, run, kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from dispatch_core.errors import NotFound
from dispatch_core.ids import PlanId
from dispatch_core.store.tables import plan

# All but the study, which is large.
_TOLD = tuple(column for column in plan.c if column.name != "study")


def add(connection: Connection, plan_id: PlanId, *, name: str, toml: str, wanted: int, at: datetime) -> None:
    """Queued, to be run."""
    connection.execute(
        insert(plan).values(id=plan_id, name=name, toml=toml, status="queued", asked_at=at, wanted=wanted)
    )


def get(connection: Connection, plan_id: PlanId) -> Row[Any]:
    """One without its study; NotFound."""
    row = connection.execute(select(*_TOLD).where(plan.c.id == plan_id)).one_or_none()
    if row is None:
        raise NotFound("plan", plan_id)
    return row


def newest(connection: Connection, *, limit: int) -> list[Row[Any]]:
    """Without their studies, the newest first."""
    return list(connection.execute(select(*_TOLD).order_by(plan.c.asked_at.desc(), plan.c.id).limit(limit)))


def studies(connection: Connection, ids: Sequence[PlanId]) -> dict[PlanId, bytes]:
    """Those that are there."""
    query = select(plan.c.id, plan.c.study).where(plan.c.id.in_(ids), plan.c.study.is_not(None))
    return {PlanId(row.id): row.study for row in connection.execute(query)}


def begin(connection: Connection, plan_id: PlanId, *, at: datetime) -> str | None:
    """The scenario, to be run from its beginning; None if it was called off or is over."""
    running = update(plan).where(plan.c.id == plan_id, plan.c.status.in_(("queued", "running")))
    values = {"status": "running", "begun_at": at, "heard_at": at, "done": 0}
    found = connection.execute(running.values(**values).returning(plan.c.toml))
    toml: str | None = found.scalar_one_or_none()
    return toml


def advance(connection: Connection, plan_id: PlanId, *, done: int, wanted: int, at: datetime) -> bool:
    """False if it was called off meanwhile."""
    moved = update(plan).where(plan.c.id == plan_id, plan.c.status == "running")
    found = connection.execute(moved.values(done=done, wanted=wanted, heard_at=at).returning(plan.c.id))
    return found.one_or_none() is not None


def finish(
    connection: Connection, plan_id: PlanId, *, study: bytes, figures: dict[str, Any], at: datetime
) -> None:
    """With what came out; nothing if it was called off."""
    over = update(plan).where(plan.c.id == plan_id, plan.c.status == "running")
    connection.execute(over.values(
        status="done", study=study, figures=figures, ended_at=at, heard_at=at, done=plan.c.wanted,
    ))  # fmt: skip


def fail(connection: Connection, plan_id: PlanId, *, problem: str, at: datetime) -> None:
    """With the reason, if it was not over."""
    waiting = update(plan).where(plan.c.id == plan_id, plan.c.status.in_(("queued", "running")))
    connection.execute(waiting.values(status="failed", problem=problem, ended_at=at))


def cancel(connection: Connection, plan_id: PlanId, *, at: datetime) -> bool:
    """False if it was over."""
    waiting = update(plan).where(plan.c.id == plan_id, plan.c.status.in_(("queued", "running")))
    found = connection.execute(waiting.values(status="cancelled", ended_at=at).returning(plan.c.id))
    return found.one_or_none() is not None


def remove(connection: Connection, plan_id: PlanId) -> None:
    """NotFound if it is not there."""
    found = connection.execute(delete(plan).where(plan.c.id == plan_id).returning(plan.c.id))
    if found.one_or_none() is None:
        raise NotFound("plan", plan_id)
