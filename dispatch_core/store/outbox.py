"""Facts in the order of their commits, for streams and other readers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Integer, Row, bindparam, func, insert, select, text

from dispatch_core.services.facts import Fact
from dispatch_core.store.tables import outbox

CHANNEL = "yct_outbox"
# Any constant will do; held from the first row to the commit, so that seq order is commit order.
_LOCK = 0x59435401
_LOCKED = select(func.pg_advisory_xact_lock(_LOCK))
_WAKE = text(f"NOTIFY {CHANNEL}")
_AFTER = (
    select(outbox)
    .where(outbox.c.seq > bindparam("after"))
    .order_by(outbox.c.seq)
    .limit(bindparam("most", type_=Integer))
)


def add(connection: Connection, facts: Sequence[Fact]) -> None:
    """Appends facts as the last act of a transaction, and wakes readers when it commits."""
    if not facts:
        return
    connection.execute(_LOCKED)
    connection.execute(
        insert(outbox),
        [
            {"at": f.at, "topic": f.topic, "kind": f.kind, "subject_id": f.subject_id, "facts": f.facts}
            for f in facts
        ],
    )
    wake(connection)


def wake(connection: Connection) -> None:
    """Whoever listens looks again, once this transaction commits."""
    connection.execute(_WAKE)


def after(connection: Connection, seq: int, *, limit: int = 1000) -> list[Row[Any]]:
    """(seq, at, topic, kind, subject_id, facts) beyond a sequence number, in order."""
    return list(connection.execute(_AFTER, {"after": seq, "most": limit}).all())


def last_of(connection: Connection, subject_id: UUID) -> tuple[str, dict[str, Any]] | None:
    """The newest fact of one subject: (kind, facts)."""
    query = select(outbox.c.kind, outbox.c.facts).where(outbox.c.subject_id == subject_id)
    row = connection.execute(query.order_by(outbox.c.seq.desc()).limit(1)).one_or_none()
    return None if row is None else (row.kind, row.facts)


def span(connection: Connection) -> tuple[int, int]:
    """(oldest kept, newest) sequence numbers; (0, 0) if there is none."""
    low, high = connection.execute(select(func.min(outbox.c.seq), func.max(outbox.c.seq))).one()
    return low or 0, high or 0


def drop_older(connection: Connection, *, keep: int) -> int:
    """Forgets all but the newest `keep` rows; returns how many went."""
    newest = select(func.coalesce(func.max(outbox.c.seq), 0)).scalar_subquery()
    return connection.execute(outbox.delete().where(outbox.c.seq <= newest - keep)).rowcount
