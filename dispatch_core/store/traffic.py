"""Closures and a feed's speeds, as every process of the city sees them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from dispatch_core.errors import NotFound
from dispatch_core.ids import ClosureId
from dispatch_core.roads.closures import Closure
from dispatch_core.roads.graph import Float32s, Int32s
from dispatch_core.store.tables import closure, fed_speed


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptClosure:
    """A closure with who asked for what; `region` names the file whose edges these are."""

    id: ClosureId
    region: str
    asked: dict[str, Any]
    closure: Closure
    set_at: datetime
    set_by: str
    lifted_at: datetime | None = None
    lifted_by: str | None = None


def _kept(row: Row[Any]) -> KeptClosure:
    return KeptClosure(
        id=ClosureId(row.id), region=row.region, asked=row.asked, set_at=row.set_at, set_by=row.set_by,
        lifted_at=row.lifted_at, lifted_by=row.lifted_by,
        closure=Closure(
            id=str(row.id), edges=np.array(row.edges, np.int32), begins_at=row.begins_at,
            ends_at=row.ends_at, reason=row.reason, open_to_siren=row.open_to_siren,
        ),
    )  # fmt: skip


def add(connection: Connection, kept: KeptClosure) -> None:
    one = kept.closure
    connection.execute(
        insert(closure).values(
            id=kept.id, region=kept.region, asked=kept.asked, edges=one.edges.tolist(), reason=one.reason,
            open_to_siren=one.open_to_siren, begins_at=one.begins_at, ends_at=one.ends_at,
            set_at=kept.set_at, set_by=kept.set_by,
        )
    )  # fmt: skip


def get(connection: Connection, closure_id: ClosureId, *, for_update: bool = False) -> KeptClosure:
    query = select(closure).where(closure.c.id == closure_id)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    if row is None:
        raise NotFound("closure", closure_id)
    return _kept(row)


def standing(connection: Connection, *, at: datetime) -> list[KeptClosure]:
    """Neither lifted nor over, the oldest first; some may begin later."""
    query = select(closure).where(
        closure.c.lifted_at.is_(None), or_(closure.c.ends_at.is_(None), closure.c.ends_at > at)
    )
    return [_kept(row) for row in connection.execute(query.order_by(closure.c.set_at, closure.c.id))]


def page(connection: Connection, *, limit: int) -> list[KeptClosure]:
    """All there ever were, the newest first."""
    query = select(closure).order_by(closure.c.set_at.desc(), closure.c.id.desc()).limit(limit)
    return [_kept(row) for row in connection.execute(query)]


def lift(connection: Connection, closure_id: ClosureId, *, at: datetime, by: str) -> None:
    connection.execute(update(closure).where(closure.c.id == closure_id).values(lifted_at=at, lifted_by=by))


def feed(
    connection: Connection, region: str, speeds: Iterable[tuple[int, float]], *, until: datetime
) -> None:
    """Replaces what was said of these edges."""
    rows = [
        {"region": region, "edge": edge, "speed_kmh": kmh, "until": until} for edge, kmh in sorted(speeds)
    ]
    statement = upsert(fed_speed)
    written = {"speed_kmh": statement.excluded.speed_kmh, "until": statement.excluded.until}
    connection.execute(statement.on_conflict_do_update(index_elements=["region", "edge"], set_=written), rows)


def fed(connection: Connection, region: str, *, at: datetime) -> tuple[Int32s, Float32s, list[datetime]]:
    """(edges, km/h, until) of what a feed still says."""
    query = select(fed_speed.c.edge, fed_speed.c.speed_kmh, fed_speed.c.until)
    rows = connection.execute(
        query.where(fed_speed.c.region == region, fed_speed.c.until > at).order_by(fed_speed.c.edge)
    ).all()
    return (
        np.array([row.edge for row in rows], np.int32),
        np.array([row.speed_kmh for row in rows], np.float32),
        [row.until for row in rows],
    )


def forget_old_feed(connection: Connection, *, at: datetime) -> None:
    connection.execute(delete(fed_speed).where(fed_speed.c.until <= at))
