"""Webhooks: who is due, what is next for them, what was given up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from dispatch_core.errors import NotFound
from dispatch_core.store.tables import dead_letter, outbox, webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """`attempts` counts those of the fact after `told_seq`."""

    id: UUID
    url: str
    secret: str
    topics: tuple[str, ...]
    told_seq: int
    attempts: int
    next_at: datetime


def _webhook(row: Any) -> Webhook:
    return Webhook(
        id=row.id, url=row.url, secret=row.secret, topics=tuple(row.topics), told_seq=row.told_seq,
        attempts=row.attempts, next_at=row.next_at,
    )  # fmt: skip


def add(connection: Connection, one: Webhook) -> None:
    values = {
        "id": one.id, "url": one.url, "secret": one.secret, "topics": list(one.topics),
        "told_seq": one.told_seq, "next_at": one.next_at,
    }  # fmt: skip
    connection.execute(insert(webhook).values(values))


def in_use(connection: Connection) -> list[Webhook]:
    query = select(webhook).where(webhook.c.ended_at.is_(None)).order_by(webhook.c.id)
    return [_webhook(row) for row in connection.execute(query)]


def take_due(connection: Connection, *, at: datetime) -> list[Webhook]:
    """Those to be served now, locked until the commit; another process's are passed over."""
    query = select(webhook).where(webhook.c.ended_at.is_(None), webhook.c.next_at <= at)
    locked = query.order_by(webhook.c.next_at).limit(1).with_for_update(skip_locked=True)
    return [_webhook(row) for row in connection.execute(locked)]


def next_facts(connection: Connection, one: Webhook, *, limit: int) -> list[Any]:
    """(seq, at, topic, kind, subject_id, facts) not yet told, in order."""
    query = select(outbox).where(outbox.c.seq > one.told_seq, outbox.c.topic.in_(one.topics))
    return list(connection.execute(query.order_by(outbox.c.seq).limit(limit)))


def told(connection: Connection, webhook_id: UUID, *, seq: int, attempts: int, next_at: datetime) -> None:
    """How far the receiver is now, and when it is served again."""
    values = {"told_seq": seq, "attempts": attempts, "next_at": next_at}
    connection.execute(update(webhook).where(webhook.c.id == webhook_id).values(values))


def give_up(
    connection: Connection, webhook_id: UUID, *, seq: int, body: Any, attempts: int, error: str, at: datetime
) -> None:
    values = {
        "webhook_id": webhook_id, "seq": seq, "body": body, "attempts": attempts, "error": error,
        "given_up_at": at,
    }  # fmt: skip
    connection.execute(insert(dead_letter).values(values))


def dead_letters(connection: Connection, webhook_id: UUID, *, limit: int) -> Sequence[Any]:
    """The newest first."""
    query = select(dead_letter).where(dead_letter.c.webhook_id == webhook_id)
    return connection.execute(query.order_by(dead_letter.c.seq.desc()).limit(limit)).all()


def rewind(connection: Connection, webhook_id: UUID, *, seq: int, at: datetime) -> None:
    """Tells everything after `seq` again; NotFound if there is no such webhook in use."""
    values = {"told_seq": seq, "attempts": 0, "next_at": at}
    _change(connection, webhook_id, values)
    connection.execute(
        dead_letter.delete().where(dead_letter.c.webhook_id == webhook_id, dead_letter.c.seq > seq)
    )


def end(connection: Connection, webhook_id: UUID, *, at: datetime) -> None:
    _change(connection, webhook_id, {"ended_at": at})


def _change(connection: Connection, webhook_id: UUID, values: dict[str, Any]) -> None:
    changed = update(webhook).where(webhook.c.id == webhook_id, webhook.c.ended_at.is_(None))
    if connection.execute(changed.values(values).returning(webhook.c.id)).first() is None:
        raise NotFound("webhook", webhook_id)
